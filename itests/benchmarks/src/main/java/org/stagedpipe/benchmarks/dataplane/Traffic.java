package org.stagedpipe.benchmarks.dataplane;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;

/// Sends and receives on a line, and measures that.
final class Traffic {

    private static final Executor SENDERS = task -> Thread.ofPlatform().name("sender").start(task);

    private final Side side;
    private final Side.Line line;
    private volatile long total = Long.MAX_VALUE; // messages

    private Traffic(Side side, Side.Line line) {
        this.side = side;
        this.line = line;
    }

    /// What a run showed.
    ///
    /// @param itemsPerSecond there and back
    /// @param cpuMicros CPU time of an item, all processes together
    record Flow(double itemsPerSecond, double cpuMicros) {}

    /// What single items took.
    ///
    /// @param p50Micros the half was no slower
    /// @param p99Micros 99 of 100 were no slower
    record Latency(double p50Micros, double p99Micros) {}

    /// As much as goes in that time.
    static Flow flow(Side side, Side.Line line, Duration time) throws Exception {
        return new Traffic(side, line).flow(time);
    }

    /// So many items, or a few more.
    static Flow count(Side side, Side.Line line, long items) throws Exception {
        Traffic traffic = new Traffic(side, line);
        traffic.total = (long) Math.ceil(items / line.itemsPerMessage());
        return traffic.flow(traffic::sendAll);
    }

    private Flow flow(Duration time) throws Exception {
        long deadline = System.nanoTime() + time.toNanos();
        return flow(() -> sendUntil(deadline));
    }

    private Flow flow(Runnable send) throws Exception {
        long cpu = cpuNanos(side);
        long begin = System.nanoTime();
        CompletableFuture<Void> sender = CompletableFuture.runAsync(send, SENDERS);
        long received = 0;
        while (received < total) {
            received += line.receive();
        }
        long end = System.nanoTime();
        sender.get();
        double items = received * line.itemsPerMessage();
        return new Flow(items * 1e9 / (end - begin), (cpuNanos(side) - cpu) / 1e3 / items);
    }

    private void sendAll() {
        try {
            for (long sent = 0; sent < total; sent++) {
                line.send();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void sendUntil(long deadline) {
        try {
            for (long sent = 1; total == Long.MAX_VALUE; sent++) {
                if (System.nanoTime() - deadline >= 0) {
                    total = sent; // before the last is sent, so that its receiver knows
                }
                line.send();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// CPU time of this process and of the side's.
    static long cpuNanos(Side side) {
        var own =
                (com.sun.management.OperatingSystemMXBean)
                        ManagementFactory.getOperatingSystemMXBean();
        return side.cpu().toNanos() + own.getProcessCpuTime();
    }

    /// Items one after the other.
    ///
    /// @param everyNanos when the next one starts at the earliest; 0 for at once
    static Latency latency(Side.Line line, int items, long everyNanos) throws InterruptedException {
        long[] nanos = new long[items];
        long next = System.nanoTime();
        for (int i = 0; i < items; i++) {
            while (everyNanos > 0 && System.nanoTime() - next < 0) {
                LockSupport.parkNanos(next - System.nanoTime());
            }
            long begin = System.nanoTime();
            line.send();
            line.receive();
            nanos[i] = System.nanoTime() - begin;
            next += everyNanos;
        }
        Arrays.sort(nanos);
        return new Latency(nanos[items / 2] / 1e3, nanos[(int) (items * 0.99)] / 1e3);
    }
}
