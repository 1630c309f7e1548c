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
            batches(canary).forEach(step -> steps.step("plan", step));
        }
        PluginVersion old = catalogue.current(plugin.name());
        steps.step(
                "plan",
                plugin
                        + " would start"
                        + (old == null || old.equals(plugin)
                                ? "; "
                                : " beside " + old + "; " + leaving(catalogue, added, old))
                        + "no other bundle would be refreshed");
    }

    /// The libraries that only the old version needs, of what workers are to hold.
    private static String leaving(Catalogue catalogue, CatalogueEntry added, PluginVersion old) {
        Set<Library> needed =
                Stream.concat(
                                catalogue.held().stream(),
                                Stream.of(Objects.requireNonNull(added.current())))
                        .filter(version -> !old.equals(version))
                        .flatMap(version -> libraries(catalogue, added, version).stream())
                        .collect(Collectors.toSet());
        List<String> leaving =
                added.librariesOf(old).stream()
                        .filter(library -> !needed.contains(library))
                        .map(Library::toString)
                        .toList();
        return leaving.isEmpty()
                ? ""
                : String.join(" and ", leaving) + " would leave with " + old + "; ";
    }

    private static List<Library> libraries(
            Catalogue catalogue, CatalogueEntry added, PluginVersion version) {
        return version.name().equals(added.name())
                ? added.librariesOf(version)
                : catalogue.known(version.name()).orElseThrow().librariesOf(version);
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
                        .flatMap(version -> libraries(catalogue, added, version).stream())
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

    /// Who would get it in each step, if the workers stay those that are ready now.
    private List<String> batches(CanaryPolicy canary) {
        List<String> batches = new ArrayList<>();
        List<String> names = List.of();
        for (int step = 0; step < canary.percents().size(); step++) {
            names = workers.having(canary, step, names, List.of());
            batches.add(
                    "step "
                            + (step + 1)
                            + ": "
                            + (names.isEmpty() ? "all workers" : String.join(", ", names))
                            + " would have it, and "
                            + canary.percents().get(step)
                            + " % of new groups get it");
        }
        batches.add("then all workers would have it, and all new groups get it");
        return batches;
    }
}
