package org.stagedpipe.itests.cluster;

import aQute.bnd.osgi.Builder;
import aQute.bnd.osgi.Jar;

import org.stagedpipe.api.Plugin;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

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
        Path work = Files.createTempDirectory(folder, name);
        return bundle(
                folder, work, compile(work, name, version, libraryVersion), name, version, headers);
    }

    /// The bundle of `resources/plugins/Raw.java`.
    static Path raw(Path folder, String name) throws Exception {
        Path work = Files.createTempDirectory(folder, name);
        Path source = work.resolve("src/org/example/raw/Raw.java");
        Files.createDirectories(source.getParent());
        Files.writeString(source, source("Raw").replace("@NAME@", name));
        return bundle(folder, work, compile(work, source), name, "1.0.0", Map.of());
    }

    private static Path bundle(
            Path folder,
            Path work,
            Path classes,
            String name,
            String version,
            Map<String, String> headers)
            throws Exception {
        Path file = folder.resolve(name + "-" + version + "-" + work.getFileName() + ".jar");
        try (Builder builder = new Builder()) {
            builder.setClasspath(classpath(classes));
            builder.setProperty("Bundle-SymbolicName", "org.example." + name);
            builder.setProperty("Bundle-Version", version);
            builder.setProperty("Stagedpipe-Plugin", name);
            builder.setProperty("Private-Package", "org.example.*");
            builder.setProperty("-noimportjava", "true");
            headers.forEach(builder::setProperty);
            try (Jar jar = builder.build()) {
                if (!builder.isOk()) {
                    throw new IOException("bnd: " + builder.getErrors() + builder.getWarnings());
                }
                jar.write(file.toFile());
            }
        }
        return file;
    }

    private static Path compile(Path work, String name, String version, String libraryVersion)
            throws IOException {
        String plugin = source("Probe");
        Path probe = work.resolve("src/org/example/probe/Probe.java");
        Path library = work.resolve("src/org/example/library/Library.java");
        Files.createDirectories(probe.getParent());
        Files.createDirectories(library.getParent());
        Files.writeString(probe, plugin.replace("@NAME@", name).replace("@VERSION@", version));
        Files.writeString(
                library,
                "package org.example.library;\n\n"
                        + "public final class Library {\n"
                        + "    public static String version() {\n"
                        + "        return \""
                        + libraryVersion
                        + "\";\n    }\n}\n");
        return compile(work, probe, library);
    }

    private static String source(String plugin) throws IOException {
        try (var source = ProbePlugin.class.getResourceAsStream("/plugins/" + plugin + ".java")) {
            return new String(source.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        }
    }

    private static Path compile(Path work, Path... sources) throws IOException {
        Path classes = Files.createDirectories(work.resolve("classes"));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<String> arguments =
                new ArrayList<>(
                        List.of(
                                "-proc:none",
                                "-parameters",
                                "-d",
                                classes.toString(),
                                "-cp",
                                System.getProperty("java.class.path")));
        Stream.of(sources).map(Path::toString).forEach(arguments::add);
        int status = compiler.run(null, null, null, arguments.toArray(String[]::new));
        if (status != 0) {
            throw new IOException("the probe plugin does not compile");
        }
        return classes;
    }

    private static File[] classpath(Path classes) throws Exception {
        File api =
                new File(Plugin.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        List<File> components =
                Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                        .filter(entry -> entry.contains("service.component"))
                        .map(File::new)
                        .toList();
        List<File> all = new ArrayList<>(components);
        all.add(classes.toFile());
        all.add(api);
        return all.toArray(File[]::new);
    }
}
