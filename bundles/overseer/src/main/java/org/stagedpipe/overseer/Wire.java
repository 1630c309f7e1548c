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
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;

/// The catalogue's values and the same on the wire.
final class Wire {

    private Wire() {}

    static org.stagedpipe.protocol.v1.PluginVersion of(PluginVersion plugin) {
        return org.stagedpipe.protocol.v1.PluginVersion.newBuilder()
                .setName(plugin.name())
                .setVersion(plugin.version())
                .setSha256(bytes(plugin.sha256()))
                .setSize(plugin.size())
                .build();
    }

    static List<org.stagedpipe.protocol.v1.PluginVersion> of(Collection<PluginVersion> plugins) {
        return plugins.stream().map(Wire::of).toList();
    }

    static org.stagedpipe.protocol.v1.Library of(Library library) {
        return org.stagedpipe.protocol.v1.Library.newBuilder()
                .setSymbolicName(library.symbolicName())
                .setVersion(library.version())
                .setSha256(bytes(library.sha256()))
                .setSize(library.size())
                .build();
    }

    /// What workers must know to install that version: its libraries and the signatures. Part of a plan.
    ///
    /// @param catalogue the libraries' own
    /// @param entry with that version, perhaps not in the catalogue yet
    static WorkerPlan needs(Catalogue catalogue, CatalogueEntry entry, PluginVersion plugin) {
        WorkerPlan.Builder needs = WorkerPlan.newBuilder();
        List<Library> libraries = entry.librariesOf(plugin);
        if (!libraries.isEmpty()) {
            needs.addLibraries(
                    PluginLibraries.newBuilder()
                            .setPlugin(bytes(plugin.sha256()))
                            .addAllLibraries(libraries.stream().map(Wire::of).toList()));
        }
        add(needs, plugin.sha256(), entry.signaturesOf(plugin));
        for (Library library : libraries) {
            catalogue
                    .library(library.symbolicName(), library.version())
                    .ifPresent(known -> add(needs, library.sha256(), known.signatures()));
        }
        return needs.build();
    }

    private static void add(WorkerPlan.Builder needs, String sha256, List<String> signatures) {
        for (String signature : signatures) {
            needs.addSignatures(
                    BundleSignature.newBuilder()
                            .setSha256(bytes(sha256))
                            .setSignature(
                                    ByteString.copyFrom(Base64.getDecoder().decode(signature))));
        }
    }

    /// The same of all versions that groups may ask for.
    static WorkerPlan needs(Catalogue catalogue) {
        WorkerPlan.Builder needs = WorkerPlan.newBuilder();
        for (CatalogueEntry entry : catalogue.entries().values()) {
            entry.available().forEach(plugin -> needs.mergeFrom(needs(catalogue, entry, plugin)));
        }
        List<BundleSignature> signatures = needs.getSignaturesList().stream().distinct().toList();
        return needs.clearSignatures().addAllSignatures(signatures).build();
    }

    private static ByteString bytes(String sha256) {
        return ByteString.copyFrom(HexFormat.of().parseHex(sha256));
    }

    static String hex(ByteString bytes) {
        return HexFormat.of().formatHex(bytes.toByteArray());
    }
}
