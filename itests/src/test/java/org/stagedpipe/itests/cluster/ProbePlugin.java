package org.stagedpipe.itests.cluster;

import java.nio.file.Path;
import java.util.Map;

/// Builds the plugin in `resources/plugins/Probe.java` under any name and version, with any version of a library inside.
final class ProbePlugin {

    private static final String LIBRARY = "org/example/library/Library.java";

    private ProbePlugin() {}

    /// A plugin bundle that resolves.
    static Path build(Path folder, String name, String version, String libraryVersion)
            throws Exception {
        return build(folder, name, version, libraryVersion, Map.of());
    }

    /// A plugin bundle with more headers.
    static Path build(
            Path folder,
            String name,
            String version,
            String libraryVersion,
            Map<String, String> headers)
            throws Exception {
        String plugin =
                PluginBundle.source("/plugins/Probe.java")
                        .replace("@NAME@", name)
                        .replace("@VERSION@", version);
        return PluginBundle.build(
                folder,
                name,
                version,
                Map.of(
                        "org/example/probe/Probe.java",
                        plugin,
                        LIBRARY,
                        librarySource(libraryVersion)),
                headers);
    }

    /// One without the library: it needs a bundle that exports it.
    ///
    /// @param range of the library's versions, as OSGi writes it
    static Path needing(Path folder, String name, String range) throws Exception {
        return build(
                folder,
                name,
                "1.0.0",
                "none",
                Map.of(
                        "Private-Package",
                        "org.example.probe",
                        "Import-Package",
                        "org.example.library;version=\"" + range + "\",*"));
    }

    /// The library as a bundle of its own.
    static Path library(Path folder, String version) throws Exception {
        return PluginBundle.build(
                folder,
                "library",
                version,
                Map.of(LIBRARY, librarySource(version)),
                Map.of(
                        "Private-Package",
                        "",
                        "Export-Package",
                        "org.example.library;version=" + version,
                        "-removeheaders",
                        "Stagedpipe-Plugin"));
    }

    private static String librarySource(String version) {
        return "package org.example.library;\n\n"
                + "public final class Library {\n"
                + "    public static String version() {\n"
                + "        return \""
                + version
                + "\";\n    }\n}\n";
    }

    /// The bundle of `resources/plugins/Raw.java`.
    static Path raw(Path folder, String name) throws Exception {
        String plugin = PluginBundle.source("/plugins/Raw.java").replace("@NAME@", name);
        return PluginBundle.build(
                folder, name, "1.0.0", Map.of("org/example/raw/Raw.java", plugin), Map.of());
    }
}
