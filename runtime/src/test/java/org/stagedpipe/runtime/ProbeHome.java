package org.stagedpipe.runtime;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;

/// A distribution with one role, `probe`: the component runtime of the real ones and a bundle of the tests.
record ProbeHome(Path home) {

    private static final String COMPONENT =
            """
            <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.4.0" name="org.stagedpipe.probe"
                immediate="true" configuration-policy="require" deactivate="close" init="2">
              <implementation class="org.stagedpipe.runtime.probe.Probe"/>
              <reference name="startup" interface="java.util.function.BiConsumer"
                  target="(stagedpipe.startup=true)" parameter="0"/>
              %s
            </scr:component>
            """;

    /// Makes it.
    static ProbeHome in(Path home) throws IOException {
        Files.createDirectories(home.resolve("features"));
        Files.createDirectories(home.resolve("conf"));
        Files.createDirectories(home.resolve("lib"));
        StringBuilder bundles = new StringBuilder();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            String file = String.valueOf(Path.of(entry).getFileName());
            if (file.matches(
                    "(org\\.osgi\\.(util|service\\.component).*"
                            + "|org\\.apache\\.felix\\.(configadmin|scr))-[0-9].*\\.jar")) {
                Files.copy(Path.of(entry), home.resolve("lib").resolve(file));
                int version = file.replaceAll("-[0-9].*", "").length();
                bundles.append(
                        "{\"id\": \"g:%s:%s\", \"start-order\": 1},\n"
                                .formatted(
                                        file.substring(0, version),
                                        file.substring(version + 1, file.length() - 4)));
            }
        }
        Files.writeString(
                home.resolve("features/probe.json"),
                """
                {"feature-resource-version": "1.0", "id": "g:probe:1",
                 "bundles": [%s {"id": "g:probe:1"}],
                 "configurations": {"org.stagedpipe.probe":
                   {"name": "", "data": "", "mode": "ready", "port": 9500, "adminPort": 9501}}}
                """
                        .formatted(bundles));
        ProbeHome made = new ProbeHome(home);
        made.bundle("", "");
        return made;
    }

    /// Puts the probe's bundle into lib.
    ///
    /// @param imports for its manifest
    /// @param reference one more reference of its component
    void bundle(String imports, String reference) throws IOException {
        Manifest manifest = new Manifest();
        Attributes attributes = manifest.getMainAttributes();
        attributes.putValue("Manifest-Version", "1.0");
        attributes.putValue("Bundle-ManifestVersion", "2");
        attributes.putValue("Bundle-SymbolicName", "org.stagedpipe.probe");
        attributes.putValue("Bundle-Version", "1.0.0");
        attributes.putValue("Service-Component", "probe.xml");
        attributes.putValue(
                "Require-Capability", "osgi.extender;filter:=\"(osgi.extender=osgi.component)\"");
        if (!imports.isEmpty()) {
            attributes.putValue("Import-Package", imports);
        }
        String type = "org/stagedpipe/runtime/probe/Probe.class";
        try (OutputStream out = Files.newOutputStream(home.resolve("lib/probe-1.jar"));
                JarOutputStream jar = new JarOutputStream(out, manifest)) {
            jar.putNextEntry(new ZipEntry("probe.xml"));
            jar.write(COMPONENT.formatted(reference).getBytes());
            jar.putNextEntry(new ZipEntry(type));
            jar.write(Files.readAllBytes(Path.of("target/test-classes", type)));
        }
    }

    /// What its configuration file says.
    void configure(String json) throws IOException {
        Files.writeString(home.resolve("conf/probe.json"), json);
    }

    /// The folder of the node of that name.
    Path data(String name) {
        return home.resolve("data").resolve(name);
    }

    /// Starts the launcher in a process of its own.
    ChildProcess launch(String... arguments) {
        return launch(List.of(), arguments);
    }

    /// The same with more options for the process.
    ChildProcess launch(List<String> options, String... arguments) {
        List<String> command =
                new java.util.ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-Dstagedpipe.home=" + home,
                                "-cp",
                                System.getProperty("java.class.path"),
                                Launcher.class.getName()));
        command.addAll(1, options);
        command.addAll(List.of(arguments));
        try {
            return ChildProcess.start(new ProcessBuilder(command));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
