package org.stagedpipe.features;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.Manifest;

/// Each feature resolves on this Java with exactly the bundles that it lists.
class RoleFeatureTest {

    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"overseer", "coordinator", "worker", "all"})
    void resolves(String role) throws Exception {
        assertEquals(List.of(), missing(feature(role)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"overseer", "coordinator", "worker", "all"})
    void listsEachBundleOnce(String role) throws Exception {
        List<String> artifacts =
                feature(role).bundles().stream().map(BundleFile::artifact).toList();
        assertEquals(artifacts.stream().distinct().toList(), artifacts);
        assertTrue(artifacts.contains("org.apache.felix.scr"));
    }

    @Test
    void saysWhichPackageIsMissing() throws Exception {
        List<String> missing = missing(without(feature("coordinator"), "org.stagedpipe.protocol"));
        assertTrue(
                missing.stream()
                        .anyMatch(text ->
                                text.matches(
                                        "bundle org\\.stagedpipe\\.transport \\S+ needs"
                                                + " osgi\\.wiring\\.package"
                                                + " .*org\\.stagedpipe\\.protocol\\.v1.*")),
                missing.toString());
    }

    @Test
    void saysWhichExtenderIsMissing() throws Exception {
        List<String> missing = missing(without(feature("coordinator"), "org.apache.felix.scr"));
        assertFalse(missing.isEmpty());
        assertTrue(missing.toString().contains("osgi.extender=osgi.component"), missing.toString());
    }

    @Test
    void refusesWhatIsNoFeature() throws Exception {
        Path file = Files.writeString(folder.resolve("worker.json"), "[1");
        IOException refused = assertThrows(IOException.class, () -> RoleFeature.read(file));
        assertTrue(String.valueOf(refused.getMessage()).contains("not a feature file"));
    }

    private List<String> missing(RoleFeature feature) throws Exception {
        Map<String, Path> files = classPath();
        try (Container container = Container.open(folder.resolve("felix"), ClassPath.none())) {
            container.install(
                    feature, file -> files.getOrDefault(file.name(), Path.of(file.name())));
            return container.missing();
        }
    }

    private static RoleFeature without(RoleFeature feature, String artifact) {
        return new RoleFeature(
                feature.bundles().stream()
                        .filter(file -> !file.artifact().equals(artifact))
                        .toList(),
                feature.configurations());
    }

    private static RoleFeature feature(String role) throws IOException {
        return RoleFeature.read(Path.of("target/classes/features/" + role + ".json"));
    }

    /// By file name. In a reactor that has not packaged them, bundles are folders of classes.
    private static Map<String, Path> classPath() throws IOException {
        Map<String, Path> files = new TreeMap<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path path = Path.of(entry);
            Path manifest = path.resolve("META-INF/MANIFEST.MF");
            if (Files.exists(manifest)) {
                try (InputStream in = Files.newInputStream(manifest)) {
                    String name =
                            new Manifest(in).getMainAttributes().getValue("Bundle-SymbolicName");
                    files.put(name + "-1.0.0-SNAPSHOT.jar", path);
                }
            } else {
                files.put(String.valueOf(path.getFileName()), path);
            }
        }
        return files;
    }
}
