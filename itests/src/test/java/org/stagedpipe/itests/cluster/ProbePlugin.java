package org.stagedpipe.itests.cluster;

import java.nio.file.Path;
import java.util.Map;

/// Builds the plugin in `resources/plugins/Probe.java` under any name and version, with any version of a library inside.
final class ProbePlugin {

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
        String library =
                "package org.example.library;\n\n"
                        + "public final class Library {\n"
                        + "    public static String version() {\n"
                        + "        return \""
                        + libraryVersion
                        + "\";\n    }\n}\n";
        return PluginBundle.build(
                folder,
                name,
                version,
                Map.of(
                        "org/example/probe/Probe.java", plugin,
                        "org/example/library/Library.java", library),
                headers);
    }

    /// The bundle of `resources/plugins/Raw.java`.
    static Path raw(Path folder, String name) throws Exception {
        String plugin = PluginBundle.source("/plugins/Raw.java").replace("@NAME@", name);
        return PluginBundle.build(
                folder, name, "1.0.0", Map.of("org/example/raw/Raw.java", plugin), Map.of());
    }
}
