package org.stagedpipe.runtime.run;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.console.command.ConsoleContext;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/// Counts, and tells a person how it goes: a line that moves on a terminal, otherwise one at the end. [#submitted] for the
/// thread that reads, the rest for the one that writes.
final class RunProgress {

    private static final String CLEAR_LINE = "\r\u001b[K";
    private static final long EACH_NANOS = 200_000_000;
    private static final long LONGEST_WRITE_MS = 1_000;

    private final PrintStream err;
    private final boolean isTerminal;
    private final boolean isQuiet;
    private final AtomicLong submitted = new AtomicLong();
    private final AtomicLong ok = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicLong aborted = new AtomicLong();
    private final AtomicBoolean hasEnded = new AtomicBoolean();
    private final ReentrantLock lock =
            new ReentrantLock(); // while an outcome is written and counted
    private volatile @Nullable Supplier<String> servedBy;
    private long shownNanos = System.nanoTime();
    private volatile boolean isMoving;
    private volatile boolean isCutOff;
    private final CountDownLatch isSaid = new CountDownLatch(1);

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

    /// The last one that was counted was not handed in.
    void notSubmitted() {
        submitted.decrementAndGet();
    }

    /// The group ended before its input.
    void cutOff() {
        isCutOff = true;
    }

    /// Writes a line.
    interface Writing {
        void run() throws IOException;
    }

    /// Writes an outcome and counts it: both, or neither once the last line is said.
    ///
    /// @return whether it did
    boolean outcome(Outcome<byte[]> outcome, Writing writing) throws IOException {
        lock.lock();
        try {
            if (hasEnded.get()) {
                return false;
            }
            count(outcome);
            show();
            writing.run();
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void count(Outcome<byte[]> outcome) {
        switch (outcome) {
            case Outcome.Ok<byte[]> done -> ok.incrementAndGet();
            case Outcome.Failed<byte[]> fault -> failed.incrementAndGet();
            case Outcome.Aborted<byte[]> end -> aborted.incrementAndGet();
        }
    }

    private void show() {
        if (isTerminal && !isQuiet && System.nanoTime() - shownNanos > EACH_NANOS) {
            shownNanos = System.nanoTime();
            err.print(CLEAR_LINE + text());
            err.flush();
            isMoving = true;
        }
    }

    /// See [RunCommand#exitCode].
    int exitCode() {
        return RunCommand.exitCode(ok.get(), ended(), isCutOff);
    }

    boolean hasFailed() {
        return failed.get() > 0;
    }

    private long ended() {
        return ok.get() + failed.get() + aborted.get();
    }

    /// The last line, if anything was begun; also from the thread that runs when the process is ended. No effect the second
    /// time. Waits for an outcome that is just written, at most a second: perhaps nobody reads it.
    ///
    /// @return whether none is being written any more
    boolean end() {
        boolean isLocked = awaitWriter();
        try {
            if (!hasEnded.getAndSet(true)) {
                last();
                isSaid.countDown();
            }
            return isLocked;
        } finally {
            if (isLocked) {
                lock.unlock();
            }
        }
    }

    /// Waits until the last line is said.
    ///
    /// @return whether it is
    boolean awaitEnd(Duration atMost) throws InterruptedException {
        return isSaid.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
    }

    /// @return whether the lock is this thread's now
    private boolean awaitWriter() {
        try {
            return lock.tryLock(LONGEST_WRITE_MS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void last() {
        Supplier<String> by = servedBy;
        if (isMoving) {
            err.print(CLEAR_LINE);
        }
        if (!isQuiet && by != null) {
            long done = ended();
            long open =
                    submitted.get() - done; // read after the others: none has its outcome before
            String rest =
                    open > 0 ? String.format(Locale.ROOT, ", %,d without an outcome", open) : "";
            err.println(text(done + open) + rest + ", served by " + by.get());
        }
        if (isCutOff) {
            err.println("the group ended before its input: the lines after that were not sent");
        }
        err.flush();
    }

    private String text() {
        return text(submitted.get());
    }

    private String text(long items) {
        return String.format(
                Locale.ROOT,
                "%,d items: %,d ok, %,d failed, %,d aborted",
                items,
                ok.get(),
                failed.get(),
                aborted.get());
    }
}
