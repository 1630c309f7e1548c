package org.stagedpipe.console.command;

import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.PluginStatus;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.StageLoad;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/// What the stages of a version did on a worker between two looks at it.
final class RecentStages {

    private RecentStages() {}

    /// Over the version's whole life if no item left a stage between the looks, or if it began anew.
    static List<StageLoad> of(NodeEntry before, NodeEntry now, PluginVersion plugin) {
        Map<String, StageLoad> earlier =
                status(before, plugin).getLoad().getStagesList().stream()
                        .collect(Collectors.toMap(StageLoad::getStage, Function.identity()));
        List<StageLoad> all = status(now, plugin).getLoad().getStagesList();
        List<StageLoad> recent = new ArrayList<>();
        double sumUs = 0;
        for (StageLoad stage : all) {
            StageLoad from = earlier.getOrDefault(stage.getStage(), StageLoad.getDefaultInstance());
            long items = stage.getItems() - from.getItems();
            double us = Math.max(0, (double) stage.getTotalUs() - from.getTotalUs());
            if (items < 0) {
                return all;
            }
            recent.add(
                    stage.toBuilder()
                            .setItems(items)
                            .setMeanUs(items == 0 ? 0 : Math.round(us / items))
                            .setShare(us)
                            .build());
            sumUs += us;
        }
        if (sumUs == 0) {
            return all;
        }
        double whole = sumUs;
        return recent.stream()
                .map(stage -> stage.toBuilder().setShare(stage.getShare() / whole).build())
                .toList();
    }

    /// Of that version; empty if the worker does not have it.
    static PluginStatus status(NodeEntry node, PluginVersion plugin) {
        return node.getPluginsList().stream()
                .filter(held -> held.getPlugin().equals(plugin))
                .findFirst()
                .orElse(PluginStatus.getDefaultInstance());
    }
}
