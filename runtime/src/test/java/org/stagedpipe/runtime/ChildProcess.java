package org.stagedpipe.runtime;

import org.jspecify.annotations.Nullable;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/// A process of a test, killed at its end if it still runs.
final class ChildProcess implements AutoCloseable {

    private final Process process;
    private final BufferedReader out;
    private final FutureTask<String> err;

    private ChildProcess(Process process) {
        this.process = process;
        this.out = process.inputReader();
        this.err = new FutureTask<>(() -> new String(process.getErrorStream().readAllBytes()));
        Thread.ofPlatform().daemon().name("stderr-" + process.pid()).start(err);
    }

    static ChildProcess start(ProcessBuilder builder) throws IOException {
        return new ChildProcess(builder.start());
    }

    /// The next line on stdout; null at its end.
    @Nullable String line() throws IOException {
        return out.readLine();
    }

    /// Asks it to end, as Ctrl-C would.
    ChildProcess terminate() {
        process.toHandle().destroy(); // that of the process would close its streams
        return this;
    }

    /// Its exit status, at most 60 s later.
    int status() throws InterruptedException {
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            throw new AssertionError("still runs after 60 s: " + process.info().commandLine());
        }
        return process.exitValue();
    }

    long pid() {
        return process.pid();
    }

    /// All that it wrote on stderr, at its end.
    String err() throws Exception {
        return err.get(60, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
