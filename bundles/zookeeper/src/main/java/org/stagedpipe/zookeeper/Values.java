package org.stagedpipe.zookeeper;

import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.data.Stat;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.Ensemble.Change;
import org.stagedpipe.cluster.ensemble.Ensemble.Value;

import java.util.List;
import java.util.stream.Collectors;

/// The values, one node each; what is written together is one transaction. Safe for use by many threads.
final class Values {

    /// Of one transaction. ZooKeeper refuses 1 MiB, and its client then tries again for ever.
    static final int MAX_BYTES = 900 << 10;

    private static final int AROUND_EACH = 512; // its path and the request around it

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

    /// @throws StoreException also if they are too large
    boolean write(List<Change> changes) throws StoreException {
        return epoch.write(fitting(changes));
    }

    /// As the other, with that epoch only.
    boolean write(long epochOnly, List<Change> changes) throws StoreException {
        return epoch.write(epochOnly, fitting(changes));
    }

    private static List<Epoch.Write> fitting(List<Change> changes) throws StoreException {
        List<Epoch.Write> writes = packed(changes);
        long bytes = bytes(writes);
        if (bytes > MAX_BYTES) {
            throw StoreException.ofValue(
                    changes.stream().map(Change::name).collect(Collectors.joining(", "))
                            + ": "
                            + bytes
                            + " bytes compressed (expected: at most "
                            + MAX_BYTES
                            + ")");
        }
        return writes;
    }

    static double share(List<Change> changes) {
        return (double) bytes(packed(changes)) / MAX_BYTES;
    }

    private static List<Epoch.Write> packed(List<Change> changes) {
        return changes.stream()
                .map(change ->
                        new Epoch.Write(
                                path(change.name()), change.version(), Texts.pack(change.text())))
                .toList();
    }

    private static long bytes(List<Epoch.Write> writes) {
        return writes.stream().mapToLong(write -> write.bytes().length + AROUND_EACH).sum();
    }
}
