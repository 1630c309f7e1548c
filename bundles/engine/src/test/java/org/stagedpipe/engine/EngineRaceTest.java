package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import static java.util.Objects.requireNonNull;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.api.Stage;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/// Collisions on purpose, each with all its legal outcomes.
@Timeout(60)
class EngineRaceTest {

    private final List<String> trouble = new CopyOnWriteArrayList<>();

    /// Long enough to be hit, and it notes an interrupt that was not meant for it.
    private final Pipelines<Integer, String> pipelines =
            Pipelines.of(
                            Machines.<Integer, String>single(request -> {
                                for (int i = 0; i < request.data(); i++) {
                                    Thread.onSpinWait();
                                }
                                if (Thread.currentThread().isInterrupted()
                                        && !request.isCancelled()) {
                                    trouble.add("interrupted " + request);
                                }
                                return Stage.end();
                            }))
                    .parallelism(2)
                    .open();

    @AfterEach
    void close() {
        pipelines.close();
        assertEquals(List.of(), trouble);
    }

    @Test
    void cancelAgainstCompletion() throws Exception {
        Race.run(
                Set.of("[Ok]", "[Aborted]"),
                () ->
                        new OneGroup(pipelines.group("").open()) {
                            @Override
                            public void first() throws Exception {
                                submit(10);
                            }

                            @Override
                            public void second() throws Exception {
                                while (group.counts().accepted() == 0) {
                                    Thread.onSpinWait();
                                }
                                group.cancel("race");
                            }
                        });
    }

    @Test
    void cancelOfOneRequestAgainstItsCompletionAndTheNextOne() throws Exception {
        Race.run(
                Set.of("[Ok, Ok]", "[Failed, Ok]"),
                () ->
                        new OneGroup(pipelines.group("").ordered().open()) {
                            @Override
                            public void first() throws Exception {
                                submit(10);
                                submit(10);
                            }

                            @Override
                            public void second() {
                                group.cancel(0, "race");
                            }
                        });
    }

    @Test
    void finishAgainstSubmit() throws Exception {
        Race.run(
                Set.of("[]", "[Ok]"),
                () ->
                        new OneGroup(pipelines.group("").open()) {
                            @Override
                            public void first() throws Exception {
                                submit(0);
                            }

                            @Override
                            public void second() {
                                group.finish();
                            }
                        });
    }

    @Test
    void closeOfThePipelinesAgainstSubmit() throws Exception {
        Race.run(
                Set.of("[]", "[Ok]"),
                () -> {
                    var own = Pipelines.of(Machines.<Integer, String>mapping(x -> x)).open();
                    return new OneGroup(own.group("").open()) {
                        @Override
                        public void first() throws Exception {
                            submit(0);
                        }

                        @Override
                        public void second() {
                            own.close();
                        }
                    };
                });
    }

    @Test
    void handOffOfTwoSubmittersLosesNothing() throws Exception {
        Race.run(
                Set.of("[Ok, Ok]"),
                () ->
                        new OneGroup(pipelines.group("").open()) {
                            @Override
                            public void first() throws Exception {
                                submit(0);
                            }

                            @Override
                            public void second() throws Exception {
                                submit(0);
                            }
                        });
    }

    @Test
    void orderedWindowOfOneAgainstItsConsumer() throws Exception {
        Race.run(
                Set.of("0 1 2"),
                () -> {
                    var group = pipelines.group("").ordered().window(1).open();
                    List<String> taken = new ArrayList<>();
                    return new Race.Round() {
                        @Override
                        public void first() throws Exception {
                            for (int i = 0; i < 3; i++) {
                                group.submit(0);
                            }
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

    @Test
    void interruptOfASubmitAgainstRoom() throws Exception {
        Race.run(
                Set.of("accepted 2", "interrupted 1"),
                () -> {
                    var group = pipelines.group("").ordered().window(1).open();
                    group.submit(0);
                    Thread submitter = Thread.currentThread();
                    CountDownLatch done = new CountDownLatch(1);
                    return new Race.Round() {
                        private String answer = "accepted ";

                        @Override
                        public void first() {
                            try {
                                group.submit(0);
                            } catch (InterruptedException e) {
                                answer = "interrupted ";
                            }
                            while (done.getCount() > 0) {
                                Thread.onSpinWait();
                            }
                            Thread.interrupted();
                        }

                        @Override
                        public void second() throws Exception {
                            group.take();
                            submitter.interrupt();
                            done.countDown();
                        }

                        @Override
                        public String outcome() {
                            group.close();
                            return answer + group.counts().delivered();
                        }
                    };
                });
    }

    @Test
    void twoOffersAgainstAWindowOfBytesThatHasRoomForOne() throws Exception {
        Race.run(
                Set.of("[Ok]"),
                () ->
                        new OneGroup(sized()) {
                            @Override
                            public void first() {
                                group.offer(6);
                            }

                            @Override
                            public void second() {
                                group.offer(5);
                            }
                        });
    }

    @Test
    void aSubmitThatWaitsForBytesAgainstTheConsumerThatMakesRoom() throws Exception {
        Race.run(
                Set.of("[Ok, Ok]"),
                () -> {
                    var sized = sized();
                    sized.submit(6);
                    return new OneGroup(sized, 1) {
                        @Override
                        public void first() throws Exception {
                            submit(3);
                            submit(7); // goes in when the first one is delivered, 3 + 7 fit then
                        }

                        @Override
                        public void second() throws Exception {
                            group.take();
                        }
                    };
                });
    }

    private Group<Integer, String> sized() {
        return pipelines.group("").ordered().windowBytes(10, request -> request.data()).open();
    }

    @Test
    void keyedGateAgainstCancelOfTheOneBefore() throws Exception {
        List<Long> entered = new CopyOnWriteArrayList<>();
        try (var keyed =
                Pipelines.of(
                                Machines.<Integer, String>single(request -> {
                                    entered.add(request.sequence());
                                    return Stage.end();
                                }))
                        .parallelism(2)
                        .keyed(request -> "key", "work")
                        .open()) {
            Race.run(
                    Set.of("[Ok, Ok] [0, 1]", "[Failed, Ok] [1]", "[Failed, Ok] [0, 1]"),
                    () -> {
                        entered.clear();
                        return new OneGroup(keyed.group("").ordered().open()) {
                            @Override
                            public void first() throws Exception {
                                submit(0);
                                submit(0);
                            }

                            @Override
                            public void second() {
                                group.cancel(0, "race");
                            }

                            @Override
                            public String outcome() throws Exception {
                                return super.outcome() + " " + entered;
                            }
                        };
                    });
        }
    }

    /// Who is called to it may go off duty before it is awake.
    @Test
    void aRequestFindsAThreadThoughPipelinesGoOffDutyMeanwhile() throws Exception {
        try (var scaled =
                        Pipelines.of(Machines.<Integer, String>mapping(x -> x))
                                .autoscale(1, 2)
                                .open();
                var group = scaled.group("").open()) {
            scaled.watch().stop(); // or its governor scales, too
            Crew<Integer, String> crew = scaled.crew();
            try {
                Race.run(Set.of("done"), () -> goingOffDuty(crew, group));
            } finally {
                crew.duty(2); // who closes the group waits for what waits for a thread
            }
        }
    }

    private static Race.Round goingOffDuty(Crew<Integer, String> crew, Group<Integer, String> group)
            throws Exception {
        crew.duty(2);
        Eventually.holds("both sleep", () -> crew.busy() == 0);
        long before = group.counts().accepted();
        return new Race.Round() {
            @Override
            public void first() throws Exception {
                group.submit(0);
            }

            @Override
            public void second() {
                while (group.counts().accepted() == before) {
                    Thread.onSpinWait(); // a thread is called next
                }
                crew.duty(1);
            }

            @Override
            public String outcome() throws Exception {
                Eventually.holds("it finds a thread", () -> group.poll() != null);
                return "done";
            }
        };
    }

    @Test
    void aHangingThreadsReturnAgainstItsAbandonment() throws Exception {
        Duration day = Duration.ofDays(1);
        var group = pipelines.group("").deadline(day).open();
        Race.run(
                Set.of("finished", "abandoned"),
                () -> {
                    var request = new EngineRequest<>(group, 0, 1, 1, null);
                    Deadline deadline = requireNonNull(request.deadline());
                    deadline.begin(0);
                    deadline.look(day.toNanos());
                    return new Race.Round() {
                        private boolean finished;
                        private boolean abandoned;

                        @Override
                        public void first() {
                            finished = request.finish();
                        }

                        @Override
                        public void second() {
                            abandoned = request.abandon();
                        }

                        @Override
                        public String outcome() {
                            boolean failed = request.outcome() instanceof Outcome.Failed<Integer>;
                            return finished == abandoned || failed != abandoned
                                    ? "both or none"
                                    : finished ? "finished" : "abandoned";
                        }
                    };
                });
        group.close();
    }
}
