package org.stagedpipe.itests.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import javax.tools.ToolProvider;

/// What the README says of the code is so.
class ReadmeTest {

    private static final Path TOP = Path.of("..");

    /// A row of the list of classes: number, module, class, what it does.
    private static final Pattern STEP =
            Pattern.compile("\\| (\\d+) \\| `([a-z]+)` \\| `([\\w.]+)` \\|.*");

    private static final Pattern BLOCK = Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL);

    private record Step(String module, String type) {}

    /// Each class exists, and within a module each one knows the next one of the list or is known by it.
    @Test
    void theClassesThatAnItemPassesExistAndKnowEachOther() throws IOException {
        List<Step> steps = steps();
        assertTrue(steps.size() >= 8, "steps in the README: " + steps);
        for (int i = 0; i < steps.size(); i++) {
            JavaClass type = load(steps.get(i));
            if (i + 1 < steps.size() && steps.get(i + 1).module().equals(steps.get(i).module())) {
                JavaClass next = load(steps.get(i + 1));
                assertTrue(
                        knows(type, next) || knows(next, type),
                        type.getSimpleName()
                                + " and "
                                + next.getSimpleName()
                                + " have nothing to do with each other");
            }
        }
    }

    @Test
    void everyFolderInTheTreeIsInTheTable() throws IOException {
        String readme = readme();
        try (Stream<Path> folders = Files.list(TOP.resolve("bundles"))) {
            for (Path folder : folders.filter(f -> Files.exists(f.resolve("pom.xml"))).toList()) {
                String name = folder.getFileName().toString();
                assertTrue(
                        readme.contains("`" + name + "`")
                                || readme.contains("`bundles/" + name + "`"),
                        "bundles/" + name + " is not in the README");
                assertTrue(
                        Files.exists(folder.resolve("README.md")),
                        "bundles/" + name + " has no README.md");
            }
        }
    }

    @Test
    void thePlainProgramRuns(@TempDir Path folder) throws Exception {
        String program = program();
        assertTrue(
                program.lines().count() <= 24,
                "the plain program has " + program.lines().count() + " lines");
        Path source = folder.resolve("Main.java");
        Files.writeString(source, program);
        StringWriter errors = new StringWriter();
        try (var files =
                ToolProvider.getSystemJavaCompiler().getStandardFileManager(null, null, null)) {
            boolean compiled =
                    ToolProvider.getSystemJavaCompiler()
                            .getTask(
                                    errors,
                                    files,
                                    null,
                                    List.of("-d", folder.toString(), "-cp", classpath()),
                                    null,
                                    files.getJavaFileObjects(source))
                            .call();
            assertTrue(compiled, errors.toString());
        }
        Process java =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                "-cp",
                                folder + System.getProperty("path.separator") + classpath(),
                                "Main")
                        .redirectErrorStream(true)
                        .start();
        String output = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(java.waitFor(30, TimeUnit.SECONDS), "the plain program does not end");
        assertEquals(0, java.exitValue(), output);
        assertFalse(output.isBlank());
    }

    private static String program() throws IOException {
        Matcher blocks = BLOCK.matcher(readme());
        while (blocks.find()) {
            if (blocks.group(1).contains("void main(")) {
                return blocks.group(1);
            }
        }
        throw new AssertionError("the README has no Java block with a main method");
    }

    private static String classpath() {
        return TOP.resolve("bundles/api/target/classes").toAbsolutePath()
                + System.getProperty("path.separator")
                + TOP.resolve("bundles/engine/target/classes").toAbsolutePath();
    }

    private static List<Step> steps() throws IOException {
        List<Step> steps = new ArrayList<>();
        for (String line : readme().lines().toList()) {
            Matcher step = STEP.matcher(line);
            if (step.matches()) {
                assertEquals(steps.size() + 1, Integer.parseInt(step.group(1)), line);
                steps.add(new Step(step.group(2), step.group(3)));
            }
        }
        return steps;
    }

    private static JavaClass load(Step step) {
        String root = "org.stagedpipe." + step.module() + ".";
        Path file =
                TOP.resolve(
                        "bundles/"
                                + step.module()
                                + "/target/classes/"
                                + (root + step.type()).replace('.', '/')
                                + ".class");
        assertTrue(
                Files.exists(file),
                "the README names " + root + step.type() + ", which is not there");
        return new ClassFileImporter().importPath(file).get(root + step.type());
    }

    private static boolean knows(JavaClass one, JavaClass other) {
        return one.getDirectDependenciesFromSelf().stream()
                .anyMatch(dependency ->
                        dependency.getTargetClass().getName().equals(other.getName()));
    }

    private static String readme() throws IOException {
        return Files.readString(TOP.resolve("README.md"));
    }
}
