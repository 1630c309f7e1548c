package org.stagedpipe.worker.plugin;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Calls foreign code, which may block for ever, on a virtual thread of its own.
final class Within {

    private Within() {}

    /// Waits for the result at most that long; then interrupts the call and leaves it alone.
    ///
    /// @throws ExecutionException with what the call threw
    /// @throws VirtualMachineError if the call threw that, and the process cannot be trusted any longer
    static <T> T call(String thread, Duration timeout, Callable<T> work)
            throws ExecutionException, TimeoutException, InterruptedException {
        FutureTask<T> task = new FutureTask<>(work);
        Thread runner = Thread.ofVirtual().name(thread).start(task);
        try {
            return task.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof VirtualMachineError fatal
                    && !(fatal instanceof StackOverflowError)) {
                throw fatal;
            }
            throw e;
        } catch (TimeoutException | InterruptedException e) {
            runner.interrupt();
            throw e;
        }
    }
}
