package org.stagedpipe.zookeeper;

import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.data.Stat;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.Ensemble.Value;

/// The values, one node each. Safe for use by many threads.
final class Values {

    private final Session session;
    private final Epoch epoch;

    Values(Session session, Epoch epoch) {
        this.session = session;
        this.epoch = epoch;
    }

    static String path(String name) {
        return Paths.VALUES + "/" + name;
    }

    Value read(String name) throws StoreException {
        return session.ask(
                name,
                () -> {
                    Stat stat = new Stat();
                    try {
                        byte[] packed =
                                session.client().getData().storingStatIn(stat).forPath(path(name));
                        return new Value(Texts.unpack(name, packed), stat.getVersion());
                    } catch (KeeperException.NoNodeException e) {
                        return Value.ABSENT;
                    }
                });
    }

    boolean write(String name, int version, String text) throws StoreException {
        byte[] packed = Texts.pack(name, text);
        return version < 0
                ? epoch.create(path(name), packed)
                : epoch.set(path(name), version, packed);
    }
}
