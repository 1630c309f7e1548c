package org.stagedpipe.coordinator.group;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.transport.CallException;

import java.time.Duration;

/// What a group waits for, and for how long. Belongs to the group's [Serial].
final class Patience {

    private static final Duration MEMORY_PAUSE = Duration.ofMillis(250);

    private final Limits limits;
    private final Group.Events events;
    private final Alarm worker;
    private final Alarm memory;
    private final Alarm move;
    private final Alarm verdict;

    Patience(Environment environment, Serial serial, Group.Events events) {
        this.limits = environment.limits();
        this.events = events;
        worker = new Alarm(environment, serial);
        memory = new Alarm(environment, serial);
        move = new Alarm(environment, serial);
        verdict = new Alarm(environment, serial);
    }

    /// Whether items wait for a ready worker: the group ends if they do for too long.
    void forWorker(boolean isStarved) {
        if (isStarved) {
            Duration timeout = limits.noWorkerTimeout();
            String text = "no worker was ready for " + timeout.toMillis() + " ms";
            worker.set(timeout, () -> events.starved(text));
        } else {
            worker.cancel();
        }
    }

    /// Whether what the client sent before its answer to a move waits for room on the node, where others wait for the same: the group
    /// ends if it does for too long.
    void forMove(boolean hasNoRoom) {
        if (hasNoRoom) {
            Duration timeout = limits.openTimeout();
            String text = "no room for items before \"moved\" for " + timeout.toMillis() + " ms";
            CallException why = new CallException(CallException.Kind.UNREACHABLE, text);
            move.set(timeout, () -> events.refused(why, false));
        } else {
            move.cancel();
        }
    }

    /// It asks again for memory: nobody tells it that others need less.
    void forMemory() {
        memory.set(MEMORY_PAUSE, () -> {});
    }

    /// @param left null if no item waits for its verdict
    void forVerdict(@Nullable Duration left, Runnable judge) {
        if (left != null) {
            verdict.set(left, judge);
        }
    }

    /// Nobody is woken any more.
    void end() {
        worker.cancel();
        memory.cancel();
        move.cancel();
        verdict.cancel();
    }
}
