package org.stagedpipe.runtime.run;

import org.stagedpipe.api.Outcome;
import org.stagedpipe.console.command.ConsoleContext;

import java.io.PrintStream;
import java.util.concurrent.atomic.AtomicLong;

/// Counts, and tells a person how it goes: a line that moves on a terminal, otherwise one at the end. [#submitted] for the
/// thread that reads, the rest for the one that writes.
final class RunProgress {

    private static final String CLEAR_LINE = "\r\u001b[K";
    private static final long EACH_NANOS = 200_000_000;

    private final PrintStream err;
    private final boolean isTerminal;
    private final boolean isQuiet;
    private final AtomicLong submitted = new AtomicLong();
    private String servedBy = "";
    private long ok;
    private long failed;
    private long aborted;
    private long shownNanos = System.nanoTime();
    private boolean isMoving;

    RunProgress(ConsoleContext context) {
        err = context.io().err();
        isTerminal = context.io().isErrTerminal();
        isQuiet = context.isQuiet();
    }

    void servedBy(String text) {
        servedBy = text;
    }

    void submitted() {
        submitted.incrementAndGet();
    }

    void outcome(Outcome<byte[]> outcome) {
        switch (outcome) {
            case Outcome.Ok<byte[]> done -> ok++;
            case Outcome.Failed<byte[]> fault -> failed++;
            case Outcome.Aborted<byte[]> end -> aborted++;
        }
        if (isTerminal && !isQuiet && System.nanoTime() - shownNanos > EACH_NANOS) {
            shownNanos = System.nanoTime();
            err.print(CLEAR_LINE + text());
            err.flush();
            isMoving = true;
        }
    }

    /// See [RunCommand#exitCode].
    int exitCode() {
        return RunCommand.exitCode(ok, ok + failed + aborted);
    }

    /// The last line, if anything was begun.
    void end() {
        if (isMoving) {
            err.print(CLEAR_LINE);
        }
        if (!isQuiet && !servedBy.isEmpty()) {
            err.println(text() + ", served by " + servedBy);
        }
        err.flush();
    }

    private String text() {
        return "%,d items: %,d ok, %,d failed, %,d aborted"
                .formatted(submitted.get(), ok, failed, aborted);
    }
}
