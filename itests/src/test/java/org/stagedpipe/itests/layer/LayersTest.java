package org.stagedpipe.itests.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/// Arrows between modules go down only, and gRPC stays where it belongs.
class LayersTest {

    private static final String ROOT = "org.stagedpipe.";
    private static final Path BUNDLES = Path.of("..", "bundles");

    /// What each module may see of the others. What is not listed sees nothing.
    private static final Map<String, Set<String>> MAY_SEE =
            Map.ofEntries(
                    Map.entry("api", Set.of()),
                    Map.entry("engine", Set.of("api")),
                    Map.entry("testkit", Set.of("api", "engine")),
                    Map.entry("cluster", Set.of("api")),
                    Map.entry("grpc", Set.of()),
                    Map.entry("protocol", Set.of()),
                    Map.entry("transport", Set.of("protocol", "cluster")),
                    Map.entry("repository", Set.of("cluster")),
                    Map.entry("zookeeper", Set.of("cluster")),
                    Map.entry(
                            "overseer",
                            Set.of("api", "cluster", "protocol", "transport", "repository")),
                    Map.entry("coordinator", Set.of("api", "cluster", "protocol", "transport")),
                    Map.entry(
                            "worker",
                            Set.of(
                                    "api",
                                    "engine",
                                    "cluster",
                                    "protocol",
                                    "transport",
                                    "repository")),
                    Map.entry("client", Set.of("api", "protocol", "transport")),
                    Map.entry("console", Set.of("api", "cluster", "protocol", "transport")),
                    Map.entry("birdstrikes", Set.of("api")));

    private static final Set<String> KNOW_GRPC = Set.of("protocol", "transport");

    private static Map<String, JavaClasses> modules = Map.of();

    /// Once for all tests: to read all classes takes seconds.
    @BeforeAll
    static void read() throws IOException {
        modules = modules();
    }

    @Test
    void everyModuleIsInTheTable() {
        assertEquals(MAY_SEE.keySet(), modules.keySet());
    }

    @Test
    void modulesSeeOnlyWhatIsBelowThem() {
        List<String> upward =
                modules.entrySet().stream()
                        .flatMap(module ->
                                module.getValue().stream()
                                        .flatMap(c ->
                                                c.getDirectDependenciesFromSelf().stream()
                                                        .filter(dependency ->
                                                                isForbidden(
                                                                        module.getKey(),
                                                                        dependency))))
                        .map(Dependency::getDescription)
                        .toList();
        assertEquals(List.of(), upward);
    }

    @Test
    void onlyProtocolAndTransportKnowGrpc() {
        List<String> found =
                modules.entrySet().stream()
                        .filter(module -> !KNOW_GRPC.contains(module.getKey()))
                        .flatMap(module ->
                                module.getValue().stream()
                                        .flatMap(c -> c.getDirectDependenciesFromSelf().stream())
                                        .filter(dependency ->
                                                dependency
                                                        .getTargetClass()
                                                        .getName()
                                                        .startsWith("io.grpc.")))
                        .map(Dependency::getDescription)
                        .toList();
        assertEquals(List.of(), found);
    }

    @Test
    void theTableWouldCatchAnUpwardArrow() {
        Dependency downward =
                Objects.requireNonNull(modules.get("engine")).stream()
                        .flatMap(c -> c.getDirectDependenciesFromSelf().stream())
                        .filter(dependency ->
                                dependency.getTargetClass().getName().startsWith(ROOT + "api."))
                        .findFirst()
                        .orElseThrow();
        assertFalse(isForbidden("engine", downward));
        assertTrue(isForbidden("cluster", downward) || isForbidden("protocol", downward));
    }

    private static boolean isForbidden(String module, Dependency dependency) {
        String target = moduleOf(dependency.getTargetClass());
        return !target.isEmpty()
                && !target.equals(module)
                && !MAY_SEE.getOrDefault(module, Set.of()).contains(target);
    }

    private static String moduleOf(JavaClass type) {
        String name = type.getBaseComponentType().getName();
        return name.startsWith(ROOT) ? name.substring(ROOT.length()).split("\\.")[0] : "";
    }

    private static Map<String, JavaClasses> modules() throws IOException {
        Map<String, JavaClasses> modules = new TreeMap<>();
        try (Stream<Path> folders = Files.list(BUNDLES)) {
            for (Path folder : new TreeSet<>(folders.toList())) {
                Path classes = folder.resolve("target/classes/org/stagedpipe");
                if (Files.exists(folder.resolve("pom.xml"))) {
                    modules.put(
                            folder.getFileName().toString(),
                            Files.isDirectory(classes)
                                    ? new ClassFileImporter().importPath(classes)
                                    : new ClassFileImporter().importUrls(List.of()));
                }
            }
        }
        return modules;
    }
}
