package org.stagedpipe.benchmarks.dataplane;

import aQute.bnd.osgi.Builder;
import aQute.bnd.osgi.Jar;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/// Makes bundles of this module's plugins, and of its other classes.
public final class PluginBundle {

    private static final String PACKAGE = "org.stagedpipe.benchmarks.dataplane.plugin";
    private static final Map<String, String> COMPONENTS =
            Map.of(
                    "raw",
                    "RawIdentity",
                    "json",
                    "JsonIdentity",
                    "fast",
                    "FastJsonIdentity",
                    "steps",
                    "JsonSteps");

    private PluginBundle() {}

    /// The bundle of that plugin, in that folder.
    public static Path build(Path folder, String name) throws Exception {
        return build(folder, name, "1.0.0");
    }

    /// A version of it.
    public static Path build(Path folder, String name, String version) throws Exception {
        return build(
                folder.resolve(name + "-" + version + ".jar"),
                Map.of(
                        "Bundle-SymbolicName",
                        PACKAGE + "." + name,
                        "Bundle-Version",
                        version,
                        "Stagedpipe-Plugin",
                        name,
                        "Private-Package",
                        PACKAGE,
                        "-conditionalpackage", // what of it the plugin uses comes along
                        "com.dslplatform.json*",
                        "-dsannotations",
                        PACKAGE + "." + COMPONENTS.get(name)));
    }

    /// A bundle of classes of this module.
    ///
    /// @param instructions of bnd
    public static Path build(Path file, Map<String, String> instructions) throws Exception {
        try (Builder builder = new Builder()) {
            builder.setClasspath(
                    Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                            .map(File::new)
                            .filter(File::exists)
                            .toArray(File[]::new));
            builder.setProperty("-noimportjava", "true");
            builder.setProperty(
                    "Import-Package",
                    "!org.jspecify.annotations,!javax.annotation.*,!com.thoughtworks.*,!dsl_json.*,*");
            instructions.forEach(builder::setProperty);
            try (Jar jar = builder.build()) {
                if (!builder.isOk()) {
                    throw new IOException("bnd: " + builder.getErrors() + builder.getWarnings());
                }
                jar.write(file.toFile());
            }
        }
        return file;
    }

    /// The same bundle with another version, beside it; takes a moment only.
    public static Path reversioned(Path bundle, String version) throws IOException {
        Path file = bundle.resolveSibling(version + "-" + bundle.getFileName());
        try (JarFile from = new JarFile(bundle.toFile())) {
            Manifest manifest = new Manifest(from.getManifest());
            manifest.getMainAttributes().putValue("Bundle-Version", version);
            try (JarOutputStream to = new JarOutputStream(Files.newOutputStream(file), manifest)) {
                for (JarEntry entry : Collections.list(from.entries())) {
                    if (!entry.getName().equals(JarFile.MANIFEST_NAME)) {
                        to.putNextEntry(new JarEntry(entry.getName()));
                        try (InputStream in = from.getInputStream(entry)) {
                            in.transferTo(to);
                        }
                    }
                }
            }
        }
        return file;
    }
}
