package org.stagedpipe.console.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;

/// Whether a person reads a stream.
class ConsoleIoTest {

    @TempDir Path folder;

    /// Also if the other streams are those of a terminal.
    @ParameterizedTest
    @CsvSource({
        "/dev/pts/0, true",
        "/dev/tty1, true",
        "/dev/console, true",
        "/var/log/update, false",
        "/dev/null, false",
        "pipe:[1], false"
    })
    void aStreamIsWhatItsLinkSays(String target, boolean isTerminal) throws Exception {
        Path link = Files.createSymbolicLink(folder.resolve("2"), Path.of(target));
        assertEquals(isTerminal, ConsoleIo.isTerminal(link, !isTerminal));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whereThereIsNoLinkItIsWhatJavaSays(boolean isTerminal) {
        assertEquals(isTerminal, ConsoleIo.isTerminal(folder.resolve("2"), isTerminal));
    }
}
