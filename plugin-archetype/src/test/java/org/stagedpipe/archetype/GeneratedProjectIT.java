package org.stagedpipe.archetype;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/// Looks at the project that Maven has generated from the packed archetype, and built, just before.
class GeneratedProjectIT {

    private static final Path PROJECT =
            Path.of("target/test-classes/projects/basic/project/greeter");

    @TempDir Path folder = Path.of("");

    @Test
    void isWhatTheCommandMakes() throws Exception {
        Path out = folder.resolve("out");
        Process command =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-jar",
                                archetypeInTheRepository().toString(),
                                "greeter",
                                "--package",
                                "com.example.greeter",
                                "--dir",
                                folder.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(out.toFile())
                        .start();
        assertEquals(0, command.waitFor(), () -> text(out));

        Map<String, String> generated = texts(PROJECT);
        Map<String, String> made = texts(folder.resolve("greeter"));
        assertEquals(generated.keySet(), made.keySet());
        generated.forEach((file, text) -> assertEquals(text, made.get(file), file));
    }

    @Test
    void isADeployableBundle() throws Exception {
        try (JarFile jar = new JarFile(PROJECT.resolve("target/greeter-1.0.0.jar").toFile())) {
            Attributes main = jar.getManifest().getMainAttributes();
            assertEquals("greeter", main.getValue("Stagedpipe-Plugin"));
            assertEquals("com.example.greeter", main.getValue("Bundle-SymbolicName"));
            assertEquals("1.0.0", main.getValue("Bundle-Version"));
            assertEquals(
                    "OSGI-INF/com.example.greeter.Greeter.xml", main.getValue("Service-Component"));
            assertEquals("org.stagedpipe.api;version=\"[1.0,2)\"", main.getValue("Import-Package"));
        }
    }

    @Test
    void hasRunItsTests() throws Exception {
        Path report =
                PROJECT.resolve("target/surefire-reports/com.example.greeter.GreeterTest.txt");
        String text = Files.readString(report);
        assertTrue(text.contains("Tests run: 3, Failures: 0, Errors: 0, Skipped: 0"), text);
    }

    private static Path archetypeInTheRepository() throws IOException {
        Path folder = Path.of("target/repository/org/stagedpipe/org.stagedpipe.plugin-archetype");
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> jars = files.filter(file -> file.toString().endsWith(".jar")).toList();
            assertEquals(1, jars.size(), jars::toString);
            return jars.getFirst();
        }
    }

    /// All files but what the build made of them.
    private static Map<String, String> texts(Path project) throws IOException {
        Map<String, String> texts = new TreeMap<>();
        try (Stream<Path> files = Files.walk(project)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String relative = project.relativize(file).toString();
                if (!relative.startsWith("target/") && !relative.equals("build.log")) {
                    texts.put(relative, text(file));
                }
            }
        }
        assertTrue(texts.containsKey("pom.xml"), texts::toString);
        return texts;
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
