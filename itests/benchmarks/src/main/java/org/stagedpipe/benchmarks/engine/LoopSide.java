package org.stagedpipe.benchmarks.engine;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.api.StateMachine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/// What one would write without an engine: threads that take an item, make its request, call its stages and take its
/// outcome. Two threads; for stages that sleep one virtual thread for each request that may be in progress.
final class LoopSide implements Side {

    private static final int THREADS = 2;

    private final StateMachine<Item, Integer> machine;
    private final boolean oneSource;
    private final int threads;
    private final ExecutorService executor;

    LoopSide(Scenario scenario, boolean oneSource) {
        this.machine = scenario.work().machine(scenario.stages());
        this.oneSource = oneSource;
        boolean sleeps = scenario.work() == Work.SLEEP;
        this.threads = sleeps ? scenario.concurrency() : THREADS;
        this.executor =
                sleeps
                        ? Executors.newVirtualThreadPerTaskExecutor()
                        : Executors.newFixedThreadPool(THREADS);
    }

    @Override
    public long run(int items) throws ExecutionException, InterruptedException {
        AtomicLong source = new AtomicLong();
        List<Callable<Long>> loops = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            long first = (long) items * i / threads;
            long end = (long) items * (i + 1) / threads;
            loops.add(() -> oneSource ? draw(source, items) : split(first, end));
        }
        long sum = 0;
        for (Future<Long> loop : executor.invokeAll(loops)) {
            sum += loop.get();
        }
        return sum;
    }

    private long draw(AtomicLong source, int items) {
        Kept kept = new Kept();
        for (long i = source.getAndIncrement(); i < items; i = source.getAndIncrement()) {
            kept.add(process(i));
        }
        return kept.sum();
    }

    private long split(long first, long end) {
        Kept kept = new Kept();
        for (long i = first; i < end; i++) {
            kept.add(process(i));
        }
        return kept.sum();
    }

    private Outcome<Item> process(long sequence) {
        return new PlainRequest(0, sequence, new Item(sequence)).walk(machine);
    }

    /// Outcomes that somebody reads a window later: else the compiler would not make them, nor their items. The array is
    /// a young one, as stores into an old one are dear.
    private static final class Kept {

        private static final int WINDOW = 1024;

        private @Nullable Outcome<Item>[] outcomes = newWindow();
        private int count;
        private long sum;

        void add(Outcome<Item> outcome) {
            if (count == WINDOW) {
                readAll();
            }
            outcomes[count++] = outcome;
        }

        private void readAll() {
            for (int i = 0; i < count; i++) {
                if (outcomes[i] instanceof Outcome.Ok<Item> ok) {
                    sum += ok.data().value;
                }
            }
            outcomes = newWindow();
            count = 0;
        }

        long sum() {
            readAll();
            return sum;
        }

        @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
        private static @Nullable Outcome<Item>[] newWindow() {
            return new Outcome[WINDOW];
        }
    }

    @Override
    public void close() {
        executor.close();
    }
}
