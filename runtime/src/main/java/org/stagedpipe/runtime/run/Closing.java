package org.stagedpipe.runtime.run;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/// Waits for what a plugin may hold up for ever, on a thread of its own, `run-close`, and says so.
///
/// @param within how long it is waited for
/// @param says gets a text for a person once a fifth of that is over
record Closing(Duration within, Consumer<String> says) {

    /// What may take its time.
    interface Step {
        void run() throws Exception;
    }

    /// Runs it.
    ///
    /// @param what is waited for, for a person
    /// @throws ExecutionException if it threw that
    /// @throws IOException if it takes longer; it is interrupted then, and let alone
    void run(String what, Step step) throws ExecutionException, InterruptedException, IOException {
        FutureTask<@Nullable Void> task =
                new FutureTask<>(() -> {
                    step.run();
                    return null;
                });
        Thread closer = Thread.ofPlatform().daemon().name("run-close").start(task);
        long first = within.toMillis() / 5;
        try {
            try {
                task.get(first, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                says.accept("waiting for " + what + ", at most " + within.toSeconds() + " s");
                task.get(within.toMillis() - first, TimeUnit.MILLISECONDS);
            }
        } catch (TimeoutException e) {
            StackTraceElement[] at = closer.getStackTrace();
            closer.interrupt();
            throw new IOException(
                    what
                            + ": not ended within "
                            + within.toSeconds()
                            + " s"
                            + (at.length == 0 ? "" : ", at " + at[0]));
        }
    }
}
