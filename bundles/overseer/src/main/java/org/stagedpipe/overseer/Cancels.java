package org.stagedpipe.overseer;

import com.google.protobuf.ByteString;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.catalogue.Cancellation;
import org.stagedpipe.cluster.catalogue.Store;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/// What operators ordered to end. Kept in the store: an order outlives the overseer that was told and the coordinator that
/// had the group, see [CancelOrders]. Safe for use by many threads.
final class Cancels {

    private static final Logger LOG = LoggerFactory.getLogger(Cancels.class);
    private static final int MOST = 1_000;

    private final Store store;
    private final Nodes nodes;
    private final LongSupplier wallMs;
    private final ReentrantLock lock = new ReentrantLock(); // held while the store writes
    private List<Cancellation> kept = List.of(); // in the store, unless it is in doubt
    private boolean inDoubt;
    private String said = "";

    /// @param wallMs since 1970
    Cancels(Store store, Nodes nodes, LongSupplier wallMs) {
        this.store = store;
        this.nodes = nodes;
        this.wallMs = wallMs;
    }

    /// Goes on with what was ordered before this overseer led.
    void recall() throws StoreException {
        lock.lock();
        try {
            kept = store.cancellations();
            long nowMs = wallMs.getAsLong();
            kept.stream().filter(order -> !CancelOrders.isOld(order, nowMs)).forEach(nodes::cancel);
        } finally {
            lock.unlock();
        }
    }

    /// Ends the group on whichever coordinator has it, or gets it.
    ///
    /// @param reason of at most 1,000 characters; what ends a line in it is a space
    /// @throws CallException REFUSED if too many are under way; UNREACHABLE if this overseer's term has ended
    void order(ByteString group, String reason) throws CallException, StoreException {
        lock.lock();
        try {
            keep(group, reason);
        } finally {
            lock.unlock();
        }
    }

    private void keep(ByteString group, String reason) throws CallException, StoreException {
        String id = Wire.hex(group);
        List<Cancellation> all = allBut(id);
        if (all.size() >= MOST) {
            nodes.endUnlistedCancellations();
            all = allBut(id);
        }
        if (all.size() >= MOST) {
            throw new CallException(
                    Kind.REFUSED,
                    MOST
                            + " groups are still to end, wherever they are (expected: fewer; try"
                            + " again)");
        }
        Cancellation ordered =
                new Cancellation(id, wallMs.getAsLong(), reason.replaceAll("\\R", " "));
        all.add(ordered);
        nodes.refuseIfClosed(); // who leads after that does not know of it
        inDoubt = true; // a write that fails may have come through
        store.cancellations(all);
        inDoubt = false;
        nodes.refuseIfClosed();
        kept = List.copyOf(all);
        nodes.cancel(ordered);
    }

    private List<Cancellation> allBut(String group) {
        List<Cancellation> all = new ArrayList<>(nodes.cancellations());
        all.removeIf(other -> other.group().equals(group));
        return all;
    }

    /// Keeps no order that is over. What the store does not take now, it is given the next time. Call it several times in a
    /// lease; it does not wait for an operator's order that the store is writing.
    void tidy() {
        if (!lock.tryLock()) {
            return;
        }
        try {
            keepOnly(nodes.cancellations());
        } finally {
            lock.unlock();
        }
    }

    private void keepOnly(List<Cancellation> now) {
        if (!inDoubt && now.equals(kept)) {
            return;
        }
        try {
            store.cancellations(now);
            kept = now;
            inDoubt = false;
            said = "";
        } catch (StoreException e) {
            String text = String.valueOf(e.getMessage());
            if (!text.equals(said)) {
                LOG.warn("groups that have ended are still to end: {}", text);
            }
            said = text;
        }
    }
}
