package org.stagedpipe.engine;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Outcome;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/// Runs of items against what meets them, each with all its legal outcomes.
@Timeout(60)
class BulkRaceTest {

    private final Pipelines<Integer, String> pipelines =
            Pipelines.of(Machines.<Integer, String>mapping(x -> x)).parallelism(2).open();

    @AfterEach
    void close() {
        pipelines.close();
    }

    /// A run stays together: the other one comes before or behind it.
    @Test
    void aRunAgainstASingleSubmit() throws Exception {
        Race.run(
                Set.of("1 2 3 9", "9 1 2 3"),
                () ->
                        new Listed(pipelines.group("").ordered().open()) {
                            @Override
                            public void first() throws Exception {
                                group.submitAll(List.of(1, 2, 3));
                            }

                            @Override
                            public void second() throws Exception {
                                group.submit(9);
                            }
                        });
    }

    @Test
    void twoRunsAgainstAWindowThatHasRoomForThree() throws Exception {
        Race.run(
                Set.of("1 2 7", "7 8 1"),
                () ->
                        new Listed(pipelines.group("").ordered().window(3).open()) {
                            private int one;
                            private int two;

                            @Override
                            public void first() {
                                one = group.offerAll(List.of(1, 2), 0);
                            }

                            @Override
                            public void second() {
                                two = group.offerAll(List.of(7, 8), 0);
                            }

                            @Override
                            public String outcome() throws Exception {
                                String listed = super.outcome();
                                int taken = listed.split(" ").length;
                                return taken == one + two && taken == 3
                                        ? listed
                                        : one + " + " + two + ": " + listed;
                            }
                        });
    }

    @Test
    void finishAgainstARun() throws Exception {
        Race.run(
                Set.of("", "1 2 3"),
                () ->
                        new Listed(pipelines.group("").ordered().open()) {
                            @Override
                            public void first() throws Exception {
                                try {
                                    group.submitAll(List.of(1, 2, 3));
                                } catch (GroupClosedException e) {
                                    // the other one was first
                                }
                            }

                            @Override
                            public void second() {
                                group.finish();
                            }
                        });
    }

    /// Whatever went in has an outcome, and nothing goes in behind what did not.
    @Test
    void cancelAgainstARunThatWaitsForRoom() throws Exception {
        Race.run(
                Set.of("0", "1", "2"),
                () -> {
                    var group = pipelines.group("").ordered().window(1).open();
                    return new Race.Round() {
                        private int delivered;

                        @Override
                        public void first() throws Exception {
                            try {
                                group.submitAll(List.of(0, 1, 2, 3));
                                throw new AssertionError("all four are in a window of one");
                            } catch (GroupClosedException e) {
                                // as it must be
                            }
                        }

                        @Override
                        public void second() {
                            if (group.poll() != null) {
                                delivered++;
                            }
                            group.cancel("race");
                        }

                        @Override
                        public String outcome() throws Exception {
                            for (Outcome<Integer> outcome : group) {
                                if (outcome.sequence() != delivered++) {
                                    return "out of order: " + outcome;
                                }
                            }
                            return delivered == group.counts().accepted()
                                    ? "" + delivered
                                    : "counts do not agree: " + group.counts();
                        }
                    };
                });
    }

    @Test
    void aRunThroughAWindowOfTwoAgainstItsConsumer() throws Exception {
        Race.run(
                Set.of("0 1 2 3 4 5 6 7 8"),
                () -> {
                    var group = pipelines.group("").ordered().window(2).open();
                    List<String> taken = new ArrayList<>();
                    return new Race.Round() {
                        @Override
                        public void first() throws Exception {
                            group.submitAll(List.of(0, 0, 0, 0, 0, 0, 0, 0, 0));
                            group.finish();
                        }

                        @Override
                        public void second() {
                            group.forEach(outcome -> taken.add("" + outcome.sequence()));
                        }

                        @Override
                        public String outcome() {
                            return String.join(" ", taken);
                        }
                    };
                });
    }

    /// What was refused is announced, or room was made before the answer.
    @Test
    void anAnswerOfLessThanAllAgainstTheRoomThatIsMade() throws Exception {
        Race.run(
                Set.of("all"),
                () -> {
                    var listener = new Refilling();
                    var group = pipelines.group("").window(2).listener(listener).open();
                    listener.group = group;
                    return new Race.Round() {
                        @Override
                        public void first() {
                            listener.refill();
                        }

                        @Override
                        public void second() throws Exception {
                            Eventually.holds("all are in", () -> listener.isThrough());
                        }

                        @Override
                        public String outcome() {
                            group.close();
                            return group.counts().delivered() == Refilling.ITEMS.size()
                                    ? "all"
                                    : group.counts().toString();
                        }
                    };
                });
    }

    private static final class Refilling implements GroupListener<Integer, String> {

        private static final List<Integer> ITEMS = Collections.nCopies(20, 1);

        private volatile @Nullable Group<Integer, String> group;
        private int next;

        synchronized void refill() {
            next += requireNonNull(group).offerAll(ITEMS, next);
        }

        synchronized boolean isThrough() {
            return next == ITEMS.size();
        }

        @Override
        public void onFinished(List<? extends AttachedRequest<Integer, String>> requests) {
            // only the room counts
        }

        @Override
        public void onRoom() {
            refill();
        }
    }

    /// What came out of a group, in its order.
    private abstract static class Listed implements Race.Round {

        final Group<Integer, String> group;

        Listed(Group<Integer, String> group) {
            this.group = group;
        }

        @Override
        public String outcome() throws Exception {
            group.finish();
            List<String> data = new ArrayList<>();
            for (Outcome<Integer> outcome : group) {
                data.add("" + PipelinesTest.ok(outcome));
            }
            return String.join(" ", data);
        }
    }
}
