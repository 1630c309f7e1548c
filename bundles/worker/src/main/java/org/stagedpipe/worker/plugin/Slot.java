package org.stagedpipe.worker.plugin;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.PluginStatus;
import org.stagedpipe.protocol.v1.PluginStatus.State;
import org.stagedpipe.protocol.v1.PluginVersion;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// One version of a plugin on this worker. Belongs to the host's thread.
///
/// After a failure that may pass it is to be installed again, after pauses that double. Until that succeeds others see the failure
/// and nothing of the attempts: a version that comes and goes would tell them nothing.
final class Slot {

    static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

    final PluginVersion version;

    /// Groups that wait for it.
    final List<CompletableFuture<Lease>> waiting = new ArrayList<>();

    /// What the present attempt goes by.
    PlanEntry entry = PlanEntry.NONE;

    State state = State.INSTALLING;
    @Nullable PluginException failure;
    @Nullable InstalledPlugin installed;
    Libraries.@Nullable Hold libraries;
    int groups;
    private Duration pause = FIRST_PAUSE;
    private long again; // in the host's time, if it failed

    Slot(PluginVersion version) {
        this.version = version;
    }

    boolean isSettled() {
        return state == State.READY || state == State.FAILED;
    }

    /// Those that waited until now.
    List<CompletableFuture<Lease>> noLongerWaiting() {
        List<CompletableFuture<Lease>> all = List.copyOf(waiting);
        waiting.clear();
        return all;
    }

    void failed(PluginException why, long now) {
        state = State.FAILED;
        failure = why;
        again = now + pause.toNanos();
        Duration doubled = pause.plus(pause);
        pause = doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
    }

    /// Whether it is worth another attempt, now or later.
    boolean mayRecover() {
        return state == State.FAILED && failure != null && failure.isRecoverable();
    }

    boolean isDue(long now) {
        return mayRecover() && now - again >= 0;
    }

    PluginStatus status() {
        return PluginStatus.newBuilder()
                .setPlugin(version)
                .setState(failure == null ? state : State.FAILED)
                .setText(failure == null ? "" : failure.getMessage())
                .setGroups(groups)
                .build();
    }
}
