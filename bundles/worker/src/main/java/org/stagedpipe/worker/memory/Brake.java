package org.stagedpipe.worker.memory;

/// The brake at one moment, and what follows from the next reading: a pure function of both.
///
/// @param sinceMs when the pause began; 0 without one
/// @param why it began, for people; empty without one
/// @param easedMs since when the gauge is down; 0 if it is not
/// @param collectedMs the next collection of this pause is asked for `collectEvery` later; when one was asked for last
/// @param idleMs since when nothing is reserved in this pause; 0 if something is
record Brake(
        BrakeState state, long sinceMs, String why, long easedMs, long collectedMs, long idleMs) {

    static final Brake OPEN = new Brake(BrakeState.FLOWING, 0, "", 0, 0, 0);

    /// So long after the beginning of a pause, and after nothing is reserved any more, a collection is asked for: what runs may
    /// free enough, and what has just ended be let go.
    private static final long SOON_MS = 1_000;

    /// What is asked of the collector.
    enum Ask {
        /// Nothing.
        NOTHING,
        /// A collection beside what runs.
        COLLECTION,
        /// One that stops everything and frees all that is dead in the heap: no other frees what lies between what lives. Where
        /// the heap is full and nothing runs, or another one was not enough.
        COMPACTION
    }

    /// What follows from a reading.
    ///
    /// @param brake from now on
    /// @param asks for that, now
    /// @param handsBack whether what is not started goes to other workers
    record Step(Brake brake, Ask asks, boolean handsBack) {}

    /// Whether nothing is taken in.
    boolean isPaused() {
        return state != BrakeState.FLOWING;
    }

    /// @param isIdle whether nothing is reserved
    Step after(Reading reading, boolean isIdle, Marks marks, long nowMs) {
        long idle = !isIdle ? 0 : idleMs == 0 ? nowMs : idleMs;
        BrakeState next = state.after(signal(reading, idle, marks, nowMs));
        if (next == BrakeState.FLOWING) {
            return new Step(OPEN, Ask.NOTHING, false);
        }
        boolean begins = !isPaused();
        long since = begins ? nowMs : sinceMs;
        boolean isDown = reading.gauge() <= marks.resume();
        long eased = next != BrakeState.EASING || !isDown ? 0 : easedMs == 0 ? nowMs : easedMs;
        long soon = nowMs - marks.collectEvery().toMillis() + SOON_MS;
        long collected = begins ? soon : collectedMs;
        if (isIdle && idleMs == 0) {
            collected = Math.min(collected, soon);
        }
        boolean collects = !isDown && nowMs - collected >= marks.collectEvery().toMillis();
        Brake brake =
                new Brake(
                        next,
                        since,
                        begins ? reading.why(marks) : why,
                        eased,
                        collects ? nowMs : collected,
                        idle);
        boolean handsBack = nowMs - since >= marks.handBackAfter().toMillis();
        boolean compacts = reading.heap() > marks.resume() && (isIdle || collected > since);
        Ask ask = compacts ? Ask.COMPACTION : Ask.COLLECTION;
        return new Step(brake, collects ? ask : Ask.NOTHING, handsBack);
    }

    private BrakeState.Signal signal(Reading reading, long idleSinceMs, Marks marks, long nowMs) {
        boolean collectsTooMuch = reading.collecting() > marks.collecting();
        if (reading.gauge() <= marks.resume() && !collectsTooMuch) {
            return easedMs > 0 && nowMs - easedMs >= marks.settle().toMillis()
                    ? BrakeState.Signal.CALM
                    : BrakeState.Signal.EASE;
        }
        // the end of a long item frees what only the next collection shows
        boolean isLong = idleSinceMs > 0 && nowMs - idleSinceMs >= marks.recycleAfter().toMillis();
        if (isLong && reading.gauge() > marks.resume()) {
            return BrakeState.Signal.LEAK;
        }
        return reading.gauge() >= marks.pause() || collectsTooMuch
                ? BrakeState.Signal.PRESSURE
                : BrakeState.Signal.STRAIN;
    }
}
