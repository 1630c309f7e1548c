package org.stagedpipe.console.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stagedpipe.console.Stagedpipe;
import org.stagedpipe.console.TestOverseer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

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

    /// In whatever language the system says that it went away.
    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void aReaderThatHasEnoughLosesNothing() throws Exception {
        Process reader =
                new ProcessBuilder("/bin/sh", "-c", "exec <&-; echo gone; exec sleep 60").start();
        try {
            assertEquals("gone", reader.inputReader().readLine());
            OutputStream pipe = reader.getOutputStream();
            IOException gone =
                    assertThrows(
                            IOException.class,
                            () -> {
                                pipe.write(1);
                                pipe.flush();
                            });
            assertIsLost(false, String.valueOf(gone.getMessage()));
        } finally {
            reader.destroyForcibly();
        }
    }

    @Test
    void aWatchThatNobodyReadsAnyMoreEnds() throws Exception {
        OutputStream broken =
                new OutputStream() {
                    @Override
                    public void write(int value) throws IOException {
                        throw new IOException(StandardOutput.ofBrokenPipe());
                    }
                };
        ConsoleIo io =
                ConsoleIo.plain(
                        InputStream.nullInputStream(),
                        new StandardOutput(broken, StandardCharsets.UTF_8),
                        System.err);
        try (TestOverseer overseer = new TestOverseer()) {
            Defaults defaults = () -> List.of(overseer.endpoint());
            assertEquals(
                    ExitCode.OK,
                    Stagedpipe.create(io, defaults)
                            .run("rollout", "status", "r1", "--watch", "-o", "json"));
            assertEquals(1, overseer.looks.get());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"No space left on device", "Bad file descriptor"})
    void whatElseCannotBeWrittenIsLost(String error) {
        assertIsLost(true, error);
    }

    private static void assertIsLost(boolean isLost, String error) {
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
