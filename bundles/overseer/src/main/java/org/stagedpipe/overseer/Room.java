package org.stagedpipe.overseer;

import com.google.protobuf.MessageLite;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.Store;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Rpcs;

/// Whether there is room for what is to be published, in the store and in what members are told, asked before anybody hears
/// of it. Where there is none, all other changes go on, also the one that makes room. No state.
final class Room {

    private static final Logger LOG = LoggerFactory.getLogger(Room.class);

    private static final double MUCH = 0.7;
    private static final double MOST =
            0.95; // the rest is for deletions, rollbacks and what rollouts say
    private static final int PERCENT = 100;

    private Room() {}

    /// @param what with its version
    /// @param after the catalogue with it
    /// @throws CallException REFUSED if the store cannot keep it, or members could not be told
    static void check(Store store, Catalogue after, Object what)
            throws CallException, StoreException {
        check(
                store.share(after),
                what + ": what the store keeps of all its versions",
                "what it can");
        checkMessage(
                Needs.of(after).toPlan(after.held()),
                what + ": what workers must know of all versions of all plugins");
        checkMessage(
                Rollout.routes(after),
                what + ": what coordinators must know of all versions of all plugins");
    }

    /// The same of a version of a plugin, which operators could not be shown either.
    static void check(Store store, Catalogue after, PluginVersion plugin)
            throws CallException, StoreException {
        check(store, after, (Object) plugin);
        checkMessage(
                Plugins.published(after.known(plugin.name()).orElseThrow()).build(),
                plugin + ": what operators are shown of all its versions");
    }

    private static void checkMessage(MessageLite part, String what) throws CallException {
        int bytes = part.getSerializedSize();
        check(
                (double) bytes / Rpcs.MAX_MESSAGE_BYTES,
                what,
                "a message (" + bytes + " of " + Rpcs.MAX_MESSAGE_BYTES + " bytes)");
    }

    private static void check(double share, String what, String whole) throws CallException {
        if (share <= MUCH) {
            return;
        }
        String full =
                what
                        + " takes "
                        + Math.round(share * PERCENT)
                        + " % of "
                        + whole
                        + " (expected: at most "
                        + Math.round(MOST * PERCENT)
                        + " %); delete versions that nobody uses";
        if (share > MOST) {
            throw new CallException(Kind.REFUSED, full);
        }
        LOG.warn("{}", full);
    }
}
