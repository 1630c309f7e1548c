package org.stagedpipe.overseer;

import com.google.protobuf.ByteString;

import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.CatalogueEntry;
import org.stagedpipe.cluster.catalogue.Library;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.protocol.v1.BundleSignature;
import org.stagedpipe.protocol.v1.PluginLibraries;
import org.stagedpipe.protocol.v1.WorkerPlan;

import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What workers must know to install versions of plugins: the libraries of each, and the signatures. For one thread, until
/// whoever made it hands it on.
final class Needs {

    // By the digests of bundles.
    private final Map<String, List<Library>> libraries = new LinkedHashMap<>();
    private final Map<String, Set<String>> signatures = new LinkedHashMap<>();

    /// Of all versions that groups may ask for.
    static Needs of(Catalogue catalogue) {
        Needs needs = new Needs();
        for (CatalogueEntry entry : catalogue.entries().values()) {
            entry.available().forEach(plugin -> needs.add(catalogue, entry, plugin));
        }
        return needs;
    }

    /// Of that version.
    ///
    /// @param catalogue the libraries' own
    /// @param entry with that version, perhaps not in the catalogue yet
    static Needs of(Catalogue catalogue, CatalogueEntry entry, PluginVersion plugin) {
        Needs needs = new Needs();
        needs.add(catalogue, entry, plugin);
        return needs;
    }

    private void add(Catalogue catalogue, CatalogueEntry entry, PluginVersion plugin) {
        List<Library> needed = entry.librariesOf(plugin);
        if (!needed.isEmpty()) {
            libraries.putIfAbsent(plugin.sha256(), needed);
        }
        sign(plugin.sha256(), entry.signaturesOf(plugin));
        for (Library library : needed) {
            catalogue
                    .library(library.symbolicName(), library.version())
                    .ifPresent(known -> sign(library.sha256(), known.signatures()));
        }
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

    /// The part of a plan that says so. Each library stands in it once: 20,000 versions with ten libraries and a signature
    /// each take 3.3 MB.
    WorkerPlan toPlan() {
        WorkerPlan.Builder plan = WorkerPlan.newBuilder();
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
