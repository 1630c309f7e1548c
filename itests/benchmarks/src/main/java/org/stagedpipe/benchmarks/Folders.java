package org.stagedpipe.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// Folders for a while.
public final class Folders {

    private Folders() {}

    /// A new one.
    public static Path create() throws IOException {
        return Files.createTempDirectory("stagedpipe-bench");
    }

    /// Deletes it with all that is in it.
    public static void delete(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(folder)) {
            files = all.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : files) {
            Files.delete(file);
        }
    }
}
