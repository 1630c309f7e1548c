package org.stagedpipe.console.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stagedpipe.console.Stagedpipe;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

class StandardOutputTest {

    @ParameterizedTest
    @ValueSource(strings = {"completion", "--help"})
    void whatCannotBeWrittenIsAFailure(String command) {
        OutputStream full =
                new OutputStream() {
                    @Override
                    public void write(int value) throws IOException {
                        throw new IOException("No space left on device");
                    }
                };
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        ConsoleIo io =
                ConsoleIo.plain(
                        InputStream.nullInputStream(),
                        new StandardOutput(full, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8));
        assertEquals(ExitCode.FAILED, Stagedpipe.create(io, Defaults.local()).run(command));
        assertEquals(
                "stagedpipe: standard output: cannot be written\n",
                err.toString(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @CsvSource({"Broken pipe,false", "No space left on device,true", "Bad file descriptor,true"})
    void aReaderThatHasEnoughLosesNothing(String error, boolean isLost) {
        OutputStream broken =
                new OutputStream() {
                    @Override
                    public void write(int value) throws IOException {
                        throw new IOException(error);
                    }
                };
        StandardOutput out = new StandardOutput(broken, StandardCharsets.UTF_8);
        ConsoleIo io = ConsoleIo.plain(InputStream.nullInputStream(), out, System.err);
        out.println("data");
        assertEquals(isLost, io.isOutLost());
        assertEquals(!isLost, io.hasOutEnough());
    }

    /// A shell's channel closes what it wrote to.
    @Test
    void whatIsClosedAfterItsLastLineHasLostNothing() {
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        StandardOutput out = new StandardOutput(written, StandardCharsets.UTF_8);
        ConsoleIo io = ConsoleIo.plain(InputStream.nullInputStream(), out, System.err);
        out.println("data");
        out.close();
        assertFalse(io.isOutLost());
        assertEquals("data\n", written.toString(StandardCharsets.UTF_8));
    }
}
