package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.StateMachine;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadFactory;

/// How pipelines run, checked when they are made.
///
/// @param machine the stages
/// @param scale how many pipelines
/// @param subStages steps outside of the state machine that count as stages; at least 0
/// @param acyclic whether a stage met twice is a fault
/// @param strict whether a stage that the state machine does not have is a fault
/// @param before what runs before every stage, in order
/// @param hooks what runs around all stages, null for nothing
/// @param keys keyed order, null without
/// @param threads makes what the pipelines run on
/// @param name the first part of the threads' names
/// @param observers who is told what goes on
record Settings<D, R>(
        StateMachine<D, R> machine,
        Scale scale,
        int subStages,
        boolean acyclic,
        boolean strict,
        List<PreProcessor<D, R>> before,
        @Nullable Hooks<D, R> hooks,
        @Nullable KeyOrder<D, R> keys,
        ThreadFactory threads,
        String name,
        Observers observers) {

    private static final int MOST_WORKERS = 1 << 20;

    Settings {
        before = List.copyOf(before);
        if (subStages < 0) {
            throw new IllegalArgumentException("sub-stages: " + subStages + " (expected: >= 0)");
        }
        long workers = (long) scale.most() * (machine.stages().size() + (long) subStages);
        if (workers > MOST_WORKERS) {
            throw new IllegalArgumentException(
                    "pipelines × stages: " + workers + " (expected: <= " + MOST_WORKERS + ")");
        }
    }

    /// The width of one pipeline: how many requests it carries at once.
    int width() {
        return machine.stages().size() + subStages;
    }

    /// Threads at most.
    int workers() {
        return scale.most() * width();
    }

    /// Who is told what goes on.
    ///
    /// @param listener of what somebody should look at
    /// @param delayWarning after how long, and how often, a blocked output is reported; zero for never
    /// @param slowReport after how long an item that runs is reported; zero for never
    /// @param tracer null without
    record Observers(
            PipelinesListener listener,
            Duration delayWarning,
            Duration slowReport,
            @Nullable Tracer tracer) {

        Observers {
            if (delayWarning.isNegative()) {
                throw new IllegalArgumentException(
                        "delay warning: " + delayWarning + " (expected: >= 0)");
            }
            if (slowReport.isNegative()) {
                throw new IllegalArgumentException(
                        "slow report: " + slowReport + " (expected: >= 0)");
            }
        }
    }
}
