package org.stagedpipe.overseer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.Store;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

/// Whether the store has room for what is to be published, asked before anybody hears of it. Where it has none, all other
/// changes go on, also the one that makes room. No state.
final class Room {

    private static final Logger LOG = LoggerFactory.getLogger(Room.class);

    private static final double MUCH = 0.7;
    private static final double MOST =
            0.95; // the rest is for deletions, rollbacks and what rollouts say
    private static final int PERCENT = 100;

    private Room() {}

    /// @param what with its version
    /// @param after the catalogue with it
    /// @throws CallException REFUSED if the store cannot keep it
    static void check(Store store, Catalogue after, Object what)
            throws CallException, StoreException {
        double share = store.share(after);
        if (share <= MUCH) {
            return;
        }
        String full =
                what
                        + ": what the store keeps of all its versions takes "
                        + Math.round(share * PERCENT)
                        + " % of what it can (expected: at most "
                        + Math.round(MOST * PERCENT)
                        + " %); delete versions that nobody uses";
        if (share > MOST) {
            throw new CallException(Kind.REFUSED, full);
        }
        LOG.warn("{}", full);
    }
}
