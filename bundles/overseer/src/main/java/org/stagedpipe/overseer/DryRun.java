package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.catalogue.CanaryPolicy;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.CatalogueEntry;
import org.stagedpipe.cluster.catalogue.Library;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.Role;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What publishing a version would do, in words. Changes nothing.
final class DryRun {

    private final Nodes nodes;
    private final Workers workers;

    DryRun(Nodes nodes) {
        this.nodes = nodes;
        this.workers = new Workers(nodes);
    }

    /// Says who would fetch what, who would get it first, and what else would change.
    ///
    /// @param added with the libraries that it needs
    /// @param canary null: all new groups would get it at once
    void tell(
            Catalogue catalogue, CatalogueEntry added, @Nullable CanaryPolicy canary, Steps steps) {
        PluginVersion plugin = Objects.requireNonNull(added.current());
        List<NodeEntry> all =
                nodes.entries().stream().filter(node -> node.getRole() == Role.WORKER).toList();
        Map<org.stagedpipe.protocol.v1.PluginVersion, PluginVersion> available =
                available(catalogue, added);
        for (NodeEntry worker : all) {
            List<String> lacking = lacking(held(worker, available), catalogue, added, plugin);
            steps.step(
                    "plan",
                    worker.getName()
                            + (lacking.isEmpty()
                                    ? " holds all of it"
                                    : " would fetch " + String.join(" and ", lacking)));
        }
        if (all.isEmpty()) {
            steps.step("plan", "no worker is connected; those that come would fetch it");
        }
        if (canary != null) {
            steps.step("plan", batches(canary));
        }
        PluginVersion old = catalogue.current(plugin.name());
        steps.step(
                "plan",
                plugin
                        + " would start"
                        + (old == null || old.equals(plugin) ? "" : " beside " + old)
                        + "; no other bundle would be refreshed");
    }

    /// All versions, as workers name them.
    private static Map<org.stagedpipe.protocol.v1.PluginVersion, PluginVersion> available(
            Catalogue catalogue, CatalogueEntry added) {
        return Stream.concat(catalogue.entries().values().stream(), Stream.of(added))
                .flatMap(entry -> entry.available().stream())
                .distinct()
                .collect(Collectors.toMap(Wire::of, version -> version));
    }

    /// As far as the worker has said it.
    private static Set<PluginVersion> held(
            NodeEntry worker,
            Map<org.stagedpipe.protocol.v1.PluginVersion, PluginVersion> available) {
        return worker.getPluginsList().stream()
                .filter(status -> Use.HELD.contains(status.getState()))
                .flatMap(status -> Optional.ofNullable(available.get(status.getPlugin())).stream())
                .collect(Collectors.toSet());
    }

    /// Of the version and its libraries.
    private static List<String> lacking(
            Set<PluginVersion> held,
            Catalogue catalogue,
            CatalogueEntry added,
            PluginVersion plugin) {
        Set<Library> libraries =
                held.stream()
                        .flatMap(version ->
                                catalogue
                                        .known(version.name())
                                        .orElse(added)
                                        .librariesOf(version)
                                        .stream())
                        .collect(Collectors.toSet());
        List<String> lacking = new ArrayList<>();
        if (!held.contains(plugin)) {
            lacking.add(plugin + " (" + plugin.size() + " bytes)");
        }
        added.librariesOf(plugin).stream()
                .filter(library -> !libraries.contains(library))
                .map(library -> library + " (" + library.size() + " bytes)")
                .forEach(lacking::add);
        return lacking;
    }

    private String batches(CanaryPolicy canary) {
        List<List<String>> batches = workers.batches(canary);
        String first =
                batches.isEmpty()
                        ? "all workers would have it ready at once; "
                        : batches.stream()
                                .map(names -> String.join(", ", names))
                                .collect(
                                        Collectors.joining(
                                                ", then ",
                                                "it would have to be ready on ",
                                                ", then on all workers; "));
        return first
                + canary.percents().stream()
                        .map(percent -> percent + " %")
                        .collect(Collectors.joining(", then "))
                + " of new groups would get it, then all";
    }
}
