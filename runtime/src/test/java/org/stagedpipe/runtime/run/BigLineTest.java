package org.stagedpipe.runtime.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Items of 100 MiB in the heap that `bin/stagedpipe` gives to the commands that pass items.
class BigLineTest {

    private static final Pattern HEAP = Pattern.compile("heap=(-Xmx\\w+) # passes items");

    @Test
    void isReadAndWrittenInTheHeapOfTheScript() throws Exception {
        Matcher heap = HEAP.matcher(Files.readString(Path.of("bin/stagedpipe")));
        assertTrue(heap.find());
        Process process =
                new ProcessBuilder(
                                List.of(
                                        Path.of(System.getProperty("java.home"), "bin/java")
                                                .toString(),
                                        heap.group(1),
                                        "-XX:+UseSerialGC",
                                        "-XX:TieredStopAtLevel=1",
                                        "-XX:+ExitOnOutOfMemoryError",
                                        "-cp",
                                        System.getProperty("java.class.path"),
                                        BigLine.class.getName()))
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), out);
        String line = "{\"sequence\":0,\"base64\":\"\"}\n";
        assertEquals(
                line.length() + (BigLine.BYTES + 2) / 3 * 4L, Long.parseLong(out.strip()), out);
    }
}
