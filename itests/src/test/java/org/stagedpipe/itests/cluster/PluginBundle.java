package org.stagedpipe.itests.cluster;

import aQute.bnd.osgi.Builder;
import aQute.bnd.osgi.Jar;

import org.stagedpipe.api.Plugin;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/// Compiles sources and packs them as a plugin bundle.
public final class PluginBundle {

    private PluginBundle() {}

    /// The bundle `org.example.<name>` in that folder.
    ///
    /// @param sources by their path, `org/example/…`
    /// @param headers manifest headers beside the usual ones
    public static Path build(
            Path folder,
            String name,
            String version,
            Map<String, String> sources,
            Map<String, String> headers)
            throws Exception {
        Path work = Files.createTempDirectory(folder, name);
        Path classes = compile(work, sources);
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

    /// The text of a source among the resources of these tests.
    public static String source(String resource) throws IOException {
        try (var source = PluginBundle.class.getResourceAsStream(resource)) {
            if (source == null) {
                throw new IOException("no resource " + resource);
            }
            return new String(source.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static Path compile(Path work, Map<String, String> sources) throws IOException {
        Path classes = Files.createDirectories(work.resolve("classes"));
        List<String> arguments =
                new ArrayList<>(
                        List.of(
                                "-proc:none",
                                "-parameters",
                                "-d",
                                classes.toString(),
                                "-cp",
                                System.getProperty("java.class.path")));
        for (Map.Entry<String, String> source : sources.entrySet()) {
            Path file = work.resolve("src").resolve(source.getKey());
            Files.createDirectories(file.getParent());
            Files.writeString(file, source.getValue());
            arguments.add(file.toString());
        }
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        if (compiler.run(null, null, null, arguments.toArray(String[]::new)) != 0) {
            throw new IOException("does not compile: " + sources.keySet());
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
