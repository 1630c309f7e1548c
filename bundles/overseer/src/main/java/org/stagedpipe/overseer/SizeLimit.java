package org.stagedpipe.overseer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.protocol.v1.NodeOrder;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Rpcs;

/// What keeps orders back that are larger than nodes take: one of them would end each node's membership, again whenever it
/// comes back. Guarded by the lock of [Nodes].
final class SizeLimit {

    private static final Logger LOG = LoggerFactory.getLogger(SizeLimit.class);

    private final String what;
    private final String instead;
    private boolean isExceeded;

    /// @param what the orders are, for people
    /// @param instead what becomes of nodes while one is too large, for people
    SizeLimit(String what, String instead) {
        this.what = what;
        this.instead = instead;
    }

    /// @throws CallException REFUSED if nodes do not take it
    static void check(NodeOrder order, String what) throws CallException {
        if (!fits(order)) {
            throw new CallException(
                    Kind.REFUSED,
                    what
                            + ": "
                            + order.getSerializedSize()
                            + " bytes (expected: at most "
                            + Rpcs.MAX_MESSAGE_BYTES
                            + "); delete versions that nobody uses");
        }
    }

    static boolean fits(NodeOrder order) {
        return order.getSerializedSize() <= Rpcs.MAX_MESSAGE_BYTES;
    }

    /// Whether nodes take it. Says once if they do not, and once when they do again.
    boolean admits(NodeOrder order) {
        int bytes = order.getSerializedSize();
        boolean fits = fits(order);
        if (!fits && !isExceeded) {
            LOG.error(
                    "{}: {} bytes (expected: at most {}); {} until versions of plugins are deleted",
                    what,
                    bytes,
                    Rpcs.MAX_MESSAGE_BYTES,
                    instead);
        } else if (fits && isExceeded) {
            LOG.info("{}: {} bytes, nodes get it again", what, bytes);
        }
        isExceeded = !fits;
        return fits;
    }
}
