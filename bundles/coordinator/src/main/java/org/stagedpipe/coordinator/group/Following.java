package org.stagedpipe.coordinator.group;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.coordinator.group.FollowingState.Event;
import org.stagedpipe.protocol.v1.ClusterView;
import org.stagedpipe.protocol.v1.OpenGroup;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Future;

/// How a group that follows its plugin's versions moves to another one, see [FollowingState].
///
/// So an item runs on one version, also if its worker or this coordinator is lost: whoever delivers it again says which one.
/// Belongs to the group's [Serial].
final class Following {

    private static final Logger LOG = LoggerFactory.getLogger(Following.class);

    /// What a client may send before it has read that the group moves: what its stream holds, and a little more.
    private static final long MOST_BYTES_UNTIL_TOLD = 16L << 20;

    private static final int BYTES_AN_ITEM = 16;

    /// The group that moves.
    interface Mover {
        /// What serves it.
        PluginVersion plugin();

        /// Begins to open parts on another version.
        Crew prepare(PluginVersion next, ClusterView view);

        /// Whether all items have come that may have run before, on another coordinator.
        boolean hasCaughtUp();

        /// Whether everything that it took is answered and sent.
        boolean isBetweenItems();

        /// Whether the client is read.
        void reads(boolean does);

        /// Tells the client.
        void tell(PluginVersion next);

        /// Those are not needed.
        void discard(Crew prepared, String why);

        /// From now on it is served by these.
        void move(Crew next, PluginVersion version);

        /// Gives a frame to those that serve it.
        void dispatch(Frame frame);

        /// Counts what is beside the bytes of items that wait, in the memory of the node; or less, if negative.
        void grow(long moreBytes);
    }

    private final Environment environment;
    private final Serial serial;
    private final OpenGroup message;
    private final Mover group;
    private final List<Frame> held = new ArrayList<>(); // bounded, see above
    private long heldNumbers; // bytes beside theirs
    private FollowingState state = FollowingState.SETTLED;
    private @Nullable Crew ahead;
    private @Nullable PluginVersion next; // on which those are
    private @Nullable ClusterView view;
    private @Nullable Future<?> patience;
    private boolean isImpatient;
    private boolean hasComplained;
    private boolean isRefused; // by the next version itself
    private boolean isCounted;
    private boolean isOpen;
    private boolean isOver; // it stays where it is
    private long heldBytes;

    Following(Environment environment, Serial serial, OpenGroup message, Mover group) {
        this.environment = environment;
        this.serial = serial;
        this.message = message;
        this.group = group;
        this.isOver = message.getResume().getNextSequence() == Long.MAX_VALUE; // any may have run
    }

    /// The group is open; what came before may have been new already.
    void open() {
        isOpen = true;
        ClusterView now = view;
        if (now != null) {
            view(now);
        }
    }

    /// The cluster as it is now.
    void view(ClusterView now) {
        view = now;
        Crew crew = ahead;
        if (crew != null) {
            crew.parts().view(now);
        }
        if (!message.getFollowing() || !isOpen || isOver || state == FollowingState.TOLD) {
            return;
        }
        PluginVersion wanted = wanted(now);
        if (wanted.equals(group.plugin())) {
            settle("new groups get the present version again");
        } else if (!wanted.equals(next)) {
            settle("new groups get version " + wanted.getVersion());
            prepare(wanted, now);
        }
    }

    private PluginVersion wanted(ClusterView now) {
        try {
            return Routes.choose(
                    now, message.getPlugin(), message.getVersion(), message.getGroup());
        } catch (CallException e) {
            return group.plugin(); // there is none now: it stays where it is
        }
    }

    private void prepare(PluginVersion version, ClusterView now) {
        move(Event.ROUTE);
        next = version;
        isImpatient = false;
        hasComplained = false;
        isRefused = false;
        isCounted = false;
        patience =
                environment.after(
                        environment.limits().openTimeout(), serial, () -> isImpatient = true);
        ahead = group.prepare(version, now);
    }

    /// A worker did not open its part on the next version; it is asked again later. If none does, and that is the version's own
    /// doing, the version is judged by it as by a group that does not open: once, however often they are asked.
    void refused(CallException why) {
        Crew crew = ahead;
        PluginVersion version = next;
        if (version != null && !hasComplained) {
            hasComplained = true;
            LOG.info(
                    "group {} stays on version {} as long as no worker opens it on {}: {}",
                    id(),
                    group.plugin().getVersion(),
                    version.getVersion(),
                    why.getMessage());
        }
        isRefused |= why.kind() == Kind.REFUSED || why.kind() == Kind.INVALID;
        if (version != null && crew != null && isRefused && !isCounted && crew.parts().isEmpty()) {
            isCounted = true;
            environment.refusals().add(version);
        }
    }

    /// Does what has become possible.
    void pump() {
        Crew crew = ahead;
        PluginVersion version = next;
        if (crew == null || version == null) {
            return;
        }
        crew.parts().read(false); // whether they are paused
        isCounted |=
                crew.parts()
                        .hasUsable(); // one opens it: what others say is not the version's doing
        boolean isReady = isImpatient ? crew.parts().hasUsable() : crew.isReady();
        if (may(Event.READY) && isReady && group.hasCaughtUp()) {
            move(Event.READY);
            group.reads(false);
        }
        if (may(Event.UNREADY) && !crew.parts().hasUsable()) {
            move(Event.UNREADY);
            group.reads(true);
        }
        if (may(Event.DRAINED) && group.isBetweenItems()) {
            move(Event.DRAINED);
            heldBytes = 0;
            group.tell(version);
            group.reads(true);
        }
    }

    /// Whether the client is read no further until all that came is answered.
    boolean isDraining() {
        return state == FollowingState.DRAINING;
    }

    /// Whether the client has been told and has not answered.
    boolean isTold() {
        return state == FollowingState.TOLD;
    }

    /// A frame came from the client, and is in.
    void add(Frame frame) {
        if (state == FollowingState.TOLD) {
            held.add(frame);
            count((long) frame.count() * BYTES_AN_ITEM); // more of them than the window has
        } else {
            group.dispatch(frame);
        }
    }

    /// The client sent that much.
    ///
    /// @throws CallException if it does not answer that it was told: UNREACHABLE to a client that then goes on by itself, as
    ///     nothing of what it sent meanwhile has run
    void came(long bytes, int items) throws CallException {
        if (state == FollowingState.TOLD) {
            heldBytes += bytes + (long) items * BYTES_AN_ITEM;
            if (heldBytes > MOST_BYTES_UNTIL_TOLD) {
                throw new CallException(
                        message.getMoves() ? Kind.UNREACHABLE : Kind.INVALID,
                        heldBytes + " bytes of items after \"moved\" (expected: \"moved\" first)");
            }
        }
    }

    /// The client has answered that it was told.
    ///
    /// @throws CallException if it was not, or not that
    void answered(PluginVersion version) throws CallException {
        Crew crew = ahead;
        if (!may(Event.ANSWER) || crew == null || !version.equals(next)) {
            throw new CallException(
                    Kind.INVALID,
                    "moved: to version "
                            + version.getVersion()
                            + " (expected: the answer to what it was told, once)");
        }
        LOG.info(
                "group {} moves from version {} of {} to {}",
                id(),
                group.plugin().getVersion(),
                version.getName(),
                version.getVersion());
        ahead = null;
        forget(Event.ANSWER);
        group.move(crew, version);
        release();
        if (view != null) {
            view(view);
        }
    }

    /// Nothing changes any more: the client has said its last, or the group ends.
    void end(String why) {
        isOver = true;
        settle(why);
        release();
    }

    /// The group ends at once: what is held is answered otherwise.
    void abort(String why) {
        held.clear();
        end(why);
    }

    private void count(long moreNumbers) {
        heldNumbers += moreNumbers;
        group.grow(moreNumbers);
    }

    private void settle(String why) {
        if (!may(Event.STAY)) {
            return;
        }
        if (state == FollowingState.DRAINING) {
            group.reads(true);
        }
        Crew crew = ahead;
        ahead = null;
        forget(Event.STAY);
        if (crew != null) {
            group.discard(crew, why);
        }
    }

    private void forget(Event event) {
        move(event);
        next = null;
        if (patience != null) {
            patience.cancel(false);
            patience = null;
        }
    }

    private boolean may(Event event) {
        return state.after(event) != null;
    }

    private void move(Event event) {
        FollowingState after = state.after(event);
        if (after == null) {
            throw new IllegalStateException("following: " + event + " while " + state);
        }
        state = after;
    }

    private void release() {
        List<Frame> frames = List.copyOf(held);
        held.clear();
        count(-heldNumbers);
        frames.forEach(group::dispatch);
    }

    private String id() {
        return HexFormat.of().formatHex(message.getGroup().toByteArray());
    }
}
