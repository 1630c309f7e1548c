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
        List<String> words = new ArrayList<>();
        for (BundleRevision revision : revisions) {
            int before = words.size();
            for (BundleRequirement requirement : revision.getDeclaredRequirements(null)) {
                if (isNeeded(revision, requirement) && !isOffered(requirement)) {
                    words.add(name(revision) + " needs " + words(requirement));
                }
            }
            if (words.size() == before && revision.getBundle().getState() == Bundle.INSTALLED) {
                words.add(name(revision) + " does not resolve: " + why(revision.getBundle()));
            }
        }
        return words;
    }

    /// Services of others' bundles are left out: theirs are optional or offered in code.
    private static boolean isNeeded(BundleRevision revision, BundleRequirement requirement) {
        boolean mandatory =
                !Constants.RESOLUTION_OPTIONAL.equals(
                        requirement.getDirectives().get(Constants.RESOLUTION_DIRECTIVE));
        if (requirement.getNamespace().equals(SERVICES)) {
            return mandatory && revision.getSymbolicName().startsWith(OURS);
        }
        return mandatory
                && !"active".equals(requirement.getDirectives().get(Constants.EFFECTIVE_DIRECTIVE))
                && !"dynamic"
                        .equals(requirement.getDirectives().get(Constants.RESOLUTION_DIRECTIVE));
    }

    private boolean isOffered(BundleRequirement requirement) {
        for (BundleRevision revision : revisions) {
            for (BundleCapability capability :
                    revision.getDeclaredCapabilities(requirement.getNamespace())) {
                if (requirement.matches(capability)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static String name(BundleRevision revision) {
        return "bundle " + revision.getSymbolicName() + " " + revision.getVersion();
    }

    private static String words(BundleRequirement requirement) {
        String filter = requirement.getDirectives().get(Constants.FILTER_DIRECTIVE);
        return requirement.getNamespace()
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
