package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tuple;

import org.stagedpipe.api.Fault;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.api.Request;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;

/// Random state machines with loops, errors and cancels: each request has exactly one outcome, the right one; order holds
/// where it was asked for; counts agree.
class EnginePropertyTest {

    private static final int STAGES = 4;

    /// What one request does, hop by hop: 0 to 3 goes to that stage.
    private static final int END = STAGES;

    private static final int THROW = STAGES + 1;
    private static final int FAIL = STAGES + 2;
    private static final int YIELD = STAGES + 3;

    /// A request and what it is going to do.
    ///
    /// @param cancelled whether it is cancelled, alone, once it is submitted
    record Program(int key, List<Integer> hops, boolean cancelled) {}

    /// How it is run.
    ///
    /// @param depth of keyed order; less than 0 without that
    /// @param cancelAfter the group is cancelled after so many submits; never if there are fewer
    /// @param run so many are submitted by one call, one by one if it is 1
    record Setup(
            int parallelism,
            boolean ordered,
            int window,
            int depth,
            boolean stopOnFault,
            boolean acyclic,
            int cancelAfter,
            int run) {

        boolean isKeyed() {
            return depth >= 0;
        }
    }

    /// The data at work: the program and how far it is.
    private static final class Cursor {
        private final Program program;
        private final int index;
        private final Set<Integer> entered = new HashSet<>(); // stages
        private int hop;

        Cursor(Program program, int index) {
            this.program = program;
            this.index = index;
        }
    }

    /// A request has entered a stage for the first time.
    private record Entry(int stage, int key, int index) {}

    /// The stages that requests of one key enter one by one.
    private static final Set<Integer> MARKED = Set.of(1, 3);

    @Property(tries = 300, shrinking = ShrinkingMode.BOUNDED)
    void eachRequestHasExactlyOneOutcome(
            @ForAll("programs") List<Program> programs, @ForAll("setups") Setup setup)
            throws Exception {
        List<Outcome<Cursor>> outcomes = new ArrayList<>();
        Counts counts;
        Queue<Entry> entries = new ConcurrentLinkedQueue<>();
        int submitted = Math.min(programs.size(), setup.cancelAfter());
        try (var pipelines = builder(setup, entries).open();
                var group = group(pipelines, setup).open()) {
            Thread submitter = Thread.ofVirtual().start(() -> submit(group, programs, setup));
            for (Outcome<Cursor> outcome : group) {
                outcomes.add(outcome);
            }
            Eventually.ends(submitter);
            counts = group.counts();
        }
        Map<Long, Outcome<Cursor>> bySequence = new TreeMap<>();
        outcomes.forEach(outcome -> bySequence.put(outcome.sequence(), outcome));
        assertEquals(outcomes.size(), bySequence.size(), "one each");
        assertEquals(submitted, outcomes.size());
        assertEquals(
                new Counts(
                        submitted,
                        seen(outcomes, Outcome.Ok.class),
                        seen(outcomes, Outcome.Failed.class),
                        seen(outcomes, Outcome.Aborted.class)),
                counts);
        if (setup.ordered()) {
            assertEquals(
                    IntStream.range(0, submitted).mapToObj(i -> (long) i).toList(),
                    outcomes.stream().map(Outcome::sequence).toList());
        }
        if (setup.isKeyed()) {
            checkKeys(entries);
        }
        bySequence.forEach(
                (sequence, outcome) -> check(programs, sequence.intValue(), outcome, setup));
    }

    private static long seen(List<Outcome<Cursor>> outcomes, Class<?> kind) {
        return outcomes.stream().filter(kind::isInstance).count();
    }

    private static void checkKeys(Queue<Entry> entries) {
        Map<List<Integer>, Integer> last = new HashMap<>();
        for (Entry entry : entries) {
            Integer before = last.put(List.of(entry.stage(), entry.key()), entry.index());
            assertTrue(
                    !MARKED.contains(entry.stage()) || before == null || before < entry.index(),
                    () -> entry + " after " + before);
        }
    }

    private static void check(
            List<Program> programs, int index, Outcome<Cursor> outcome, Setup setup) {
        Program program = programs.get(index);
        boolean cancelled = setup.cancelAfter() <= programs.size();
        String expected = expected(program, setup.acyclic());
        String actual =
                switch (outcome) {
                    case Outcome.Ok<Cursor> ok -> "Ok";
                    case Outcome.Failed<Cursor> failed -> describe(failed.fault());
                    case Outcome.Aborted<Cursor> aborted -> "Aborted";
                };
        assertTrue(
                actual.equals(expected)
                        || cancelled && actual.equals("Aborted")
                        || program.cancelled() && actual.startsWith("CANCELLED")
                        || actual.startsWith("KEY_FAILED") && mayBeStopped(programs, index, setup),
                () -> program + ": " + actual + " (expected: " + expected + ")");
    }

    /// Whether an earlier request of its key may have failed.
    private static boolean mayBeStopped(List<Program> programs, int index, Setup setup) {
        return setup.isKeyed()
                && setup.stopOnFault()
                && programs.subList(0, index).stream()
                        .anyMatch(earlier ->
                                earlier.key() == programs.get(index).key()
                                        && !expected(earlier, setup.acyclic()).equals("Ok"));
    }

    private static String describe(Fault fault) {
        return fault.kind() + " " + fault.stage() + " " + fault.text();
    }

    /// The same by a plain loop.
    private static String expected(Program program, boolean acyclic) {
        List<String> route = new ArrayList<>(List.of("s0"));
        for (int hop : program.hops()) {
            String at = route.getLast();
            if (hop == END) {
                return "Ok";
            } else if (hop == THROW) {
                return "STAGE " + at + " IllegalStateException: thrown";
            } else if (hop == FAIL) {
                return "STAGE " + at + " IllegalArgumentException: set";
            } else if (hop < STAGES) {
                boolean met = route.contains("s" + hop);
                route.add("s" + hop);
                if (met && acyclic) {
                    return "CYCLIC " + at + " " + String.join(" -> ", route);
                }
            }
        }
        return "Ok";
    }

    private static void submit(Group<Cursor, String> group, List<Program> programs, Setup setup) {
        try {
            int end = Math.min(programs.size(), setup.cancelAfter());
            for (int i = 0; i < end; i += setup.run()) {
                int behind = Math.min(end, i + setup.run());
                submitRun(group, cursors(programs, i, behind));
                for (int j = i; j < behind; j++) {
                    if (programs.get(j).cancelled()) {
                        group.cancel(j, "alone");
                    }
                }
            }
            if (setup.cancelAfter() <= programs.size()) {
                group.cancel("cancelled");
            }
            group.finish();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// By one call, or by an offer that takes what it can and a call that waits for the rest.
    private static void submitRun(Group<Cursor, String> group, List<Cursor> run)
            throws InterruptedException {
        if (run.size() == 1) {
            group.submit(run.getFirst());
        } else if (run.size() % 2 == 0) {
            group.submitAll(run);
        } else {
            int taken = group.offerAll(run, 0);
            group.submitAll(run.subList(taken, run.size()));
        }
    }

    private static List<Cursor> cursors(List<Program> programs, int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> new Cursor(programs.get(i), i)).toList();
    }

    private static GroupBuilder<Cursor, String> group(
            Pipelines<Cursor, String> pipelines, Setup setup) {
        var builder = pipelines.group("").window(setup.window());
        return setup.ordered() ? builder.ordered() : builder;
    }

    private static PipelinesBuilder<Cursor, String> builder(Setup setup, Queue<Entry> entries) {
        List<Stage<Cursor, String>> stages = new ArrayList<>();
        for (int i = 0; i < STAGES; i++) {
            int stage = i;
            stages.add(
                    Stage.of(
                            "s" + i,
                            request -> {
                                note(request.data(), stage, entries);
                                return hop(request, stages);
                            }));
        }
        var builder =
                Pipelines.of(new StateMachine<>(stages))
                        .parallelism(setup.parallelism())
                        .acyclic(setup.acyclic());
        return setup.isKeyed()
                ? builder.keyed(
                        request -> request.data().program.key(),
                        List.of("s1", "s3"),
                        setup.depth(),
                        setup.stopOnFault())
                : builder;
    }

    private static void note(Cursor cursor, int stage, Queue<Entry> entries) {
        if (cursor.entered.add(stage)) {
            entries.add(new Entry(stage, cursor.program.key(), cursor.index));
        }
    }

    private static Stage<Cursor, String> hop(
            Request<Cursor, String> request, List<Stage<Cursor, String>> stages) {
        Cursor cursor = request.data();
        while (cursor.hop < cursor.program.hops().size()) {
            int hop = cursor.program.hops().get(cursor.hop++);
            if (hop < STAGES) {
                return stages.get(hop);
            } else if (hop == END) {
                return Stage.end();
            } else if (hop == THROW) {
                throw new IllegalStateException("thrown");
            } else if (hop == FAIL) {
                request.fail(new IllegalArgumentException("set"));
                return stages.getFirst();
            } else if (hop == YIELD) {
                Thread.yield();
            }
        }
        return Stage.end();
    }

    @Provide
    Arbitrary<List<Program>> programs() {
        Arbitrary<Integer> hop =
                Arbitraries.frequencyOf(
                        Tuple.of(8, Arbitraries.integers().between(0, STAGES - 1)),
                        Tuple.of(3, Arbitraries.just(YIELD)),
                        Tuple.of(2, Arbitraries.just(END)),
                        Tuple.of(1, Arbitraries.of(THROW, FAIL)));
        return Combinators.combine(
                        Arbitraries.integers().between(0, 3),
                        hop.list().ofMaxSize(12),
                        Arbitraries.frequency(Tuple.of(7, false), Tuple.of(1, true)))
                .as(Program::new)
                .list()
                .ofMaxSize(200);
    }

    @Provide
    Arbitrary<Setup> setups() {
        return Combinators.combine(
                        Arbitraries.integers().between(1, 4),
                        Arbitraries.of(true, false),
                        Arbitraries.integers().between(1, 300),
                        Arbitraries.of(-1, -1, 0, 1, KeyOrder.DEFAULT_DEPTH, Keys.MOST_WALKED + 1),
                        Arbitraries.of(true, false),
                        Arbitraries.of(true, false),
                        Arbitraries.integers().between(0, 400),
                        Arbitraries.of(1, 2, 7, 64, 150))
                .as(Setup::new);
    }
}
