package org.stagedpipe.console.command;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.console.command.PluginVersionView.StatusView;
import org.stagedpipe.protocol.v1.Load;
import org.stagedpipe.protocol.v1.Memory;
import org.stagedpipe.protocol.v1.NodeEntry;

import java.util.List;

/// A node, as programs read it; null is what is not known of it.
///
/// @param diskFreeBytes where the overseer that leads keeps bundles
record NodeView(
        String name,
        String role,
        @Nullable String address,
        String state,
        @Nullable String version,
        @Nullable Long pid,
        @Nullable String joined,
        @Nullable String lastSeen,
        @Nullable LoadView load,
        @Nullable StoreView store,
        @Nullable Long diskFreeBytes,
        List<StatusView> plugins) {

    /// How full the fullest value of the catalogue is, of the overseer that leads.
    record StoreView(double gauge, String gaugeOf) {}

    static NodeView of(NodeEntry node) {
        return new NodeView(
                node.getName(),
                Values.word(node.getRole()),
                Values.orNull(Values.address(node.getAddress())),
                node.getState(),
                Values.orNull(node.getVersion()),
                orNull(node.getPid()),
                Values.time(node.getJoinedMs()),
                Values.time(node.getLastSeenMs()),
                node.hasLoad() ? LoadView.of(node.getLoad()) : null,
                node.getStoreGaugeOf().isEmpty()
                        ? null
                        : new StoreView(node.getStoreGauge(), node.getStoreGaugeOf()),
                orNull(node.getDiskFreeBytes()),
                node.getPluginsList().stream().map(StatusView::of).toList());
    }

    private static @Nullable Long orNull(long number) {
        return number == 0 ? null : number;
    }

    /// What it has to do.
    record LoadView(
            int groups,
            long itemsInFlight,
            long bytesInFlight,
            double itemsPerSecond,
            long heapUsedBytes,
            long heapMaxBytes,
            double cpu,
            @Nullable MemoryView memory,
            int leakedLoaders) {

        static LoadView of(Load load) {
            return new LoadView(
                    load.getGroups(),
                    load.getItemsInFlight(),
                    load.getBytesInFlight(),
                    load.getItemsPerSecond(),
                    load.getHeapUsedBytes(),
                    load.getHeapMaxBytes(),
                    load.getCpu(),
                    load.hasMemory() ? MemoryView.of(load.getMemory()) : null,
                    load.getLeakedLoaders());
        }
    }

    /// How a worker keeps within its memory.
    record MemoryView(
            boolean paused,
            @Nullable String reason,
            @Nullable String since,
            long reservedBytes,
            long budgetBytes,
            double gauge,
            String gaugeOf) {

        static MemoryView of(Memory memory) {
            return new MemoryView(
                    memory.getPaused(),
                    memory.getPaused() ? memory.getReason() : null,
                    Values.time(memory.getSinceMs()),
                    memory.getReservedBytes(),
                    memory.getBudgetBytes(),
                    memory.getGauge(),
                    memory.getGaugeOf());
        }
    }
}
