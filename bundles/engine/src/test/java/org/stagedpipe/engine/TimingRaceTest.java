package org.stagedpipe.engine;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.Set;

/// Figures that are read while they are written.
@Timeout(60)
class TimingRaceTest {

    /// The bucket that a snapshot looks at last is nearly the last one.
    @Test
    void theFirstRecordAgainstASnapshot() throws Exception {
        Race.run(
                Set.of("within its bounds"),
                () ->
                        new Race.Round() {
                            private final Timing timing = new Timing();
                            private volatile Timings seen = Timings.NONE;

                            @Override
                            public void first() {
                                timing.record(Long.MAX_VALUE);
                            }

                            @Override
                            public void second() {
                                while (seen.count() == 0) {
                                    seen = timing.snapshot();
                                }
                            }

                            @Override
                            public String outcome() {
                                return seen.least() == Long.MAX_VALUE
                                                && seen.p99() == Long.MAX_VALUE
                                        ? "within its bounds"
                                        : seen.toString();
                            }
                        });
    }
}
