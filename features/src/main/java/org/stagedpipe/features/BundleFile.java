package org.stagedpipe.features;

/// A bundle that a feature lists.
///
/// @param artifact its Maven artifact id
/// @param version its Maven version
/// @param startOrder bundles of a lower order start first; from 1
public record BundleFile(String artifact, String version, int startOrder) {

    /// @throws IllegalArgumentException if the order is below 1
    public BundleFile {
        if (startOrder < 1) {
            throw new IllegalArgumentException(
                    artifact + ": start-order: " + startOrder + " (expected: >= 1)");
        }
    }

    /// Its file's name, in a Maven repository as in a distribution's `lib`.
    public String name() {
        return artifact + "-" + version + ".jar";
    }
}
