package org.stagedpipe.zookeeper;

import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.transaction.CuratorOp;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.data.Stat;
import org.stagedpipe.cluster.catalogue.StoreException;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// The fence around writes: the epoch that this overseer claimed, as the version of one node that each write checks.
///
/// A claim replaces that node if nobody else did meanwhile. Its text holds a token, so that a claim whose answer was lost
/// is known again. Safe for use by many threads.
final class Epoch {

    private static final int NEVER = -1;

    private final Session session;
    private volatile int fence = NEVER;

    Epoch(Session session) {
        this.session = session;
    }

    /// Raises the epoch; from now on the writes of those who claimed before are refused.
    long claim() throws StoreException {
        String token = UUID.randomUUID().toString();
        return session.ask("epoch", () -> claim(session.client(), token));
    }

    private long claim(CuratorFramework client, String token) throws Exception {
        while (true) {
            Stat stat = new Stat();
            String[] before =
                    Session.text(client.getData().storingStatIn(stat).forPath(Paths.EPOCH))
                            .split(" ");
            long epoch = before[0].isEmpty() ? 0 : Long.parseLong(before[0]);
            if (before.length > 1 && before[1].equals(token)) {
                fence = stat.getVersion();
                return epoch;
            }
            try {
                byte[] next = Session.bytes((epoch + 1) + " " + token);
                fence =
                        client.setData()
                                .withVersion(stat.getVersion())
                                .forPath(Paths.EPOCH, next)
                                .getVersion();
                return epoch + 1;
            } catch (KeeperException.BadVersionException e) {
                continue; // another claim, or this one, whose answer was lost: the token tells
            }
        }
    }

    /// Another overseer leads: nothing is written here until the next claim.
    void drop() {
        fence = NEVER;
    }

    /// Whether nobody else has claimed since.
    void confirm() throws StoreException {
        fenced("epoch", Optional.empty(), new byte[0]);
    }

    /// @return false if the node is not at that version
    boolean create(String path, byte[] bytes) throws StoreException {
        CuratorOp create =
                session.ask(
                        path, () -> session.client().transactionOp().create().forPath(path, bytes));
        return fenced(path, Optional.of(create), bytes);
    }

    /// @return false if the node is not at that version
    boolean set(String path, int version, byte[] bytes) throws StoreException {
        CuratorOp set =
                session.ask(
                        path,
                        () ->
                                session.client()
                                        .transactionOp()
                                        .setData()
                                        .withVersion(version)
                                        .forPath(path, bytes));
        return fenced(path, Optional.of(set), bytes);
    }

    private boolean fenced(String path, Optional<CuratorOp> write, byte[] bytes)
            throws StoreException {
        int claimed = fence;
        if (claimed == NEVER) {
            throw new StoreException(
                    "this overseer does not lead (expected: that it has the lead)");
        }
        return session.ask(
                path,
                () -> {
                    CuratorFramework client = session.client();
                    CuratorOp check =
                            client.transactionOp()
                                    .check()
                                    .withVersion(claimed)
                                    .forPath(Paths.EPOCH);
                    List<CuratorOp> all =
                            write.map(op -> List.of(check, op)).orElseGet(() -> List.of(check));
                    try {
                        client.transaction().forOperations(all);
                        return true;
                    } catch (KeeperException.BadVersionException
                            | KeeperException.NodeExistsException
                            | KeeperException.NoNodeException e) {
                        if (isFence(e)) {
                            throw new StoreException("another overseer leads since", e);
                        }
                        // Or it was written, and only the answer to the first attempt was lost.
                        return Arrays.equals(client.getData().forPath(path), bytes);
                    }
                });
    }

    private static boolean isFence(KeeperException e) {
        List<OpResult> results = e.getResults();
        return results != null
                && !results.isEmpty()
                && results.getFirst() instanceof OpResult.ErrorResult first
                && first.getErr() == KeeperException.Code.BADVERSION.intValue();
    }
}
