package org.stagedpipe.overseer;

import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.CatalogueEntry;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.PublishedVersion;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.protocol.v1.WorkerPlugin;

import java.util.List;

/// The plugins as operators see them: the catalogue with what workers and coordinators say of it.
final class Plugins {

    private final Nodes nodes;

    Plugins(Nodes nodes) {
        this.nodes = nodes;
    }

    List<PluginEntry> entries(Catalogue catalogue) {
        return catalogue.installed().stream().map(this::entry).toList();
    }

    /// The names of all that are installed; no member is asked.
    static List<PluginEntry> names(Catalogue catalogue) {
        return catalogue.installed().stream()
                .map(entry -> PluginEntry.newBuilder().setName(entry.name()).build())
                .toList();
    }

    PluginEntry entry(CatalogueEntry entry) {
        PluginEntry.Builder shown = PluginEntry.newBuilder().setName(entry.name());
        PluginVersion current = entry.current();
        if (current != null) {
            shown.setCurrent(Wire.of(current));
        }
        entry.history()
                .forEach(publication ->
                        shown.addVersions(
                                PublishedVersion.newBuilder()
                                        .setPlugin(Wire.of(publication.plugin()))
                                        .setPublishedMs(publication.publishedMs())
                                        .setFile(publication.file())
                                        .setOperator(publication.operator())
                                        .setDeletedMs(publication.deletedMs())
                                        .setSigned(!publication.signatures().isEmpty())
                                        .addAllLabels(entry.labelsOf(publication.plugin()))
                                        .addAllLibraries(
                                                publication.libraries().stream()
                                                        .map(Wire::of)
                                                        .toList())));
        for (NodeEntry node : nodes.entries()) {
            if (node.getRole() == Role.WORKER) {
                node.getPluginsList().stream()
                        .filter(status -> status.getPlugin().getName().equals(entry.name()))
                        .forEach(status ->
                                shown.addWorkers(
                                        WorkerPlugin.newBuilder()
                                                .setWorker(node.getName())
                                                .setStatus(status)));
            }
        }
        return shown.setGroups(groups(entry.name())).build();
    }

    private int groups(String plugin) {
        return (int)
                nodes.groups().values().stream()
                        .flatMap(List::stream)
                        .filter(group -> group.getPlugin().getName().equals(plugin))
                        .count();
    }
}
