package org.stagedpipe.worker.leak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A search in a heap that is full of small objects, in a process of its own: it does not end that.
@Timeout(120)
class CrowdedHeapTest {

    @TempDir Path folder;

    @Test
    void aSearchThatHasNoRoomIsRefused() throws Exception {
        assertSays("bytes to look through (expected: at most ", search(1_500_000));
    }

    @Test
    void oneThatHasRoomFindsTheHolder() throws Exception {
        assertSays("static held of ", search(300_000));
    }

    private static void assertSays(String expected, String said) {
        assertTrue(said.contains(expected), said);
    }

    private String search(int objects) throws Exception {
        Path said = folder.resolve("said");
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx96m",
                                "-XX:+UseSerialGC",
                                "-XX:+ExitOnOutOfMemoryError",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Crowded.class.getName(),
                                folder.toString(),
                                "" + objects)
                        .redirectErrorStream(true)
                        .redirectOutput(said.toFile())
                        .start();
        try {
            assertTrue(process.waitFor(100, TimeUnit.SECONDS), "it ends");
            String text = Files.readString(said);
            assertEquals(0, process.exitValue(), text);
            return text;
        } finally {
            process.destroyForcibly();
        }
    }

    /// The process.
    static final class Crowded {

        static @Nullable Object held;

        private Crowded() {}

        /// The folder for the dump, and how many objects there are.
        public static void main(String[] arguments) {
            Suspect suspect = hold(Integer.parseInt(arguments[1]));
            try {
                System.out.println(
                        new HeapWalk(Path.of(arguments[0]), name -> name)
                                .holdersOf(List.of(suspect)));
            } catch (IOException e) {
                System.out.println(e.getMessage());
            }
        }

        /// The frame of an interpreted method holds its variables for as long as it runs, so this has one of its own.
        private static Suspect hold(int objects) {
            Integer[] many = new Integer[objects];
            for (int i = 0; i < many.length; i++) {
                many[i] = 1_000 + i;
            }
            ClassLoader loader = new URLClassLoader("leak", new URL[0], null);
            held = List.of(loader, many);
            return new Suspect(new WeakReference<>(loader));
        }
    }
}
