package org.stagedpipe.runtime;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/// The distribution passes on others' code with its licences.
class OthersIT {

    private static final Path HOME = Path.of(System.getProperty("distribution", ""));
    private static final String LIST = "THIRD-PARTY.md";

    @Test
    void eachJarIsInTheList() throws IOException {
        String list = Files.readString(HOME.resolve(LIST));
        List<String> others =
                jars("lib").stream()
                        .map(jar -> String.valueOf(jar.getFileName()))
                        .filter(name -> !name.startsWith("org.stagedpipe."))
                        .map(name -> name.replaceFirst("-[0-9][^-]*\\.jar$", ""))
                        .toList();
        assertFalse(others.isEmpty());
        others.forEach(name -> assertTrue(list.contains("| `" + name + "` | "), name));
    }

    @Test
    void bundlesHaveTheNoticesOfWhatIsInside() throws IOException {
        String list = Files.readString(HOME.resolve(LIST));
        int others = 0;
        for (Path file : Stream.concat(jars("lib").stream(), jars("examples").stream()).toList()) {
            String name = String.valueOf(file.getFileName());
            try (JarFile jar = new JarFile(file.toFile())) {
                if (name.matches("(org\\.stagedpipe\\.|birdstrikes-).*") && hasOthers(jar)) {
                    others++;
                    assertTrue(list.contains("| `" + name.split("-", 2)[0] + "`"), name);
                    assertNotNull(jar.getEntry("META-INF/" + LIST), name);
                    assertNotNull(jar.getEntry("META-INF/LICENSE"), name);
                    assertTrue(
                            jar.stream().anyMatch(entry -> isNotice(entry.getName())),
                            () -> name + " has no notice");
                }
            }
        }
        assertTrue(others >= 5, others + " bundles");
    }

    private static boolean hasOthers(JarFile jar) {
        return jar.stream()
                .anyMatch(entry ->
                        entry.getName().endsWith(".class")
                                && !entry.getName().startsWith("org/stagedpipe/"));
    }

    private static boolean isNotice(String entry) {
        return entry.matches("META-INF/others/.*/NOTICE(\\.txt)?");
    }

    private static List<Path> jars(String folder) throws IOException {
        try (Stream<Path> files = Files.list(HOME.resolve(folder))) {
            return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
        }
    }
}
