package org.stagedpipe.engine;

import org.stagedpipe.api.Stage;

import java.util.IdentityHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// What is measured in one set of pipelines. Timed requests only come here, so it may be shared.
final class Figures<D, R> {

    final Timing runTime = new Timing();
    final Timing queueWait = new Timing();
    final Timing barrierWait = new Timing();
    final AtomicInteger parked = new AtomicInteger();
    final AtomicInteger admissionWaiters = new AtomicInteger();

    /// Requests that left without a pipeline thread.
    final AtomicLong aborted = new AtomicLong();

    private final Map<Stage<D, R>, Timing> stages = new IdentityHashMap<>();

    Figures(Settings<D, R> settings) {
        for (Stage<D, R> stage : settings.machine().stages()) {
            stages.put(stage, new Timing());
        }
    }

    void stage(Stage<D, R> stage, long nanos, int times) {
        Timing timing = stages.get(stage);
        if (timing != null) { // else a stage outside of the state machine
            timing.record(nanos, times);
        }
    }

    Map<String, Timings> stages() {
        Map<String, Timings> result = new TreeMap<>();
        stages.forEach((stage, timing) -> result.put(stage.name(), timing.snapshot()));
        return result;
    }
}
