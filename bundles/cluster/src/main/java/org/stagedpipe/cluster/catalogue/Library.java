package org.stagedpipe.cluster.catalogue;

/// A bundle that plugins need beside what their workers have. The same symbolic name and version never stand for other
/// bytes.
///
/// @param symbolicName as OSGi knows it: letters, digits, dots, hyphens and underscores, at most 200
/// @param version an OSGi version in full: major.minor.micro, then perhaps .qualifier
/// @param sha256 of the bundle, 64 lower-case hexadecimal digits
/// @param size of the bundle, bytes, at least 1
public record Library(String symbolicName, String version, String sha256, long size) {

    /// @throws IllegalArgumentException if one of them has another form
    public Library {
        if (!symbolicName.matches("[A-Za-z0-9._-]{1,200}")) {
            throw new IllegalArgumentException(
                    "symbolic name: \""
                            + symbolicName
                            + "\" (expected: letters, digits and . _ -)");
        }
        PluginVersion.checkBytes(version, sha256, size);
    }

    /// Name and version, for a person.
    @Override
    public String toString() {
        return symbolicName + " " + version;
    }
}
