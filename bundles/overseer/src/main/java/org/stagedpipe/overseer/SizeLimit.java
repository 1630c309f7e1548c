package org.stagedpipe.overseer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.protocol.v1.NodeOrder;
import org.stagedpipe.transport.Rpcs;

/// What keeps orders back that are larger than nodes take: one of them would end each node's membership, again whenever it
/// comes back. Guarded by the lock of [Nodes].
final class SizeLimit {

    private static final Logger LOG = LoggerFactory.getLogger(SizeLimit.class);

    private final String what;
    private boolean isExceeded;

    /// @param what the orders are, for people
    SizeLimit(String what) {
        this.what = what;
    }

    /// Whether nodes take it. Says once if they do not, and once when they do again.
    boolean admits(NodeOrder order) {
        int bytes = order.getSerializedSize();
        boolean fits = bytes <= Rpcs.MAX_MESSAGE_BYTES;
        if (!fits && !isExceeded) {
            LOG.error(
                    "{}: {} bytes (expected: at most {}); nodes are left with the last one that was"
                            + " not larger until versions of plugins are deleted",
                    what,
                    bytes,
                    Rpcs.MAX_MESSAGE_BYTES);
        } else if (fits && isExceeded) {
            LOG.info("{}: {} bytes, nodes get it again", what, bytes);
        }
        isExceeded = !fits;
        return fits;
    }
}
