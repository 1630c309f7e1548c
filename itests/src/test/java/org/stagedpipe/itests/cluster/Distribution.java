package org.stagedpipe.itests.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// The distribution as the build made it.
public final class Distribution {

    private Distribution() {}

    /// Its folder.
    public static Path home() {
        Path target = Path.of("..", "runtime", "target").toAbsolutePath().normalize();
        try (Stream<Path> files = Files.list(target)) {
            List<Path> found =
                    files.filter(file -> Files.isExecutable(file.resolve("bin/stagedpipe")))
                            .toList();
            if (found.size() != 1) {
                throw new AssertionError(
                        "distributions in " + target + ": " + found + " (expected: one)");
            }
            return found.getFirst();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The command.
    public static Path script() {
        return home().resolve("bin/stagedpipe");
    }
}
