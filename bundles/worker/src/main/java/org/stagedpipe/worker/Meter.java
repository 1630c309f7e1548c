package org.stagedpipe.worker;

import com.sun.management.OperatingSystemMXBean;

import org.stagedpipe.protocol.v1.Load;
import org.stagedpipe.worker.memory.Guard;
import org.stagedpipe.worker.part.Parts;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.function.LongSupplier;

/// Measures this worker's load, from one call to the next. For one thread at a time.
final class Meter {

    private final Parts parts;
    private final Guard guard;
    private final LongSupplier nanoTime;
    private final OperatingSystemMXBean machine =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private long lastNanos;
    private long lastAnswered;
    private Duration lastCpu = Duration.ZERO;

    Meter(Parts parts, Guard guard, LongSupplier nanoTime) {
        this.parts = parts;
        this.guard = guard;
        this.nanoTime = nanoTime;
        this.lastNanos = nanoTime.getAsLong();
        this.lastCpu = cpu();
    }

    synchronized Load load() {
        long now = nanoTime.getAsLong();
        double seconds = Math.max(1e-3, (now - lastNanos) / 1e9);
        long answered = parts.itemsAnswered();
        Duration cpu = cpu();
        Runtime runtime = Runtime.getRuntime();
        Load load =
                Load.newBuilder()
                        .setGroups(parts.groups())
                        .setItemsInFlight(parts.itemsInFlight())
                        .setBytesInFlight(parts.bytesInFlight())
                        .setItemsPerSecond((answered - lastAnswered) / seconds)
                        .setHeapUsedBytes(runtime.totalMemory() - runtime.freeMemory())
                        .setHeapMaxBytes(runtime.maxMemory())
                        .setCores(runtime.availableProcessors())
                        .setCpu(cpu.minus(lastCpu).toNanos() / 1e9 / seconds)
                        .setMachineCpu(machineShare() * runtime.availableProcessors())
                        .setMemory(guard.state())
                        .build();
        lastNanos = now;
        lastAnswered = answered;
        lastCpu = cpu;
        return load;
    }

    /// Of its time since it was asked last; nothing where that is not known.
    private double machineShare() {
        return Math.max(0, machine.getCpuLoad());
    }

    private static Duration cpu() {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
    }
}
