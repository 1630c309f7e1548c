package org.stagedpipe.cluster.signature;

import org.stagedpipe.cluster.catalogue.Library;
import org.stagedpipe.cluster.catalogue.PluginVersion;

import java.nio.charset.StandardCharsets;

/// What is signed: that a plugin, or a library, of this name and version is these bytes, and no others.
///
/// @param kind `plugin` or `library`; the one never passes for the other
/// @param name of the plugin, or the library's symbolic name
/// @param version an OSGi version in full
/// @param sha256 of the bundle, 64 lower-case hexadecimal digits
/// @param size of the bundle, bytes
public record Statement(String kind, String name, String version, String sha256, long size) {

    /// How many lines [#text()] has.
    public static final int LINES = 5;

    /// Which of them is the digest, from 0.
    public static final int SHA256_LINE = 3;

    /// That of a plugin.
    public static Statement of(PluginVersion plugin) {
        return new Statement(
                "plugin", plugin.name(), plugin.version(), plugin.sha256(), plugin.size());
    }

    /// That of a library.
    public static Statement of(Library library) {
        return new Statement(
                "library",
                library.symbolicName(),
                library.version(),
                library.sha256(),
                library.size());
    }

    /// What a signature is of, in UTF-8; each line ends with a line feed.
    public String text() {
        return String.join("\n", "stagedpipe " + kind + " 1", name, version, sha256, size + "\n");
    }

    byte[] bytes() {
        return text().getBytes(StandardCharsets.UTF_8);
    }

    /// Name and version, for a person.
    @Override
    public String toString() {
        return name + " " + version;
    }
}
