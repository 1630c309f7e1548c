package org.stagedpipe.runtime.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.console.Stagedpipe;
import org.stagedpipe.console.command.ConsoleIo;
import org.stagedpipe.console.command.Defaults;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

class RunProgressTest {

    private static final Outcome<byte[]> OK = new Outcome.Ok<>(0, new byte[0]);

    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
    private final ConsoleIo io = ConsoleIo.plain(InputStream.nullInputStream(), stream, stream);
    private final RunProgress progress =
            new RunProgress(Stagedpipe.create(io, Defaults.local()).context());

    @Test
    void saysHowManyItemsHaveNoOutcomeOnce() throws Exception {
        progress.servedBy(() -> "a and b");
        for (int i = 0; i < 3; i++) {
            progress.submitted();
        }
        assertTrue(progress.outcome(OK, () -> {}));
        progress.end();
        progress.end();
        assertEquals(
                "3 items: 1 ok, 0 failed, 0 aborted, 2 without an outcome, served by a and b\n",
                err.toString(StandardCharsets.UTF_8));
    }

    /// As when the process is ended while outcomes come.
    @Test
    void countsWhatIsWritten() throws Exception {
        progress.servedBy(() -> "a");
        for (int i = 0; i < 9; i++) {
            progress.submitted();
        }
        CountDownLatch writing = new CountDownLatch(1);
        AtomicInteger written = new AtomicInteger();
        Thread hook = Thread.ofVirtual().unstarted(progress::end);
        assertTrue(
                progress.outcome(
                        OK,
                        () -> {
                            hook.start();
                            try {
                                writing.await(100, TimeUnit.MILLISECONDS); // it waits for this one
                            } catch (InterruptedException e) {
                                throw new IOException(e);
                            }
                            written.incrementAndGet();
                        }));
        hook.join();
        assertFalse(progress.outcome(OK, written::incrementAndGet), "after the last line");
        assertEquals(1, written.get());
        String text = err.toString(StandardCharsets.UTF_8);
        assertTrue(text.startsWith("9 items: 1 ok, 0 failed, 0 aborted, 8 without"), text);
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
