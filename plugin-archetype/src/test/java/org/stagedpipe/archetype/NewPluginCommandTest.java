package org.stagedpipe.archetype;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;

class NewPluginCommandTest {

    private static final Path CLASSES = Path.of("target/classes");

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir Path folder = Path.of("");

    @Test
    void makesAProjectThatNamesTheRepositoryOfItsJar() throws Exception {
        Path repository = folder.resolve("a distribution/repository");
        Path jar = pack(repository.resolve("org/stagedpipe/archetype/1/archetype-1.jar"));

        assertEquals(0, run(jar, "word-count", "--dir", folder.toString()), err::toString);

        Path project = folder.resolve("word-count");
        assertEquals(project + System.lineSeparator(), out.toString(StandardCharsets.UTF_8));
        String pom = Files.readString(project.resolve("pom.xml"));
        assertTrue(pom.contains("<groupId>com.example.wordcount</groupId>"), pom);
        assertTrue(pom.contains("<artifactId>word-count</artifactId>"), pom);
        assertTrue(
                pom.contains(
                        "<stagedpipe.repository>file://"
                                + repository.toUri().getRawPath().replaceFirst("/$", "")
                                + "</stagedpipe.repository>"),
                pom);
        assertTrue(pom.contains("/a%20distribution/"), pom);
        assertTrue(
                Files.readString(
                                project.resolve("src/main/java/com/example/wordcount/Greeter.java"))
                        .contains("@PluginName(\"word-count\")"));
    }

    @Test
    void leavesNothingToFillIn() throws Exception {
        assertEquals(0, run(CLASSES, "p", "--dir", folder.toString(), "--repository", "file:///r"));
        List<String> properties =
                List.copyOf(new NewPlugin("p", "p", "file:///r").properties().keySet());
        try (Stream<Path> files = Files.walk(folder.resolve("p"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String text = Files.readString(file);
                properties.forEach(
                        name -> assertFalse(text.contains("${" + name + "}"), file + ": " + name));
            }
        }
    }

    @Test
    void putsTheClassesIntoThePackageAskedFor() {
        assertEquals(
                0,
                run(
                        CLASSES,
                        "--package",
                        "org.acme.p",
                        "p",
                        "--dir",
                        folder.toString(),
                        "--repository",
                        "file:///r"));
        assertTrue(Files.exists(folder.resolve("p/src/test/java/org/acme/p/GreeterTest.java")));
    }

    @Test
    void touchesNoFolderThatIsThere() throws Exception {
        Files.createDirectory(folder.resolve("p"));
        assertEquals(1, run(CLASSES, "p", "--dir", folder.toString(), "--repository", "file:///r"));
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("is there already"));
        try (Stream<Path> files = Files.list(folder.resolve("p"))) {
            assertEquals(0, files.count());
        }
    }

    @Test
    void saysThatTheFolderCannotBeMade() throws Exception {
        Path file = Files.createFile(folder.resolve("file"));
        assertEquals(1, run(CLASSES, "p", "--dir", file.toString(), "--repository", "file:///r"));
        String said = err.toString(StandardCharsets.UTF_8);
        assertTrue(said.contains(file.resolve("p") + ": cannot be made ("), said);
        assertTrue(said.contains("expected: in a folder that can be written"), said);
    }

    @Test
    void refusesWhatItDoesNotUnderstand() {
        assertRefused("name: missing (expected: the plugin's name)");
        assertRefused("name: \"Word\" (expected: [a-z][a-z0-9-]{0,62})", "Word");
        assertRefused("name: \"../up\" (expected: [a-z]", "../up");
        assertRefused("package: \"com.example.new\" (expected: a Java package's name)", "new");
        assertRefused("\"q\" (expected: one name", "p", "q");
        assertRefused("\"--pkg\" (expected: one name", "p", "--pkg");
        assertRefused("--package: no value (expected: one)", "p", "--package");
    }

    @Test
    void asksForTheRepositoryWhereItsJarIsInNone() {
        assertEquals(2, run(CLASSES, "p", "--dir", folder.toString()));
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("(expected: --repository URL)"));
    }

    private void assertRefused(String text, String... arguments) {
        err.reset();

        NewPluginCommand command =
                new NewPluginCommand(
                        Path.of("/r/org/stagedpipe/a/1/a.jar"), stream(out), stream(err));
        assertEquals(2, command.run(List.of(arguments)));
        String said = err.toString(StandardCharsets.UTF_8);
        assertTrue(said.startsWith("stagedpipe: " + text), said);
        assertTrue(said.contains("usage: stagedpipe plugin new NAME"), said);
        assertFalse(said.contains("--repository"), said); // which that command does not take
    }

    private int run(Path archetype, String... arguments) {
        return new NewPluginCommand(archetype, stream(out), stream(err)).run(List.of(arguments));
    }

    private static PrintStream stream(OutputStream to) {
        return new PrintStream(to, true, StandardCharsets.UTF_8);
    }

    private static Path pack(Path jar) throws IOException {
        Files.createDirectories(jar.resolveSibling(""));
        try (JarOutputStream packed = new JarOutputStream(Files.newOutputStream(jar));
                Stream<Path> files = Files.walk(CLASSES)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                packed.putNextEntry(new ZipEntry(CLASSES.relativize(file).toString()));
                Files.copy(file, packed);
            }
        }
        return jar;
    }
}
