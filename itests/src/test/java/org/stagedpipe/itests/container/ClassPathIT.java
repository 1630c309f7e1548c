package org.stagedpipe.itests.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.stagedpipe.itests.cluster.Distribution;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/// The bundles of a node share one class path, so a class that two of them have must be the same one.
class ClassPathIT {

    /// An interface of OSGi that Felix brings too: the same source, compiled twice.
    private static final String RESOLVER = "org/osgi/service/resolver/";

    @Test
    void noTwoJarsHaveDifferentClassesOfOneName() throws Exception {
        Map<String, ZipEntry> classes = new HashMap<>();
        Map<String, String> firsts = new HashMap<>();
        TreeSet<String> different = new TreeSet<>();
        for (Path jar : jars()) {
            String name = String.valueOf(jar.getFileName());
            try (ZipFile file = new ZipFile(jar.toFile())) {
                for (ZipEntry entry : Collections.list(file.entries())) {
                    if (isClass(entry.getName())) {
                        ZipEntry first = classes.putIfAbsent(entry.getName(), entry);
                        if (first == null) {
                            firsts.put(entry.getName(), name);
                        } else if (first.getCrc() != entry.getCrc()) {
                            different.add(
                                    entry.getName()
                                            + " in "
                                            + firsts.get(entry.getName())
                                            + " and "
                                            + name);
                        }
                    }
                }
            }
        }
        assertTrue(classes.size() > 10_000, "only " + classes.size() + " classes");
        assertEquals(new TreeSet<>(), different);
    }

    private static boolean isClass(String entry) {
        return entry.endsWith(".class")
                && !entry.endsWith("module-info.class")
                && !entry.startsWith(RESOLVER);
    }

    private static List<Path> jars() throws Exception {
        try (Stream<Path> files = Files.list(Distribution.home().resolve("lib"))) {
            return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
        }
    }
}
