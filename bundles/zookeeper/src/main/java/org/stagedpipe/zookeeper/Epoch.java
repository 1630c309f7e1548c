package org.stagedpipe.zookeeper;

import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.transaction.CuratorOp;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.catalogue.StoreException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;

/// The fence around writes: the epoch of the overseer that leads, as the version of one node that each write checks.
///
/// Whoever takes the lead makes the leader's node and raises the epoch in one transaction. Both nodes bear its number, one
/// as that of its creation and one as that of its last change, so each leader's node has an epoch of its own; nobody raises
/// the epoch while one stands. Safe for use by many threads.
final class Epoch {

    /// What a leader's node has for an epoch that it is not the newest of.
    static final long NONE = 0;

    private final Session session;
    private volatile @Nullable Claim claim; // null: it does not lead

    /// @param fence the version of the epoch's node
    private record Claim(long epoch, int fence) {}

    Epoch(Session session) {
        this.session = session;
    }

    /// Takes the lead if nobody has it. Whether it did, a look at the leader's node tells: an answer may be lost.
    ///
    /// @param conditions of which none may fail
    void claim(String card, List<CuratorOp> conditions) throws StoreException {
        session.ask(
                "leader",
                () -> {
                    CuratorFramework client = session.client();
                    Stat stat = new Stat();
                    long next = number(stat) + 1;
                    CuratorOp lead =
                            client.transactionOp()
                                    .create()
                                    .withMode(CreateMode.EPHEMERAL)
                                    .forPath(Paths.LEADER, Session.bytes(card));
                    CuratorOp raise =
                            client.transactionOp()
                                    .setData()
                                    .withVersion(stat.getVersion())
                                    .forPath(Paths.EPOCH, Session.bytes(Long.toString(next)));
                    List<CuratorOp> all = new ArrayList<>(conditions);
                    Collections.addAll(all, lead, raise);
                    return session.changed(all);
                });
    }

    /// Begins to write with the epoch of the leader's node, which is this overseer's.
    ///
    /// @param node the number of its creation
    /// @return the epoch, or [#NONE]
    long enter(long node) throws StoreException {
        return session.ask(
                "epoch",
                () -> {
                    Stat stat = new Stat();
                    long number = number(stat);
                    if (stat.getMzxid() != node) {
                        return NONE;
                    }
                    claim = new Claim(number, stat.getVersion());
                    return number;
                });
    }

    /// Removes the leader's node, unless another one has been made since.
    ///
    /// @param node the number of its creation
    void end(long node) throws StoreException {
        session.ask(
                "leader",
                () -> {
                    CuratorFramework client = session.client();
                    Stat stat = new Stat();
                    number(stat);
                    return stat.getMzxid() == node
                            && session.changed(
                                    List.of(
                                            client.transactionOp()
                                                    .check()
                                                    .withVersion(stat.getVersion())
                                                    .forPath(Paths.EPOCH),
                                            client.transactionOp().delete().forPath(Paths.LEADER)));
                });
    }

    /// Removes a node, unless the other one is there.
    ///
    /// @return false if the other one is there
    boolean remove(String path, String unless) throws StoreException {
        CuratorFramework client = session.client();
        CuratorOp delete = session.ask(path, () -> client.transactionOp().delete().forPath(path));
        return unless(unless, path, delete, () -> client.checkExists().forPath(path) == null);
    }

    /// Sets a node, unless the other one is there.
    ///
    /// @return false if the other one is there, or the node is not at that version
    boolean set(String path, int version, byte[] bytes, String unless) throws StoreException {
        CuratorFramework client = session.client();
        CuratorOp set =
                session.ask(
                        path,
                        () ->
                                client.transactionOp()
                                        .setData()
                                        .withVersion(version)
                                        .forPath(path, bytes));
        return unless(
                unless, path, set, () -> Arrays.equals(client.getData().forPath(path), bytes));
    }

    /// @param isDone looked at if it fails: only the answer to the first attempt may have been lost
    private boolean unless(String other, String path, CuratorOp write, Callable<Boolean> isDone)
            throws StoreException {
        int fence = claimed().fence();
        return session.ask(
                path,
                () -> {
                    CuratorFramework client = session.client();
                    try {
                        client.transaction()
                                .forOperations(
                                        client.transactionOp()
                                                .check()
                                                .withVersion(fence)
                                                .forPath(Paths.EPOCH),
                                        client.transactionOp().create().forPath(other),
                                        client.transactionOp().delete().forPath(other),
                                        write);
                        return true;
                    } catch (KeeperException.BadVersionException
                            | KeeperException.NodeExistsException
                            | KeeperException.NoNodeException e) {
                        refuseIfFenced(e);
                        return isDone.call();
                    }
                });
    }

    private long number(Stat stat) throws Exception {
        String text =
                Session.text(session.client().getData().storingStatIn(stat).forPath(Paths.EPOCH));
        return text.isEmpty() ? NONE : Long.parseLong(text);
    }

    /// Another overseer leads: nothing is written here until the next claim.
    void drop() {
        claim = null;
    }

    /// Whether nobody else has claimed since.
    void confirm() throws StoreException {
        write(List.of());
    }

    /// A node and what is to be in it.
    ///
    /// @param version that it still must have; negative if it is not there yet
    record Write(String path, int version, byte[] bytes) {

        CuratorOp in(CuratorFramework client) throws Exception {
            return version < 0
                    ? client.transactionOp().create().forPath(path, bytes)
                    : client.transactionOp().setData().withVersion(version).forPath(path, bytes);
        }

        boolean isDone(CuratorFramework client) throws Exception {
            try {
                return Arrays.equals(client.getData().forPath(path), bytes);
            } catch (KeeperException.NoNodeException e) {
                return false;
            }
        }
    }

    /// All of them or none.
    ///
    /// @return false if a node is not at its version
    boolean write(List<Write> writes) throws StoreException {
        return write(claimed(), writes);
    }

    /// As the other, while this overseer leads with that epoch.
    boolean write(long epoch, List<Write> writes) throws StoreException {
        Claim claimed = claimed();
        if (claimed.epoch() != epoch) {
            throw new StoreException(
                    "this overseer leads with epoch "
                            + claimed.epoch()
                            + " (expected: "
                            + epoch
                            + ", with which this was begun)");
        }
        return write(claimed, writes);
    }

    private boolean write(Claim claimed, List<Write> writes) throws StoreException {
        return session.ask(
                writes.isEmpty() ? "epoch" : writes.getFirst().path(),
                () -> {
                    CuratorFramework client = session.client();
                    List<CuratorOp> all = new ArrayList<>();
                    all.add(
                            client.transactionOp()
                                    .check()
                                    .withVersion(claimed.fence())
                                    .forPath(Paths.EPOCH));
                    for (Write write : writes) {
                        all.add(write.in(client));
                    }
                    try {
                        client.transaction().forOperations(all);
                        return true;
                    } catch (KeeperException.BadVersionException
                            | KeeperException.NodeExistsException
                            | KeeperException.NoNodeException e) {
                        refuseIfFenced(e);
                        // Or it was done, and only the answer to the first attempt was lost.
                        boolean isDone = true;
                        for (Write write : writes) {
                            isDone &= write.isDone(client);
                        }
                        return isDone;
                    }
                });
    }

    private Claim claimed() throws StoreException {
        Claim claimed = claim;
        if (claimed == null) {
            throw new StoreException(
                    "this overseer does not lead (expected: that it has the lead)");
        }
        return claimed;
    }

    private static void refuseIfFenced(KeeperException e) throws StoreException {
        if (isFence(e)) {
            throw new StoreException("another overseer leads since", e);
        }
    }

    private static boolean isFence(KeeperException e) {
        List<OpResult> results = e.getResults();
        return results != null
                && !results.isEmpty()
                && results.getFirst() instanceof OpResult.ErrorResult first
                && first.getErr() == KeeperException.Code.BADVERSION.intValue();
    }
}
