package org.stagedpipe.itests.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.client.Group;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A new plugin, from nothing to its first item on a running cluster.
class ArchetypeIT {

    @Test
    void e24AGeneratedPluginRunsAtOnceAloneAndOnACluster(@TempDir Path folder) throws Exception {
        Command generated =
                Command.run(
                        folder,
                        Map.of(),
                        List.of(
                                Distribution.script().toString(),
                                "plugin",
                                "new",
                                "greetings",
                                "--package",
                                "org.example.greetings"));
        assertEquals(0, generated.status(), generated.output());
        Path project = folder.resolve("greetings");

        Command built = Command.run(project, environment(), maven());
        assertEquals(0, built.status(), built.output());
        assertTrue(built.out().contains("Tests run: ") || built.out().isBlank(), built.out());

        Path jar;
        try (var files = java.nio.file.Files.list(project.resolve("target"))) {
            jar = files.filter(file -> file.toString().endsWith(".jar")).findFirst().orElseThrow();
        }
        Command alone =
                Command.stagedpipe(
                        project.resolve("items.jsonl"),
                        "run",
                        "--local",
                        jar.toString(),
                        "--config",
                        project.resolve("config.json").toString());
        assertEquals(0, alone.status(), alone.output());
        assertTrue(alone.out().contains("Grace"), alone.output());

        try (Cluster cluster = Cluster.start(folder.resolve("cluster"), 1)) {
            cluster.publish(Mode.INSTALL, jar);
            try (Group group =
                    cluster.client()
                            .group("greetings")
                            .configuration("{\"salutation\":\"Hello\"}")
                            .open()) {
                Traffic traffic = new Traffic(group);
                traffic.send(0, 1, number -> "{\"name\":\"world\"}");
                TreeMap<Long, Outcome<byte[]>> outcomes = traffic.finish();
                Outcome.Ok<byte[]> ok = assertInstanceOf(Outcome.Ok.class, outcomes.get(0L));
                assertTrue(
                        new String(ok.data(), StandardCharsets.UTF_8).contains("world"), "" + ok);
            }
        }
    }

    private static List<String> maven() {
        List<String> command = new ArrayList<>(List.of("mvn", "-B", "package"));
        String repository = System.getProperty("maven.repo.local", "");
        if (!repository.isBlank()) {
            command.add("-Dmaven.repo.local=" + repository);
        }
        return command;
    }

    private static Map<String, String> environment() {
        return Map.of("MAVEN_OPTS", System.getenv().getOrDefault("MAVEN_OPTS", ""));
    }
}
