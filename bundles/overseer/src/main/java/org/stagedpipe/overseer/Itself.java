package org.stagedpipe.overseer;

import org.stagedpipe.protocol.v1.Load;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.transport.Endpoint;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// The overseer as one of the nodes that people are shown; it is no member of its own.
///
/// @param version of its software
/// @param at where nodes call it, known once its ports are open
/// @param startedMs since 1970, UTC
/// @param clockMs since 1970, UTC
/// @param peers the other overseers
/// @param store the catalogue's
/// @param disk where it keeps bundles
record Itself(
        String name,
        String version,
        Supplier<Endpoint> at,
        Peers peers,
        EnsembleStore store,
        Disk disk,
        long startedMs,
        LongSupplier clockMs) {

    /// The other overseers, as far as this one has seen them since it started.
    List<NodeEntry> others() {
        List<NodeEntry> others = new ArrayList<>();
        peers.others().forEach(card -> others.add(other(card.name(), "follows")));
        peers.absent().forEach(name -> others.add(other(name, "lost")));
        return others;
    }

    private NodeEntry other(String name, String state) {
        NodeEntry.Builder other =
                NodeEntry.newBuilder().setName(name).setRole(Role.OVERSEER).setState(state);
        peers.seen(name).ifPresent(seen -> tell(other, seen));
        return other.build();
    }

    private static void tell(NodeEntry.Builder other, Peers.Sighting seen) {
        Card.Process process = seen.card().process();
        other.setAddress(seen.card().nodes().toAddress())
                .setVersion(process.version())
                .setPid(process.pid())
                .setJoinedMs(process.startedMs())
                .setLastSeenMs(seen.seenMs());
    }

    NodeEntry entry() {
        StoreGauge.Reading gauge = store.gauge();
        Runtime runtime = Runtime.getRuntime();
        return NodeEntry.newBuilder()
                .setName(name)
                .setRole(Role.OVERSEER)
                .setAddress(at.get().toAddress())
                .setState("ready")
                .setVersion(version)
                .setJoinedMs(startedMs)
                .setLastSeenMs(clockMs.getAsLong())
                .setPid(ProcessHandle.current().pid())
                .setLoad(
                        Load.newBuilder()
                                .setHeapUsedBytes(runtime.totalMemory() - runtime.freeMemory())
                                .setHeapMaxBytes(runtime.maxMemory()))
                .setStoreGauge(gauge.share())
                .setStoreGaugeOf(gauge.of())
                .setDiskFreeBytes(disk.freeBytes())
                .build();
    }
}
