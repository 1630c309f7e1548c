package org.stagedpipe.benchmarks.engine;

/// One way to process items. Threads live as long as it does; [#run] is what is measured.
interface Side extends AutoCloseable {

    /// Processes so many items and answers the sum of their values.
    long run(int items) throws Exception;

    @Override
    void close() throws Exception;

    /// Which way.
    enum Kind {
        /// The engine; items are submitted one by one.
        ENGINE,
        /// The engine; 256 items are submitted by one call.
        RUNS,
        /// A plain loop: two threads draw items from one source.
        LOOP,
        /// A plain loop: two threads have half of the items each. No source of items can be split like that; for the
        /// lower bound.
        SPLIT,
        /// Items that the engine refuses as the window is full: an item and its request are made, and nothing else.
        REFUSED,
        /// Three threads that hand pages of requests on, and nothing else.
        HANDOFF,
        /// A naive port of the original.
        NAIVE;

        Side open(Scenario scenario) {
            return switch (this) {
                case ENGINE -> new EngineSide(scenario, false);
                case RUNS -> new EngineSide(scenario, true);
                case LOOP -> new LoopSide(scenario, true);
                case SPLIT -> new LoopSide(scenario, false);
                case REFUSED -> new RefusedSide(scenario);
                case HANDOFF -> new HandoffSide(scenario);
                case NAIVE -> new NaiveSide(scenario);
            };
        }
    }
}
