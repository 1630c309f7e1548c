package org.stagedpipe.console;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.stagedpipe.console.command.ConsoleIo;
import org.stagedpipe.console.command.Defaults;

import picocli.CommandLine;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collector;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What every command prints for programs: one JSON value and nothing else.
class JsonTest extends OneConsole {

    /// What another program reads, an overseer's console, and what ends as cordon does, but late.
    private static final Set<String> OTHERS = Set.of("completion", "shell", "node drain");

    static Stream<String> lines() {
        return Stream.of(
                "node list",
                "node describe worker-1",
                "node cordon worker-1",
                "node resume worker-1",
                "node forget o3",
                "plugin list",
                "plugin describe birdstrikes",
                "plugin install JAR",
                "plugin update JAR",
                "plugin update JAR --strategy canary",
                "plugin update JAR --strategy canary --no-wait",
                "plugin update JAR --dry-run",
                "plugin verify JAR",
                "plugin rollback birdstrikes",
                "plugin uninstall counter",
                "plugin delete birdstrikes 1.0.0",
                "plugin label birdstrikes stable 1.0.0",
                "library list",
                "library publish JAR JAR",
                "library delete com.example.csv 1.14.1",
                "group list",
                "group describe 0a1b2c3d000000000000000000000001",
                "group cancel 0a1b2c3d000000000000000000000001",
                "group why 0a1b2c3d000000000000000000000001 --over 100ms",
                "group dead-letters",
                "rollout list",
                "rollout status r1",
                "rollout pause r1",
                "rollout resume r1",
                "rollout abort r1",
                "rollout approve r1",
                "audit list");
    }

    @ParameterizedTest
    @MethodSource("lines")
    void isOneValue(String line) throws Exception {
        Path jar = Files.writeString(folder.resolve("b.jar"), "bytes");
        Run run = run(("-o json " + line).replace("JAR", jar.toString()).split(" "));
        JsonMapper.builder()
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .build()
                .readTree(run.out())
                .require();
    }

    @Test
    void isLookedAtForEachCommand() {
        CommandLine root = Stagedpipe.create(ConsoleIo.system(), Defaults.local()).commandLine();
        assertEquals(
                names("", root).filter(name -> !OTHERS.contains(name)).collect(sorted()),
                lines().map(line -> line.split(" ")[0] + " " + line.split(" ")[1])
                        .collect(sorted()));
    }

    private static Collector<String, ?, Set<String>> sorted() {
        return Collectors.toCollection(TreeSet::new);
    }

    private static Stream<String> names(String name, CommandLine command) {
        return command.getSubcommands().isEmpty()
                ? Stream.of(name)
                : command.getSubcommands().entrySet().stream()
                        .flatMap(below ->
                                names((name + " " + below.getKey()).strip(), below.getValue()));
    }
}
