package org.stagedpipe.itests.faults;

import org.stagedpipe.client.ClientException;
import org.stagedpipe.client.StagedpipeClient;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// One fault in the middle of the load of three groups, and what became of every item. For one thread.
///
/// The load runs before, during and after the fault: a group that stands still afterwards is found as what it is, not as
/// one that had nothing to do.
final class Round {

    private static final long SMALL_BEFORE = 100;
    private static final long SMALL_AFTER = 100;
    private static final long BIG_BEFORE = 3;
    private static final long BIG_AFTER = 3;
    private static final int TRIES = 50;
    private static final Duration LONGEST = Duration.ofSeconds(60);

    private final FaultCluster cluster;
    private final StagedpipeClient client;
    private final SplittableRandom random;
    private final List<Load> loads = new ArrayList<>();
    private final List<Load> beside = new ArrayList<>();
    private final List<Book> books = new ArrayList<>();
    private final List<Runnable> atEnd = new ArrayList<>();
    private final List<Latency> latencies = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final List<String> findings = Collections.synchronizedList(new ArrayList<>());

    /// What a round found.
    ///
    /// @param sums of all groups
    /// @param latencies after the fault
    /// @param notes other figures
    /// @param findings what was wrong, at least the first of it
    record Verdict(Sums sums, List<Latency> latencies, List<String> notes, List<String> findings) {

        /// What that finds; if it fails, this is the finding.
        ///
        /// @throws Row.NotPermitted if it does
        static Verdict of(Callable<Verdict> judged) throws Row.NotPermitted, InterruptedException {
            try {
                return judged.call();
            } catch (Row.NotPermitted | InterruptedException e) {
                throw e;
            } catch (Exception | AssertionError e) {
                return new Verdict(Sums.NONE, List.of(), List.of(), List.of("it failed: " + e));
            }
        }

        boolean isClean() {
            return sums.isClean() && findings.isEmpty();
        }
    }

    private Round(FaultCluster cluster, long seed) {
        this.cluster = cluster;
        this.client = cluster.client();
        this.random = new SplittableRandom(seed);
    }

    /// Brings back what the round before left dead, and runs this one. What fails is a finding, and the next round may follow.
    ///
    /// @throws Row.NotPermitted if this machine does not allow it
    static Verdict run(FaultCluster cluster, Row row, long seed)
            throws Row.NotPermitted, InterruptedException {
        return Verdict.of(() -> {
            cluster.heal();
            return inject(cluster, row, seed);
        });
    }

    private static Verdict inject(FaultCluster cluster, Row row, long seed) throws Exception {
        Round round = new Round(cluster, seed);
        try {
            for (Load.Shape shape : Load.Shape.ALL) {
                round.loads.add(round.start(shape));
            }
            round.awaitProgress(SMALL_BEFORE, BIG_BEFORE);
            row.injection().into(round);
            round.awaitProgress(SMALL_AFTER, BIG_AFTER);
            return round.verdict();
        } finally {
            round.all().forEach(Load::close);
        }
    }

    FaultCluster cluster() {
        return cluster;
    }

    SplittableRandom random() {
        return random;
    }

    /// The three groups.
    List<Load> loads() {
        return loads;
    }

    /// One of these, by chance.
    String oneOf(List<String> names) {
        return names.get(random.nextInt(names.size()));
    }

    /// A coordinator that has one of the three groups, by chance.
    String coordinatorInUse() {
        return oneOf(loads.stream().map(Load::coordinator).distinct().toList());
    }

    /// Another group, whose progress is not waited for; its items are judged with the others.
    Load startBeside(Load.Shape shape) throws InterruptedException {
        Load load = start(shape);
        beside.add(load);
        return load;
    }

    /// The same on that coordinator, of a client that has connections of its own.
    Load startBeside(Load.Shape shape, String coordinator) throws InterruptedException {
        StagedpipeClient another = cluster.client();
        List<Load> elsewhere = new ArrayList<>();
        try {
            for (int tries = 0; tries < TRIES; tries++) {
                Load load = Load.start(another, shape, random.nextLong());
                if (load.coordinator().equals(coordinator)) {
                    beside.add(load);
                    return load;
                }
                elsewhere.add(load);
            }
            throw new AssertionError("no group opens on " + coordinator);
        } finally {
            elsewhere.forEach(Load::close);
        }
    }

    /// Items of a group of somebody else, to be judged with the others.
    void judge(Book book) {
        books.add(book);
    }

    /// A figure for the round's line, asked for when all groups have ended.
    void note(Supplier<String> text) {
        atEnd.add(() -> notes.add(text.get()));
    }

    /// When all groups have ended, this must hold, or the fault hit nothing and the round shows nothing.
    void mustHit(String what, BooleanSupplier isHit) {
        atEnd.add(() -> {
            if (!isHit.getAsBoolean()) {
                wrong("the fault hit nothing: " + what);
            }
        });
    }

    /// Items of the three groups that a worker had at that moment must run again, and so soon.
    void mustRunAgain(Goal goal, long faultMs) {
        measure(goal, () -> Latency.redelivered(arrivals(), faultMs));
    }

    /// The same of a worker that fell silent then, and so soon that it brings none of them itself when it is back.
    void mustRunElsewhere(Goal goal, long silentMs) {
        measure(goal, () -> Latency.elsewhere(arrivals(), silentMs));
    }

    /// Each of the three groups must go on after that moment, and so soon.
    void mustGoOn(Goal goal, long faultMs) {
        measure(
                goal,
                () ->
                        Latency.resumed(
                                loads.stream().map(load -> load.book().arrivals()).toList(),
                                faultMs));
    }

    private List<Book.Arrival> arrivals() {
        return loads.stream().flatMap(load -> load.book().arrivals().stream()).toList();
    }

    /// Each of the three groups must have kept its pace.
    void mustKeepPace(Pace.Times times) {
        atEnd.add(() -> {
            for (Load load : loads) {
                Pace pace = load.pace(times);
                notes.add(load.shape().name() + " had " + pace);
                if (!pace.isKept()) {
                    wrong("group " + load.shape().name() + " was slowed: " + pace);
                }
            }
        });
    }

    private void measure(Goal goal, Supplier<List<Long>> ms) {
        atEnd.add(() -> {
            List<Long> all = ms.get();
            if (all.isEmpty()) {
                wrong("the fault hit nothing: no " + goal);
            } else {
                latencies.add(new Latency(goal, all));
            }
        });
    }

    /// How often the three groups had to find another coordinator, or another way to theirs.
    long resumes() {
        return loads.stream().mapToLong(Load::resumes).sum();
    }

    /// Something that is not as it must be, beside what the oracle sees.
    void wrong(String text) {
        findings.add(text);
    }

    /// Waits until each of the three groups has so many more outcomes, or has failed; a group that does neither is wrong.
    void awaitProgress(long small, long big) throws InterruptedException {
        long end = System.nanoTime() + LONGEST.toNanos();
        for (Load load : List.copyOf(loads)) {
            awaitAnswers(load, load.shape().equals(Load.Shape.BIG) ? big : small, end);
        }
    }

    /// The same for one group.
    void awaitAnswers(Load load, long more) throws InterruptedException {
        awaitAnswers(load, more, System.nanoTime() + LONGEST.toNanos());
    }

    private void awaitAnswers(Load load, long more, long end) throws InterruptedException {
        long goal = load.book().answered() + more;
        while (load.book().answered() < goal && !load.hasEnded()) {
            if (System.nanoTime() > end) {
                wrong("group " + load.shape().name() + " stands still: " + load.standing());
                return;
            }
            Thread.sleep(5);
        }
    }

    /// A group opens and serves an item, on whatever coordinator.
    void serveOne(String why) throws InterruptedException {
        try (Load load = start(new Load.Shape(why, false, 200, 1, 0, 8))) {
            long end = System.nanoTime() + LONGEST.toNanos();
            while (load.book().answered() == 0 && !load.hasEnded() && System.nanoTime() < end) {
                Thread.sleep(5);
            }
            load.finish();
            load.awaitEnd();
            if (!load.book().sums().isClean() || load.book().answered() == 0) {
                wrong(why + ": " + load.book().findings());
            }
        } catch (ClientException e) {
            wrong(why + ": " + e.getMessage());
        }
    }

    private Load start(Load.Shape shape) throws InterruptedException {
        return Load.start(client, shape, random.nextLong());
    }

    private List<Load> all() {
        return Stream.concat(loads.stream(), beside.stream()).toList();
    }

    private Verdict verdict() throws InterruptedException {
        all().forEach(Load::finish);
        for (Load load : all()) {
            load.awaitEnd();
        }
        all().forEach(load -> books.add(load.book()));
        Sums sums = Sums.NONE;
        for (Book book : books) {
            sums = sums.plus(book.sums());
            findings.addAll(book.findings());
        }
        atEnd.forEach(Runnable::run);
        return new Verdict(sums, List.copyOf(latencies), List.copyOf(notes), List.copyOf(findings));
    }
}
