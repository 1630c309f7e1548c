package org.stagedpipe.overseer;

import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.CatalogueEntry;
import org.stagedpipe.cluster.catalogue.Library;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.protocol.v1.GroupSummary;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.PluginStatus;
import org.stagedpipe.protocol.v1.PublishedVersion;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.protocol.v1.WorkerPlugin;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// The plugins as operators see them: the catalogue with what workers and coordinators say of it. Members are asked once for
/// all that is shown, however many plugins these are: heartbeats wait meanwhile.
final class Plugins {

    private final Supplier<List<NodeEntry>> nodes;
    private final Supplier<? extends Map<String, List<GroupSummary>>> groups;

    Plugins(Nodes nodes) {
        this(nodes::entries, nodes::groups);
    }

    /// @param nodes all members
    /// @param groups of each coordinator
    Plugins(
            Supplier<List<NodeEntry>> nodes,
            Supplier<? extends Map<String, List<GroupSummary>>> groups) {
        this.nodes = nodes;
        this.groups = groups;
    }

    List<PluginEntry> entries(Catalogue catalogue) {
        return entries(catalogue.installed());
    }

    /// The names of all that are installed; no member is asked.
    static List<PluginEntry> names(Catalogue catalogue) {
        return catalogue.installed().stream()
                .map(entry -> PluginEntry.newBuilder().setName(entry.name()).build())
                .toList();
    }

    PluginEntry entry(CatalogueEntry entry) {
        return entries(List.of(entry)).getFirst();
    }

    private List<PluginEntry> entries(Collection<CatalogueEntry> entries) {
        Map<String, PluginEntry.Builder> shown = new LinkedHashMap<>();
        entries.forEach(entry -> shown.put(entry.name(), published(entry)));
        for (NodeEntry node : nodes.get()) {
            if (node.getRole() == Role.WORKER) {
                node.getPluginsList().forEach(status -> add(shown, node.getName(), status));
            }
        }
        for (List<GroupSummary> some : groups.get().values()) {
            for (GroupSummary group : some) {
                PluginEntry.Builder plugin = shown.get(group.getPlugin().getName());
                if (plugin != null) {
                    plugin.setGroups(plugin.getGroups() + 1);
                }
            }
        }
        return shown.values().stream().map(PluginEntry.Builder::build).toList();
    }

    private static void add(
            Map<String, PluginEntry.Builder> shown, String worker, PluginStatus status) {
        PluginEntry.Builder plugin = shown.get(status.getPlugin().getName());
        if (plugin != null) {
            plugin.addWorkers(WorkerPlugin.newBuilder().setWorker(worker).setStatus(shown(status)));
        }
    }

    /// Of a plugin that its entry names, in a message with what all workers say of all its versions.
    private static PluginStatus shown(PluginStatus status) {
        PluginStatus.Builder shown = status.toBuilder().clearLoad();
        shown.getPluginBuilder().clearName().clearSha256().clearSize();
        return shown.build();
    }

    /// What the catalogue says of it. Each library stands in it once: 3,000 versions with 20 libraries take half a
    /// megabyte.
    static PluginEntry.Builder published(CatalogueEntry entry) {
        PluginEntry.Builder shown = PluginEntry.newBuilder().setName(entry.name());
        PluginVersion current = entry.current();
        if (current != null) {
            shown.setCurrent(Wire.of(current));
        }
        Map<Library, Integer> places = new LinkedHashMap<>();
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
                                                        .map(library ->
                                                                places.computeIfAbsent(
                                                                        library,
                                                                        any -> places.size()))
                                                        .toList())));
        places.keySet().forEach(library -> shown.addLibraries(Wire.of(library)));
        return shown;
    }
}
