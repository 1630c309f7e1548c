package org.stagedpipe.coordinator;

import org.stagedpipe.coordinator.group.Environment;
import org.stagedpipe.coordinator.letter.Drops;
import org.stagedpipe.protocol.v1.Heartbeat;
import org.stagedpipe.protocol.v1.Load;

import java.time.Duration;
import java.util.function.Supplier;

/// Makes the node's heartbeats: how busy it is, its groups, and what operators have dropped here. For one thread.
final class Pulse implements Supplier<Heartbeat> {

    private final Groups groups;
    private final Environment environment;
    private final Drops drops;
    private long lastNanos = System.nanoTime();
    private long lastOutcomes;
    private Duration lastCpu = cpu();

    Pulse(Groups groups, Environment environment, Drops drops) {
        this.groups = groups;
        this.environment = environment;
        this.drops = drops;
    }

    @Override
    public Heartbeat get() {
        long now = System.nanoTime();
        double seconds = Math.max(1, now - lastNanos) / 1e9;
        long outcomes = environment.outcomes().sum();
        Duration cpu = cpu();
        Runtime runtime = Runtime.getRuntime();
        Load load =
                Load.newBuilder()
                        .setGroups(groups.size())
                        .setItemsInFlight(groups.itemsInFlight())
                        .setBytesInFlight(
                                environment.window().bytes() + environment.spool().window().bytes())
                        .setItemsPerSecond((outcomes - lastOutcomes) / seconds)
                        .setHeapUsedBytes(runtime.totalMemory() - runtime.freeMemory())
                        .setHeapMaxBytes(runtime.maxMemory())
                        .setCores(runtime.availableProcessors())
                        .setCpu(cpu.minus(lastCpu).toNanos() / 1e9 / seconds)
                        .build();
        lastNanos = now;
        lastOutcomes = outcomes;
        lastCpu = cpu;
        return Heartbeat.newBuilder()
                .setLoad(load)
                .addAllGroups(groups.summaries())
                .addAllOutcomes(groups.outcomes())
                .addAllDropped(drops.toReport())
                .build();
    }

    private static Duration cpu() {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
    }
}
