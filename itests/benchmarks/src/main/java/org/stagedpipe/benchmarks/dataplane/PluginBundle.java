package org.stagedpipe.benchmarks.dataplane;

import aQute.bnd.osgi.Builder;
import aQute.bnd.osgi.Jar;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/// Makes bundles of the plugins in this module.
public final class PluginBundle {

    private static final String PACKAGE = "org.stagedpipe.benchmarks.dataplane.plugin";
    private static final Map<String, String> COMPONENTS =
            Map.of("raw", "RawIdentity", "json", "JsonIdentity", "steps", "JsonSteps");

    private PluginBundle() {}

    /// The bundle of that plugin, in that folder.
    static Path build(Path folder, String name) throws Exception {
        return build(folder, name, "1.0.0");
    }

    /// A version of it.
    public static Path build(Path folder, String name, String version) throws Exception {
        Path file = folder.resolve(name + "-" + version + ".jar");
        try (Builder builder = new Builder()) {
            builder.setClasspath(
                    Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                            .map(File::new)
                            .filter(File::exists)
                            .toArray(File[]::new));
            builder.setProperty("Bundle-SymbolicName", PACKAGE + "." + name);
            builder.setProperty("Bundle-Version", version);
            builder.setProperty("Stagedpipe-Plugin", name);
            builder.setProperty("Private-Package", PACKAGE);
            builder.setProperty("-noimportjava", "true");
            builder.setProperty("-dsannotations", PACKAGE + "." + COMPONENTS.get(name));
            builder.setProperty("Import-Package", "!org.jspecify.annotations,*");
            try (Jar jar = builder.build()) {
                if (!builder.isOk()) {
                    throw new IOException("bnd: " + builder.getErrors() + builder.getWarnings());
                }
                jar.write(file.toFile());
            }
        }
        return file;
    }
}
