package org.stagedpipe.worker.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// What a worker's log says of its disk for results.
@SuppressWarnings("NullAway.Init")
class SpoolTest {

    private final PrintStream err = System.err;
    private final ByteArrayOutputStream log = new ByteArrayOutputStream();

    @BeforeEach
    void read() {
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void readNoMore() {
        System.setErr(err);
    }

    private void assertSaid(int times, String text) {
        String said = log.toString(StandardCharsets.UTF_8);
        assertEquals(times, said.lines().filter(line -> line.endsWith(text)).count(), said);
    }

    @Test
    void thatItIsFullIsSaidOnceUntilHalfOfItIsFree() {
        Spool spool = new Spool(Path.of("full"), 100);
        assertTrue(spool.take(100));
        assertFalse(spool.take(1));
        String text = "full: results that are not read find no room in 100 bytes";
        assertSaid(0, text);
        spool.refused();
        spool.refused();
        assertSaid(1, text);
        spool.give(49);
        spool.refused();
        assertSaid(1, text);
        spool.give(1);
        spool.refused();
        assertSaid(2, text);
    }

    @Test
    void oneThatKeepsNothingIsNotFull() {
        Spool spool = new Spool(Path.of("none"), 0);
        assertFalse(spool.take(1));
        spool.refused();
        assertSaid(0, "bytes");
    }

    @Test
    void thatItFailsIsSaidOnceUntilItWorks() {
        Spool spool = new Spool(Path.of("disk"), 100);
        for (int i = 1; i <= 2; i++) {
            spool.failedToWrite(new IOException("no space"));
            spool.failedToWrite(new IOException("no space"));
            spool.failedToRead(new ClosedChannelException());
            spool.failedToRead(new ClosedChannelException());
            assertSaid(i, "cannot be written: java.io.IOException: no space");
            assertSaid(i, "cannot be read: java.nio.channels.ClosedChannelException");
            spool.wasWritten();
            spool.wasRead();
        }
    }
}
