package org.stagedpipe.runtime.run;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.console.command.ConsoleIo;
import org.stagedpipe.console.command.LastWord;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// What `run` does when its process is ended from outside, by Ctrl-C say, while the block runs that this was made for: it cancels the
/// group, lets the block write the outcomes that still come, for two seconds, and close what it has open.
final class Interruption implements AutoCloseable {

    private static final Duration OUTCOMES = Duration.ofSeconds(2);

    /// A little longer than a plugin has to close what it opened here.
    private static final Duration CLOSE = LocalItems.CLOSE_WITHIN.multipliedBy(3);

    private final ConsoleIo io;
    private final RunProgress progress;
    private final Thread runner = Thread.currentThread();
    private final CountDownLatch isOver = new CountDownLatch(1);
    private final LastWord word;
    private volatile @Nullable Items items;

    /// From now on, for the calling thread's block.
    Interruption(ConsoleIo io, RunProgress progress) {
        this.io = io;
        this.progress = progress;
        this.word = new LastWord(this::end);
    }

    /// The group is open.
    <T extends Items> T of(T opened) {
        items = opened;
        return opened;
    }

    private void end() {
        Items running = items;
        if (running == null) {
            io.err().println("interrupted before the group was open");
            io.err().flush();
            return;
        }
        try {
            running.cancel("interrupted");
            if (!progress.awaitEnd(OUTCOMES)) {
                if (!progress.end()) {
                    running.close(); // who reads the outcomes stands still, and so does the block
                    return;
                }
                runner.interrupt(); // it may wait for a stage that hears nothing
            }
            isOver.await(CLOSE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            io.err().println(e.getMessage());
            io.err().flush();
        }
    }

    @Override
    public void close() {
        word.close();
        isOver.countDown();
    }
}
