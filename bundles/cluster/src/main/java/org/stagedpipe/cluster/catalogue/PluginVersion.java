package org.stagedpipe.cluster.catalogue;

/// One version of a plugin. The same name and version never stand for other bytes.
///
/// @param name as operators and clients know it: letters, digits, dots, hyphens and underscores, at most 100
/// @param version an OSGi version in full: major.minor.micro, then perhaps .qualifier
/// @param sha256 of the bundle, 64 lower-case hexadecimal digits
/// @param size of the bundle, bytes, at least 1
public record PluginVersion(String name, String version, String sha256, long size) {

    /// The header of its bundle's manifest that has its name.
    public static final String HEADER = "Stagedpipe-Plugin";

    /// @throws IllegalArgumentException if one of them has another form
    public PluginVersion {
        check("name", name, "[A-Za-z0-9][A-Za-z0-9._-]{0,99}", "letters, digits and . _ -");
        checkBytes(version, sha256, size);
    }

    /// What every bundle's version, digest and size must look like.
    static void checkBytes(String version, String sha256, long size) {
        check(
                "version",
                version,
                "\\d{1,9}\\.\\d{1,9}\\.\\d{1,9}(\\.[A-Za-z0-9_-]{1,100})?",
                "major.minor.micro or major.minor.micro.qualifier");
        check("sha256", sha256, "[0-9a-f]{64}", "64 hexadecimal digits");
        if (size < 1) {
            throw new IllegalArgumentException("size: " + size + " (expected: at least 1 byte)");
        }
    }

    private static void check(String key, String value, String pattern, String expected) {
        if (!value.matches(pattern)) {
            throw new IllegalArgumentException(
                    key + ": \"" + value + "\" (expected: " + expected + ")");
        }
    }

    /// Name and version, for a person.
    @Override
    public String toString() {
        return name + " " + version;
    }
}
