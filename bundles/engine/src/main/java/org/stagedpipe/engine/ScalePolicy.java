package org.stagedpipe.engine;

import java.util.concurrent.TimeUnit;

/// How many pipelines the next tick gets. A pure function of what was before and what was measured.
///
/// While all threads are busy it adds an eighth of the pipelines, at least one, gives them [#SETTLE_TICKS] ticks, and keeps
/// them if the smoothed throughput has grown by more than 5 %; then it tries the next ones. Pipelines that did not help are
/// taken back, and the next trial comes after [#PROBE_TICKS] ticks. When fewer than half of the threads are busy it takes one
/// away at once, and tries none for [#HOLD_TICKS] ticks.
final class ScalePolicy {

    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long LONGEST_TICK_NANOS = TimeUnit.SECONDS.toNanos(10);

    static final int SETTLE_TICKS = 3;
    static final int HOLD_TICKS = 3;
    static final int PROBE_TICKS = 20;

    private static final double WEIGHT = 0.3;
    private static final double DEAD_BAND = 0.05;

    /// Of what added pipelines bring at most: a smoothed rate that climbs shows 48 % of it when it is judged. Asks for less
    /// than the dead band only where the scale's end leaves less than an eighth to add.
    private static final double LEAST_GAIN = 0.4;

    private static final int STEPS = 8;
    private static final double SATURATED = 0.9;
    private static final double HALF = 0.5;

    private ScalePolicy() {}

    /// What it remembers.
    ///
    /// @param pipelines at work
    /// @param added those of them that are under trial
    /// @param rate smoothed requests per second; negative before the first measurement
    /// @param before the rate, or that of the last tick if it was higher, when those under trial were added; negative if none are
    /// @param pause ticks until the trial is judged, or until the next one may begin
    record State(int pipelines, int added, double rate, double before, int pause) {

        boolean isTrial() {
            return added > 0;
        }

        boolean hasHelped() {
            double most = (double) added / (pipelines - added);
            return rate > before * (1 + Math.min(DEAD_BAND, LEAST_GAIN * most));
        }

        /// The same, measured once more.
        State with(double smoothed) {
            return new State(pipelines, added, smoothed, before, pause);
        }

        /// That many, none of them under trial, and no trial for so many ticks.
        State rest(int pipelines, int ticks) {
            return new State(pipelines, 0, rate, -1, ticks);
        }
    }

    /// Whether a tick is over: half a second is, and threads that are busy have completed a request each. Of fewer nobody could
    /// tell what added pipelines bring, as a slow request tells of it only when it ends. What hangs is waited for no longer
    /// than ten seconds: others may wait behind it.
    ///
    /// @param completed requests since the last tick
    /// @param busy the part of the threads that are busy, 0 to 1
    static boolean isTick(long nanos, long completed, int threads, double busy) {
        return nanos >= TICK_NANOS
                && (busy < HALF || completed >= threads || nanos >= LONGEST_TICK_NANOS);
    }

    static State start(Scale scale) {
        return new State(scale.least(), 0, -1, -1, 0);
    }

    /// The next state.
    ///
    /// @param perSecond requests completed in the last tick, by the second
    /// @param busy the part of the threads that were busy, 0 to 1
    static State next(Scale scale, State last, double perSecond, double busy) {
        double rate = last.rate() < 0 ? perSecond : WEIGHT * perSecond + (1 - WEIGHT) * last.rate();
        State state = last.with(rate);
        int pipelines = state.pipelines();
        if (busy < HALF && pipelines > scale.least()) {
            return state.rest(pipelines - 1, HOLD_TICKS);
        }
        if (state.pause() > 1) {
            return new State(pipelines, state.added(), rate, state.before(), state.pause() - 1);
        }
        if (state.isTrial() && !state.hasHelped()) {
            return state.rest(pipelines - state.added(), PROBE_TICKS);
        }
        if (busy >= SATURATED && pipelines < scale.most()) {
            int added = Math.min(scale.most() - pipelines, Math.ceilDiv(pipelines, STEPS));
            double before =
                    Math.max(rate, perSecond); // the smoothed rate lags behind the last step
            return new State(pipelines + added, added, rate, before, SETTLE_TICKS);
        }
        return state.rest(pipelines, 0);
    }
}
