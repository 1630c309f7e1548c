package org.stagedpipe.engine;

/// How many pipelines the next half second gets. A pure function of what was before and what was measured.
///
/// While all threads are busy it adds one pipeline, gives it [#SETTLE_TICKS] ticks, and keeps it if the smoothed throughput
/// has grown by more than 5 %; then it tries the next one. A pipeline that did not help is taken back, and the next trial
/// comes after [#PROBE_TICKS] ticks. When fewer than half of the threads are busy it takes one away at once, and tries none
/// for [#HOLD_TICKS] ticks.
final class ScalePolicy {

    static final int SETTLE_TICKS = 3;
    static final int HOLD_TICKS = 3;
    static final int PROBE_TICKS = 20;

    private static final double WEIGHT = 0.3;
    private static final double DEAD_BAND = 0.05;
    private static final double SATURATED = 0.9;
    private static final double HALF = 0.5;

    private ScalePolicy() {}

    /// What it remembers.
    ///
    /// @param pipelines at work
    /// @param rate smoothed requests per second; negative before the first measurement
    /// @param before the rate, or that of the last tick if it was higher, when the pipeline under trial was added; negative if none is
    /// @param pause ticks until the trial is judged, or until the next one may begin
    record State(int pipelines, double rate, double before, int pause) {

        boolean isTrial() {
            return before >= 0;
        }
    }

    static State start(Scale scale) {
        return new State(scale.least(), -1, -1, 0);
    }

    /// The next state.
    ///
    /// @param perSecond requests completed in the last tick, by the second
    /// @param busy the part of the threads that were busy, 0 to 1
    static State next(Scale scale, State state, double perSecond, double busy) {
        double rate =
                state.rate() < 0 ? perSecond : WEIGHT * perSecond + (1 - WEIGHT) * state.rate();
        if (busy < HALF && state.pipelines() > scale.least()) {
            return new State(state.pipelines() - 1, rate, -1, HOLD_TICKS);
        }
        if (state.pause() > 1) {
            return new State(state.pipelines(), rate, state.before(), state.pause() - 1);
        }
        if (state.isTrial() && rate <= state.before() * (1 + DEAD_BAND)) {
            int fewer = Math.max(scale.least(), state.pipelines() - 1);
            return new State(fewer, rate, -1, PROBE_TICKS);
        }
        if (busy >= SATURATED && state.pipelines() < scale.most()) {
            double before =
                    Math.max(rate, perSecond); // the smoothed rate lags behind the last step
            return new State(state.pipelines() + 1, rate, before, SETTLE_TICKS);
        }
        return new State(state.pipelines(), rate, -1, 0);
    }
}
