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
import java.util.function.LongSupplier;

/// What operators ordered to end. Kept in the store: an order outlives the overseer that was told and the coordinator that
/// had the group, see [CancelOrders]. Safe for use by many threads.
final class Cancels {

    private static final Logger LOG = LoggerFactory.getLogger(Cancels.class);
    private static final int MOST = 1_000;

    private final Store store;
    private final Nodes nodes;
    private final LongSupplier wallMs;
    private List<Cancellation> kept = List.of(); // in the store, as far as is known
    private String said = "";

    /// @param wallMs since 1970
    Cancels(Store store, Nodes nodes, LongSupplier wallMs) {
        this.store = store;
        this.nodes = nodes;
        this.wallMs = wallMs;
    }

    /// Goes on with what was ordered before this overseer led.
    synchronized void recall() throws StoreException {
        kept = store.cancellations();
        kept.forEach(nodes::cancel);
    }

    /// Ends the group on whichever coordinator has it, or gets it.
    ///
    /// @param reason of at most 1,000 characters; what ends a line in it is a space
    /// @throws CallException REFUSED if too many are under way
    synchronized void order(ByteString group, String reason) throws CallException, StoreException {
        List<Cancellation> all = new ArrayList<>(nodes.cancellations());
        String id = Wire.hex(group);
        all.removeIf(other -> other.group().equals(id));
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
        store.cancellations(all);
        kept = List.copyOf(all);
        nodes.cancel(ordered);
    }

    /// Keeps no order that is over. What the store does not take now, it is given the next time. Call it several times in a
    /// lease.
    synchronized void tidy() {
        List<Cancellation> now = nodes.cancellations();
        if (now.equals(kept)) {
            return;
        }
        try {
            store.cancellations(now);
            kept = now;
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
