package org.stagedpipe.overseer;

import org.stagedpipe.protocol.v1.Load;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.transport.Endpoint;

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
record Itself(
        String name,
        String version,
        Supplier<Endpoint> at,
        Supplier<List<Card>> peers,
        long startedMs,
        LongSupplier clockMs) {

    /// The other overseers, as far as this one sees them.
    List<NodeEntry> others() {
        return peers.get().stream()
                .map(card ->
                        NodeEntry.newBuilder()
                                .setName(card.name())
                                .setRole(Role.OVERSEER)
                                .setAddress(card.nodes().toAddress())
                                .setState("follows")
                                .build())
                .toList();
    }

    NodeEntry entry() {
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
                .build();
    }
}
