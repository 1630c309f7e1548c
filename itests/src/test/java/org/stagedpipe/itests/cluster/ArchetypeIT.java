package org.stagedpipe.itests.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A new plugin, from nothing to its update on a running cluster, by the lines of the README. The cluster is in a folder of
/// the test.
class ArchetypeIT {

    @TempDir Path folder;

    @Test
    void e24AGeneratedPluginRunsAtOnceAloneAndOnACluster() throws Exception {
        stagedpipe(folder, "plugin", "new", "greetings", "--package", "org.example.greetings");
        Path project = folder.resolve("greetings");
        mavenPackage(project);
        assertTrue(alone(project).contains("Grace"));
        try {
            stagedpipe(project, "cluster", "up");
            stagedpipe(project, "plugin", "install", "target/greetings-1.0.0.jar");
            String first = items(project);
            assertEquals(2, first.lines().count(), first);
            assertTrue(first.contains("Ada") && first.contains("Grace"), first);

            Path pom = project.resolve("pom.xml");
            Files.writeString(
                    pom,
                    Files.readString(pom).replaceFirst("<version>1\\.0\\.0<", "<version>1.1.0<"));
            mavenPackage(project);
            stagedpipe(project, "plugin", "update", "target/greetings-1.1.0.jar");
            assertEquals(first, items(project));
            String plugins = stagedpipe(project, "plugin", "list").out();
            assertTrue(plugins.contains("1.1.0"), plugins);
            stagedpipe(project, "plugin", "rollback", "greetings");
            assertEquals(first, items(project));
        } finally {
            stagedpipe(project, "cluster", "down");
        }
    }

    /// @return the outcomes without a cluster
    private String alone(Path project) throws Exception {
        List<String> line =
                List.of(
                        "bash",
                        "-c",
                        Distribution.script()
                                + " run --local target/greetings-1.0.0.jar --config config.json"
                                + " < items.jsonl");
        return done(Command.run(project, environment(), line)).out();
    }

    /// @return the outcomes
    private String items(Path project) throws Exception {
        List<String> line =
                List.of(
                        "bash",
                        "-c",
                        Distribution.script()
                                + " run greetings --ordered --config config.json < items.jsonl");
        return done(Command.run(project, environment(), line)).out();
    }

    private Command stagedpipe(Path in, String... arguments) throws Exception {
        List<String> line = new ArrayList<>(List.of(Distribution.script().toString()));
        line.addAll(List.of(arguments));
        return done(Command.run(in, environment(), line));
    }

    private void mavenPackage(Path project) throws Exception {
        List<String> line = new ArrayList<>(List.of("mvn", "-B", "package"));
        String repository = System.getProperty("maven.repo.local", "");
        if (!repository.isBlank()) {
            line.add("-Dmaven.repo.local=" + repository);
        }
        Command built = done(Command.run(project, environment(), line));
        assertTrue(built.out().contains("Tests run: ") || built.out().isBlank(), built.out());
    }

    private static Command done(Command command) {
        assertEquals(0, command.status(), command.output());
        return command;
    }

    private Map<String, String> environment() {
        return Map.of(
                "MAVEN_OPTS",
                System.getenv().getOrDefault("MAVEN_OPTS", ""),
                "STAGEDPIPE_BASE",
                folder.toString());
    }
}
