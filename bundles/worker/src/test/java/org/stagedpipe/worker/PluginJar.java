package org.stagedpipe.worker;

import aQute.bnd.osgi.Builder;
import aQute.bnd.osgi.Jar;

import com.google.protobuf.ByteString;
import com.google.protobuf.StringValue;

import org.stagedpipe.protocol.v1.PluginVersion;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/// A plugin's bundle, built from a source as an author's build does it.
public record PluginJar(PluginVersion version, ByteString bytes) {

    private static final String SOURCE =
            """
            package plug;

            import org.osgi.service.component.annotations.Activate;
            import org.osgi.service.component.annotations.Component;
            import org.stagedpipe.api.*;

            @Component(service = Plugin.class)
            @PluginName("plug")
            public final class Plug implements Plugin<Plug.Text, Plug.Config, Plug.Resources> {

                record Text(String text, int times) {}

                record Config(String suffix, int delay) {}

                record Resources(String suffix) {}

                private final Stage<Text, Resources> first = stage("first", this::first);
                private final Stage<Text, Resources> second = stage("second", this::second);

                @Activate
                public Plug() {
                    /*ACTIVATE*/
                }

                @Override
                public StateMachine<Text, Resources> stateMachine() {
                    return StateMachine.of(first, second);
                }

                @Override
                public Resources open(Config config) throws Exception {
                    note("open");
                    if ("refuse".equals(config.suffix())) {
                        throw new IllegalStateException("no such database");
                    }
                    /*OPEN*/
                    return new Resources(config.suffix() + "/*VERSION*/");
                }

                @Override
                public void close(Resources resources) {
                    note("close");
                }

                private static void note(String what) {
                    System.getProperties().merge("plug." + what, 1, (a, b) -> (int) a + (int) b);
                }

                private Stage<Text, Resources> first(Request<Text, Resources> request) throws Exception {
                    switch (request.data().text()) {
                        case "throw" -> throw new IllegalArgumentException("cannot digest this");
                        case "none" -> request.data(null);
                        case "slow" -> {
                            note("begun");
                            Thread.sleep(300);
                        }
                        case "block" -> {
                            note("blocked");
                            try {
                                Thread.sleep(60_000);
                            } catch (InterruptedException e) {
                                note("interrupted");
                                throw e;
                            }
                        }
                        default -> { }
                    }
                    return request.data() == null ? end() : second;
                }

                private Stage<Text, Resources> second(Request<Text, Resources> request) {
                    Text data = request.data();
                    request.data(
                            new Text(
                                    data.text().repeat(Math.max(1, data.times()))
                                            + request.resources().suffix(),
                                    request.attempt()));
                    return end();
                }
            }
            """;

    /// A plugin `plug` of that version.
    public static PluginJar of(String version) throws Exception {
        return of(version, Map.of(), Map.of());
    }

    /// The same with parts of the source replaced, and headers of the manifest.
    public static PluginJar of(
            String version, Map<String, String> replaced, Map<String, String> headers)
            throws Exception {
        String source = SOURCE.replace("/*VERSION*/", version);
        for (Map.Entry<String, String> entry : replaced.entrySet()) {
            source = source.replace(entry.getKey(), entry.getValue());
        }
        return compiled(version, source, headers);
    }

    /// A plugin `plug` of another source, and headers of the manifest.
    static PluginJar compiled(String version, String source, Map<String, String> headers)
            throws Exception {
        Path classes = compile(source);
        Map<String, String> properties = new TreeMap<>();
        properties.put("Bundle-SymbolicName", "test.plug");
        properties.put("Bundle-Version", version);
        properties.put("Stagedpipe-Plugin", "plug");
        properties.put("Private-Package", "plug");
        properties.put("-noimportjava", "true");
        properties.putAll(headers);
        byte[] bytes = bundle(classes, properties);
        return of("plug", version, bytes);
    }

    /// The plugin `fast` of the benchmarks, whose codec is by dsl-json; that comes in the bundle, as the README of `api` says.
    static PluginJar fast(String version) throws Exception {
        Path sources = Path.of("../../itests/benchmarks/src/main/java");
        String name = "org.stagedpipe.benchmarks.dataplane.plugin";
        Path plugin = sources.resolve(name.replace('.', '/')).resolve("FastJsonIdentity.java");
        Path classes = Files.createTempDirectory("fast");
        compile(plugin, classes, "-sourcepath", sources.toString());
        Map<String, String> properties =
                Map.of(
                        "Bundle-SymbolicName",
                        "test.fast",
                        "Bundle-Version",
                        version,
                        "Stagedpipe-Plugin",
                        "fast",
                        "Private-Package",
                        name,
                        "-conditionalpackage",
                        "com.dslplatform.json*",
                        "Import-Package",
                        "!javax.annotation.*,!com.thoughtworks.*,!dsl_json.*,*",
                        "-noimportjava",
                        "true");
        return of("fast", version, bundle(classes, properties));
    }

    /// Any bytes as that version.
    public static PluginJar of(String name, String version, byte[] bytes) throws Exception {
        return new PluginJar(
                PluginVersion.newBuilder()
                        .setName(name)
                        .setVersion(version)
                        .setSha256(
                                ByteString.copyFrom(
                                        MessageDigest.getInstance("SHA-256").digest(bytes)))
                        .setSize(bytes.length)
                        .build(),
                ByteString.copyFrom(bytes));
    }

    /// The bytes of that jar with one entry more.
    static byte[] with(ByteString jar, String entry, byte[] content) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipInputStream from = new ZipInputStream(jar.newInput());
                ZipOutputStream to = new ZipOutputStream(out)) {
            for (ZipEntry at = from.getNextEntry(); at != null; at = from.getNextEntry()) {
                to.putNextEntry(new ZipEntry(at.getName()));
                from.transferTo(to);
            }
            to.putNextEntry(new ZipEntry(entry));
            to.write(content);
        }
        return out.toByteArray();
    }

    private static Path compile(String source) throws IOException {
        Path folder = Files.createTempDirectory("plug");
        Path file = Files.createDirectories(folder.resolve("src/plug")).resolve("Plug.java");
        Files.writeString(file, source);
        return compile(file, Files.createDirectories(folder.resolve("classes")));
    }

    private static Path compile(Path file, Path classes, String... more) {
        List<String> arguments = new ArrayList<>(List.of(more));
        Collections.addAll(
                arguments,
                "-proc:none",
                "-parameters",
                "-d",
                classes.toString(),
                "-cp",
                System.getProperty("java.class.path"),
                file.toString());
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        if (compiler.run(null, errors, errors, arguments.toArray(String[]::new)) != 0) {
            throw new AssertionError(errors.toString(StandardCharsets.UTF_8));
        }
        return classes;
    }

    private static byte[] bundle(Path classes, Map<String, String> properties) throws Exception {
        try (Builder builder = new Builder()) {
            List<File> path = new ArrayList<>(List.of(classes.toFile()));
            for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
                if (entry.contains("org.stagedpipe.api")
                        || entry.contains("bundles/api/")
                        || entry.contains("dsl-json")
                        || entry.contains("org.osgi.service.component.annotations")) {
                    path.add(new File(entry));
                }
            }
            path.add(
                    new File(
                            StringValue.class
                                    .getProtectionDomain()
                                    .getCodeSource()
                                    .getLocation()
                                    .toURI()));
            for (File each : path) {
                builder.addClasspath(each);
            }
            properties.forEach(builder::setProperty);
            try (Jar jar = builder.build()) {
                if (!builder.isOk()) {
                    throw new AssertionError(builder.getErrors() + " " + builder.getWarnings());
                }
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                jar.write(out);
                return out.toByteArray();
            }
        }
    }
}
