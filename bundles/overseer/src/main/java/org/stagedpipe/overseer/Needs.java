package org.stagedpipe.overseer;

import com.google.protobuf.ByteString;

import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.CatalogueEntry;
import org.stagedpipe.cluster.catalogue.Library;
import org.stagedpipe.cluster.catalogue.LibraryPublication;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.Publication;
import org.stagedpipe.protocol.v1.BundleSignature;
import org.stagedpipe.protocol.v1.PluginLibraries;
import org.stagedpipe.protocol.v1.WorkerPlan;

import java.util.Base64;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/// What workers must know to install versions of plugins: the libraries of each, and the signatures. For one thread, until
/// whoever made it hands it on.
final class Needs {

    // By the digests of bundles.
    private final Map<String, List<Library>> libraries = new LinkedHashMap<>();
    private final Map<String, Set<String>> signatures = new LinkedHashMap<>();

    /// Of all versions that groups may ask for.
    static Needs of(Catalogue catalogue) {
        return of(catalogue, available(catalogue));
    }

    /// Of those that workers are to hold.
    static Needs ofHeld(Catalogue catalogue) {
        Set<PluginVersion> held = Set.copyOf(catalogue.held());
        return of(catalogue, available(catalogue).filter(one -> held.contains(one.plugin())));
    }

    /// Of that version.
    ///
    /// @param catalogue the libraries' own
    /// @param entry with that version, perhaps not in the catalogue yet
    static Needs of(Catalogue catalogue, CatalogueEntry entry, PluginVersion plugin) {
        return of(catalogue, entry.history().stream().filter(one -> one.plugin().equals(plugin)));
    }

    private static Stream<Publication> available(Catalogue catalogue) {
        return catalogue.entries().values().stream()
                .flatMap(entry -> entry.history().stream())
                .filter(one -> !one.isDeleted());
    }

    private static Needs of(Catalogue catalogue, Stream<Publication> some) {
        Needs needs = new Needs();
        Set<Library> all = new HashSet<>();
        some.forEach(one -> {
            if (!one.libraries().isEmpty()) {
                needs.libraries.putIfAbsent(one.plugin().sha256(), one.libraries());
                all.addAll(one.libraries());
            }
            needs.sign(one.plugin().sha256(), one.signatures());
        });
        for (LibraryPublication known : catalogue.libraries()) {
            if (all.contains(known.library())) {
                needs.sign(known.library().sha256(), known.signatures());
            }
        }
        return needs;
    }

    private void sign(String sha256, Iterable<String> some) {
        some.forEach(
                one -> signatures.computeIfAbsent(sha256, any -> new LinkedHashSet<>()).add(one));
    }

    /// Others, where nothing is known yet of their libraries.
    void add(Needs others) {
        others.libraries.forEach(libraries::putIfAbsent);
        others.signatures.forEach(this::sign);
    }

    /// A plan that says so. Each library stands in it once: 20,000 versions with ten libraries and a signature each take
    /// 3.3 MB.
    ///
    /// @param held what workers are to hold
    WorkerPlan toPlan(Collection<PluginVersion> held) {
        WorkerPlan.Builder plan = WorkerPlan.newBuilder().addAllPlugins(Wire.of(held));
        Map<Library, Integer> places = new LinkedHashMap<>();
        libraries.forEach((plugin, needed) -> {
            PluginLibraries.Builder its =
                    PluginLibraries.newBuilder().setPlugin(Wire.bytes(plugin));
            for (Library library : needed) {
                its.addLibraries(places.computeIfAbsent(library, any -> places.size()));
            }
            plan.addNeeds(its);
        });
        places.keySet().forEach(library -> plan.addLibraries(Wire.of(library)));
        signatures.forEach((sha256, all) ->
                all.forEach(one ->
                        plan.addSignatures(
                                BundleSignature.newBuilder()
                                        .setSha256(Wire.bytes(sha256))
                                        .setSignature(
                                                ByteString.copyFrom(
                                                        Base64.getDecoder().decode(one))))));
        return plan.build();
    }
}
