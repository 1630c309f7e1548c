package org.stagedpipe.itests.container;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ops4j.pax.exam.CoreOptions;
import org.ops4j.pax.exam.ExamSystem;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.TestAddress;
import org.ops4j.pax.exam.TestContainer;
import org.ops4j.pax.exam.TestProbeBuilder;
import org.ops4j.pax.exam.spi.PaxExamRuntime;
import org.stagedpipe.features.LoggingPackages;
import org.stagedpipe.itests.cluster.Distribution;
import org.stagedpipe.itests.cluster.FreePorts;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Every role's feature resolves, starts, stops, restarts and reconfigures in a container of its own.
class ContainerIT {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir Path data;

    @ParameterizedTest
    @ValueSource(strings = {"overseer", "coordinator", "worker"})
    void startsStopsRestartsAndReconfigures(String role) throws Exception {
        ExamSystem system = PaxExamRuntime.createTestSystem(options(role, bundles(role)));
        TestContainer container = PaxExamRuntime.createContainer(system);
        container.start();
        try {
            TestProbeBuilder probe = system.createProbe();
            List<TestAddress> questions = new ArrayList<>();
            for (String question : List.of("starts", "stopsAndStartsAgain", "reconfigures")) {
                questions.add(probe.addTest(RoleProbe.class, question));
            }
            container.install(probe.build().getStream());
            for (TestAddress question : questions) {
                container.call(question);
            }
        } finally {
            container.stop();
            system.clear();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"coordinator"})
    void aContainerWithoutTheTransportDoesNotStart(String role) throws Exception {
        List<Path> without =
                bundles(role).stream()
                        .filter(bundle ->
                                !bundle.getFileName()
                                        .toString()
                                        .startsWith("org.stagedpipe.transport-"))
                        .toList();
        assertTrue(without.size() < bundles(role).size());
        ExamSystem system = PaxExamRuntime.createTestSystem(options(role, without));
        TestContainer container = PaxExamRuntime.createContainer(system);
        try {
            assertThrows(
                    Exception.class,
                    () -> {
                        container.start();
                        TestProbeBuilder probe = system.createProbe();
                        TestAddress question = probe.addTest(RoleProbe.class, "starts");
                        container.install(probe.build().getStream());
                        container.call(question);
                    });
        } finally {
            container.stop();
            system.clear();
        }
    }

    private Option[] options(String role, List<Path> bundles) throws IOException {
        List<Option> options =
                new ArrayList<>(
                        List.of(
                                CoreOptions.cleanCaches(),
                                CoreOptions.vmOption("-Xmx256m"),
                                CoreOptions.vmOption("-XX:+UseSerialGC"),
                                CoreOptions.vmOption("-XX:TieredStopAtLevel=1"),
                                CoreOptions.vmOption("--enable-native-access=ALL-UNNAMED"),
                                CoreOptions.vmOption("--sun-misc-unsafe-memory-access=allow"),
                                CoreOptions.systemProperty("pax.exam.logging").value("none"),
                                CoreOptions.systemProperty("stagedpipe.test.role").value(role),
                                CoreOptions.frameworkProperty("configurator.initial")
                                        .value(configuration(role))));
        for (Path bundle : bundles) {
            options.add(CoreOptions.bundle(bundle.toUri().toString()));
        }
        for (Path bundle : configurator()) {
            options.add(CoreOptions.bundle(bundle.toUri().toString()));
        }
        // As in a node, logging is the class path's.
        options.add(CoreOptions.systemPackages(LoggingPackages.exported().split(",")));
        for (Path library : logging()) {
            options.add(
                    CoreOptions.bootClasspathLibrary(library.toUri().toString()).afterFramework());
        }
        return options.toArray(Option[]::new);
    }

    /// What hands the configuration over here, as the launcher does in a node.
    private static List<Path> configurator() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(Path::of)
                .filter(file ->
                        file.getFileName()
                                .toString()
                                .matches(
                                        "(org\\.apache\\.felix\\.(configurator|converter|cm\\.json)|jakarta\\.json)-[0-9].*"))
                .toList();
    }

    private static List<Path> logging() throws IOException {
        try (Stream<Path> files = Files.list(Distribution.home().resolve("lib"))) {
            return files.filter(
                            file -> file.getFileName().toString().matches("(slf4j-api|logback)-.*"))
                    .toList();
        }
    }

    /// The bundles that the role's feature lists, in the distribution's folder.
    private static List<Path> bundles(String role) throws IOException {
        JsonNode feature =
                JSON.readTree(Distribution.home().resolve("features/" + role + ".json").toFile());
        List<Path> bundles = new ArrayList<>();
        for (JsonNode bundle : feature.get("bundles")) {
            String[] id =
                    (bundle.isTextual() ? bundle.asText() : bundle.get("id").asText()).split(":");
            Path file =
                    Distribution.home().resolve("lib/" + id[1] + "-" + id[id.length - 1] + ".jar");
            assertTrue(Files.isRegularFile(file), file + " is listed and missing");
            bundles.add(file);
        }
        return bundles;
    }

    private String configuration(String role) throws IOException {
        Map<String, Object> node =
                new java.util.HashMap<>(
                        Map.of(
                                "name", role + "-1",
                                "port", FreePorts.adjacent(1),
                                "data", data.resolve(role).toString()));
        if (role.equals("overseer")) {
            node.put("adminPort", 0);
            node.put("repositoryPort", 0);
            node.put("storePort", 0);
            node.put("quorumPort", 0);
            node.put("electionPort", 0);
        } else {
            node.put(
                    "overseers",
                    "127.0.0.1:"
                            + FreePorts.adjacent(1)); // nobody there: a node starts all the same
        }
        Map<String, Object> all =
                new java.util.HashMap<>(
                        Map.of(
                                ":configurator:resource-version",
                                1,
                                ":configurator:symbolic-name",
                                "org.stagedpipe.itests",
                                ":configurator:version",
                                "1.0.0",
                                "org.stagedpipe." + role,
                                node));
        if (role.equals("overseer")) {
            all.put(
                    "org.stagedpipe.console",
                    Map.of("sshPort", 0, "data", data.resolve(role).toString()));
        }
        return JSON.writeValueAsString(all);
    }
}
