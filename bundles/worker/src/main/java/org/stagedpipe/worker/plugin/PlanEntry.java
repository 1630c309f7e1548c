package org.stagedpipe.worker.plugin;

import com.google.protobuf.ByteString;

import org.stagedpipe.protocol.v1.BundleSignature;
import org.stagedpipe.protocol.v1.Library;
import org.stagedpipe.protocol.v1.PluginLibraries;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.WorkerPlan;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What a plan says of one version, also of one that it does not want: what an attempt at its installation goes by.
///
/// @param isGiven whether there is a plan; before the first one nothing is known
/// @param libraries that it needs
/// @param signatures of it and of these
record PlanEntry(boolean isGiven, List<Library> libraries, Set<BundleSignature> signatures) {

    static final PlanEntry NONE = new PlanEntry(false, List.of(), Set.of());

    static PlanEntry of(PluginVersion version, WorkerPlan plan) {
        List<Library> libraries =
                plan.getNeedsList().stream()
                        .filter(needs -> needs.getPlugin().equals(version.getSha256()))
                        .findFirst()
                        .map(PluginLibraries::getLibrariesList)
                        .orElse(List.of())
                        .stream()
                        .map(plan::getLibraries)
                        .toList();
        Set<ByteString> bundles =
                Stream.concat(
                                Stream.of(version.getSha256()),
                                libraries.stream().map(Library::getSha256))
                        .collect(Collectors.toSet());
        return new PlanEntry(
                plan.getRevision() != 0,
                libraries,
                plan.getSignaturesList().stream()
                        .filter(signature -> bundles.contains(signature.getSha256()))
                        .collect(Collectors.toSet()));
    }
}
