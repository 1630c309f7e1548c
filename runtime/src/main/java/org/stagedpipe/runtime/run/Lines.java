package org.stagedpipe.runtime.run;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.client.ClientException;
import org.stagedpipe.console.command.ConsoleIo;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/// Joins the lines of a stream with a group. The calling thread writes the outcomes; a virtual thread of its own,
/// `run-input`, reads the lines.
final class Lines {

    private static final int MAX_ITEM_BYTES = 100 << 20;

    private final ConsoleIo io;
    private final Items items;
    private final RunProgress progress;

    Lines(ConsoleIo io, Items items, RunProgress progress) {
        this.io = io;
        this.items = items;
        this.progress = progress;
    }

    /// Returns when each item has its outcome.
    ///
    /// @return the exit code
    /// @throws IOException if the input cannot be read, or the output cannot be written
    int run() throws IOException, InterruptedException {
        progress.servedBy(items.servedBy());
        FutureTask<@Nullable Void> input = new FutureTask<>(this::submitAll);
        Thread reader = Thread.ofVirtual().name("run-input").start(input);
        try {
            OutcomeLine line = new OutcomeLine(io.out());
            for (Outcome<byte[]> outcome = items.take(); outcome != null; outcome = items.take()) {
                line.write(outcome);
                progress.outcome(outcome);
            }
            io.out().flush();
            if (io.out().checkError()) {
                throw new IOException("standard output: cannot be written");
            }
            input.get();
        } catch (ExecutionException e) {
            throw cause(e);
        } finally {
            reader.interrupt();
        }
        return progress.exitCode();
    }

    private static IOException cause(ExecutionException e) throws InterruptedException {
        return switch (e.getCause()) {
            case IOException io -> io;
            case InterruptedException interrupted -> throw interrupted;
            case ClientException client -> throw client;
            case null, default -> throw new IllegalStateException(e);
        };
    }

    private @Nullable Void submitAll() throws IOException, InterruptedException {
        boolean complete = false;
        try {
            InputStream in = new BufferedInputStream(io.in(), 1 << 16);
            for (byte[] line = line(in); line != null; line = line(in)) {
                if (line.length > 0) {
                    items.submit(line);
                    progress.submitted();
                }
            }
            items.finish();
            complete = true;
            return null;
        } finally {
            if (!complete) {
                items.cancel("the input ended with an error");
            }
        }
    }

    /// The bytes up to the end of the line, null at the end of the stream.
    private static byte @Nullable [] line(InputStream in) throws IOException {
        int next = in.read();
        if (next < 0) {
            return null;
        }
        ByteArrayOutputStream line = new ByteArrayOutputStream(256);
        for (; next >= 0 && next != '\n'; next = in.read()) {
            line.write(next);
            if (line.size() > MAX_ITEM_BYTES) {
                throw new IOException(
                        "standard input: a line of more than "
                                + MAX_ITEM_BYTES
                                + " bytes (expected: items of at most 100 MiB)");
            }
        }
        byte[] bytes = line.toByteArray();
        boolean isWindows = bytes.length > 0 && bytes[bytes.length - 1] == '\r';
        return isWindows ? java.util.Arrays.copyOf(bytes, bytes.length - 1) : bytes;
    }
}
