package org.stagedpipe.runtime.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.console.Stagedpipe;
import org.stagedpipe.console.command.ConsoleIo;
import org.stagedpipe.console.command.Defaults;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

class RunProgressTest {

    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
    private final ConsoleIo io = ConsoleIo.plain(InputStream.nullInputStream(), stream, stream);
    private final RunProgress progress =
            new RunProgress(Stagedpipe.create(io, Defaults.local()).context());

    @Test
    void saysHowManyItemsHaveNoOutcomeOnce() {
        progress.servedBy(() -> "a and b");
        for (int i = 0; i < 3; i++) {
            progress.submitted();
        }
        progress.outcome(new Outcome.Ok<>(0, new byte[0]));
        progress.end();
        progress.end();
        assertEquals(
                "3 items: 1 ok, 0 failed, 0 aborted, 2 without an outcome, served by a and b\n",
                err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void countsAlikeEverywhere() {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.GERMANY);
        try {
            progress.servedBy(() -> "a");
            for (int i = 0; i < 1_000; i++) {
                progress.submitted();
            }
            progress.end();
        } finally {
            Locale.setDefault(before);
        }
        String text = err.toString(StandardCharsets.UTF_8);
        assertTrue(text.contains("1,000 items: ") && text.contains("1,000 without an"), text);
    }

    @Test
    void saysNothingOfAGroupThatWasNotOpened() {
        progress.end();
        assertEquals("", err.toString(StandardCharsets.UTF_8));
    }
}
