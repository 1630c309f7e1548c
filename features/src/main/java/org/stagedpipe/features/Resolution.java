package org.stagedpipe.features;

import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRequirement;
import org.osgi.framework.wiring.BundleRevision;

import java.util.ArrayList;
import java.util.List;

/// Says in words why bundles did not resolve, and which services nobody among them provides.
final class Resolution {

    private static final String SERVICES = "osgi.service";
    private static final String OURS = "org.stagedpipe.";

    private final List<BundleRevision> revisions;

    /// @param revisions of the framework and of the bundles, after an attempt to resolve them
    Resolution(List<BundleRevision> revisions) {
        this.revisions = revisions;
    }

    List<String> missing() {
        List<BundleCapability> services = offered(SERVICES);
        List<String> words = new ArrayList<>();
        for (BundleRevision revision : revisions) {
            if (revision.getBundle().getState() == Bundle.INSTALLED) {
                words.addAll(whyUnresolved(revision));
            }
            // What is resolved has all that it needs, but for services.
            for (BundleRequirement requirement : revision.getDeclaredRequirements(SERVICES)) {
                if (isOurs(revision)
                        && isMandatory(requirement)
                        && services.stream().noneMatch(requirement::matches)) {
                    words.add(words(revision, requirement));
                }
            }
        }
        return words;
    }

    private List<String> whyUnresolved(BundleRevision revision) {
        List<String> words = new ArrayList<>();
        for (BundleRequirement requirement : revision.getDeclaredRequirements(null)) {
            if (isForResolving(requirement)
                    && offered(requirement.getNamespace()).stream()
                            .noneMatch(requirement::matches)) {
                words.add(words(revision, requirement));
            }
        }
        return words.isEmpty()
                ? List.of(name(revision) + " does not resolve: " + why(revision.getBundle()))
                : words;
    }

    private List<BundleCapability> offered(String namespace) {
        List<BundleCapability> offered = new ArrayList<>();
        revisions.forEach(revision -> offered.addAll(revision.getDeclaredCapabilities(namespace)));
        return offered;
    }

    /// Services that others' bundles want are left out: theirs are optional or offered in code.
    private static boolean isOurs(BundleRevision revision) {
        return revision.getSymbolicName().startsWith(OURS);
    }

    private static boolean isMandatory(BundleRequirement requirement) {
        return !Constants.RESOLUTION_OPTIONAL.equals(
                requirement.getDirectives().get(Constants.RESOLUTION_DIRECTIVE));
    }

    private static boolean isForResolving(BundleRequirement requirement) {
        return isMandatory(requirement)
                && !requirement.getNamespace().equals(SERVICES)
                && !"active".equals(requirement.getDirectives().get(Constants.EFFECTIVE_DIRECTIVE))
                && !"dynamic"
                        .equals(requirement.getDirectives().get(Constants.RESOLUTION_DIRECTIVE));
    }

    private static String name(BundleRevision revision) {
        return "bundle " + revision.getSymbolicName() + " " + revision.getVersion();
    }

    private static String words(BundleRevision revision, BundleRequirement requirement) {
        String filter = requirement.getDirectives().get(Constants.FILTER_DIRECTIVE);
        return name(revision)
                + " needs "
                + requirement.getNamespace()
                + " "
                + filter
                + ", which no bundle of the feature offers";
    }

    /// The framework's own words; loading a class makes it try once more and say them.
    private static String why(Bundle bundle) {
        try {
            bundle.loadClass("none");
            return "no reason given";
        } catch (ClassNotFoundException e) {
            return String.valueOf(
                    e.getCause() == null ? e.getMessage() : e.getCause().getMessage());
        }
    }
}
