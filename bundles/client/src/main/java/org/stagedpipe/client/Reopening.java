package org.stagedpipe.client;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.OpenGroup;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.Resume;

import java.util.Map;

/// What each open of a group says: the first one what the user asked for, each later one a higher epoch and the version
/// that served the group last. Not safe for use by many threads.
final class Reopening {

    /// A process that goes on with a group counts its epochs from a multiple of this: from the millisecond in which it began, or
    /// the first one above those of its token. So of two that go on with one token the later one has the higher epochs,
    /// though the token knows of neither. They stay below 2^63 for 17,000 years.
    private static final long EPOCHS_OF_A_PROCESS = 1L << 14;

    private static final long SECOND_MS = 1_000;

    /// Each is worth a second by which the clock of a process before was ahead. More of them, and a process that stood still
    /// while it opened the group could take it back from a newer one.
    private static final int MAX_RAISES = 3;

    private final OpenGroup request;
    private final int earlierAttempts; // at its items, by the processes that had it before; none: 0
    private long epoch;
    private long nextEpoch;
    private int opens; // that succeeded
    private int raises;
    private @Nullable PluginVersion plugin;
    private Map<String, Long> earlier = Map.of();

    /// A group that is new.
    Reopening(OpenGroup request) {
        this.request = request;
        this.earlierAttempts = 0;
    }

    /// A group that another process had.
    ///
    /// @param nowMs since 1970
    Reopening(OpenGroup request, ResumeToken token, long nowMs) {
        this.request = request;
        this.earlierAttempts = Math.max(1, token.attempt()); // an older token has none
        this.epoch = token.epoch();
        this.nextEpoch = Math.max(nowMs * EPOCHS_OF_A_PROCESS, later(epoch, 1));
        this.plugin = token.pinned();
    }

    /// The message for the next attempt.
    ///
    /// @param nextSequence the first one that is not sent again
    OpenGroup next(long nextSequence) {
        epoch = nextEpoch++;
        OpenGroup.Builder next = request.toBuilder().setEpoch(epoch);
        PluginVersion pinned = plugin;
        if (pinned != null) {
            next.setResume(
                    Resume.newBuilder()
                            .setPlugin(pinned)
                            // what a process that is gone has sent nobody knows
                            .setNextSequence(isResumed() ? Long.MAX_VALUE : nextSequence)
                            .setAttempt(attempt() + 1));
        }
        return next.build();
    }

    /// It is open.
    void opened(PluginVersion version) {
        opens++;
        if (plugin == null) {
            plugin = version;
        }
    }

    /// A following group goes on with another version.
    ///
    /// @param counts so far, all of them on the versions before
    void moved(PluginVersion version, Counts counts) {
        earlier = served(counts).items();
        plugin = version;
    }

    /// The next attempt has the epoch of a process that began a second later: one that is gone had a clock that was ahead, or
    /// began in the same millisecond. False for a group that is new, as whoever has it is not of this client, and after three times.
    boolean raiseEpoch() {
        boolean may = isResumed() && raises < MAX_RAISES;
        if (may) {
            raises++;
            nextEpoch = later(nextEpoch, SECOND_MS);
        }
        return may;
    }

    private boolean isResumed() {
        return earlierAttempts > 0;
    }

    private static long later(long epoch, long ms) {
        return (epoch / EPOCHS_OF_A_PROCESS + ms) * EPOCHS_OF_A_PROCESS;
    }

    /// The version that serves the group: for ever, or until it moves.
    PluginVersion plugin() {
        PluginVersion pinned = plugin;
        if (pinned == null) {
            throw new IllegalStateException("reopening: not open yet");
        }
        return pinned;
    }

    Served served(Counts counts) {
        return new Served(plugin(), earlier, counts);
    }

    ByteString group() {
        return request.getGroup();
    }

    boolean isFollowing() {
        return request.getFollowing();
    }

    boolean isOrdered() {
        return request.getOrdered();
    }

    boolean isKeyed() {
        return request.getKeyed();
    }

    boolean stopsAtFirstFault() {
        return request.getStopAtFirstFault();
    }

    /// The attempt at its items that the last open began, from 1 on.
    int attempt() {
        return earlierAttempts + opens;
    }

    /// The last one used.
    long epoch() {
        return epoch;
    }
}
