package org.stagedpipe.benchmarks.dataplane;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;

/// Many lines at once: one thread sends on them in turn, each has a thread that receives.
final class ManyLines implements AutoCloseable {

    private static final Executor RECEIVERS = Thread.ofVirtual().name("receiver")::start;

    private final Side side;
    private final List<Side.Line> lines;
    private final AtomicLongArray totals; // messages of each line, once that is known
    private final AtomicReference<RuntimeException> fault =
            new AtomicReference<>(); // of a receiver

    /// @param lines it closes them
    ManyLines(Side side, List<Side.Line> lines) {
        this.side = side;
        this.lines = List.copyOf(lines);
        this.totals = new AtomicLongArray(lines.size());
    }

    /// As much as goes in that time, on the first lines; the others are open and idle.
    ///
    /// @param busy how many have traffic
    /// @throws RuntimeException as a line does; the lines are of no use then
    Traffic.Flow flow(int busy, Duration time) throws Exception {
        long cpu = Traffic.cpuNanos(side);
        long begin = System.nanoTime();
        List<CompletableFuture<Void>> receivers = new ArrayList<>();
        for (int i = 0; i < busy; i++) {
            int line = i;
            totals.set(line, Long.MAX_VALUE);
            receivers.add(CompletableFuture.runAsync(() -> receive(line), RECEIVERS));
        }
        long turns = send(busy, begin + time.toNanos());
        for (CompletableFuture<Void> receiver : receivers) {
            receiver.get();
        }
        double items = turns * busy * lines.getFirst().itemsPerMessage();
        long nanos = System.nanoTime() - begin;
        return new Traffic.Flow(items * 1e9 / nanos, (Traffic.cpuNanos(side) - cpu) / 1e3 / items);
    }

    private long send(int busy, long deadline) throws InterruptedException {
        long turns = 0;
        boolean isLast = false;
        while (!isLast) {
            isLast = System.nanoTime() - deadline >= 0;
            turns++;
            for (int i = 0; i < busy; i++) {
                if (isLast) {
                    totals.set(i, turns); // before it is sent, so that its receiver knows
                }
                send(lines.get(i));
            }
        }
        return turns;
    }

    private void send(Side.Line line) throws InterruptedException {
        try {
            line.send();
        } catch (RuntimeException e) {
            RuntimeException first = fault.get();
            throw first == null ? e : first;
        }
    }

    private void receive(int line) {
        try {
            long received = 0;
            while (received < totals.get(line)) {
                received += lines.get(line).receive();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            fault.compareAndSet(null, e);
            lines.get(line).close(); // nobody takes from it, and who sends would wait for room
            throw e;
        }
    }

    @Override
    public void close() {
        lines.forEach(Side.Line::close);
    }
}
