package org.stagedpipe.runtime.run;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.console.command.ConsoleContext;

import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/// Counts, and tells a person how it goes: a line that moves on a terminal, otherwise one at the end. [#submitted] for the
/// thread that reads, the rest for the one that writes.
final class RunProgress {

    private static final String CLEAR_LINE = "\r\u001b[K";
    private static final long EACH_NANOS = 200_000_000;

    private final PrintStream err;
    private final boolean isTerminal;
    private final boolean isQuiet;
    private final AtomicLong submitted = new AtomicLong();
    private final AtomicLong ok = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicLong aborted = new AtomicLong();
    private final AtomicBoolean hasEnded = new AtomicBoolean();
    private volatile @Nullable Supplier<String> servedBy;
    private long shownNanos = System.nanoTime();
    private volatile boolean isMoving;

    RunProgress(ConsoleContext context) {
        err = context.io().err();
        isTerminal = context.io().isErrTerminal();
        isQuiet = context.isQuiet();
    }

    /// A group was opened.
    void servedBy(Supplier<String> text) {
        servedBy = text;
    }

    void submitted() {
        submitted.incrementAndGet();
    }

    void outcome(Outcome<byte[]> outcome) {
        switch (outcome) {
            case Outcome.Ok<byte[]> done -> ok.incrementAndGet();
            case Outcome.Failed<byte[]> fault -> failed.incrementAndGet();
            case Outcome.Aborted<byte[]> end -> aborted.incrementAndGet();
        }
        if (isTerminal
                && !isQuiet
                && !hasEnded.get()
                && System.nanoTime() - shownNanos > EACH_NANOS) {
            shownNanos = System.nanoTime();
            err.print(CLEAR_LINE + text());
            err.flush();
            isMoving = true;
        }
    }

    /// See [RunCommand#exitCode].
    int exitCode() {
        return RunCommand.exitCode(ok.get(), ended());
    }

    private long ended() {
        return ok.get() + failed.get() + aborted.get();
    }

    /// The last line, if anything was begun; also from the thread that runs when the process is ended. No effect the second
    /// time.
    void end() {
        Supplier<String> by = servedBy;
        if (hasEnded.getAndSet(true)) {
            return;
        }
        if (isMoving) {
            err.print(CLEAR_LINE);
        }
        if (!isQuiet && by != null) {
            long open = submitted.get() - ended();
            String rest =
                    open > 0 ? String.format(Locale.ROOT, ", %,d without an outcome", open) : "";
            err.println(text() + rest + ", served by " + by.get());
        }
        err.flush();
    }

    private String text() {
        return String.format(
                Locale.ROOT,
                "%,d items: %,d ok, %,d failed, %,d aborted",
                submitted.get(),
                ok.get(),
                failed.get(),
                aborted.get());
    }
}
