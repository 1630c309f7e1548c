package org.stagedpipe.worker.plugin;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/// Calls foreign code, which may block or compute for ever, on a thread of its own.
final class Within {

    private static final Logger LOG = LoggerFactory.getLogger(Within.class);

    private Within() {}

    /// Waits for the result at most that long; then interrupts the call and leaves it alone.
    ///
    /// @throws ExecutionException with what the call threw
    /// @throws VirtualMachineError if the call threw that, and the process cannot be trusted any longer
    static <T> T call(String thread, Duration timeout, Callable<T> work)
            throws ExecutionException, TimeoutException, InterruptedException {
        return call(thread, timeout, new FutureTask<>(work));
    }

    /// The same for a result that is to be closed.
    ///
    /// @param late gets a result that nobody waits for any more, on a thread of its own, which is not interrupted
    static <T> T call(String thread, Duration timeout, Callable<T> work, Consumer<T> late)
            throws ExecutionException, TimeoutException, InterruptedException {
        FutureTask<T> task = new FutureTask<>(work);
        try {
            return call(thread, timeout, task);
        } catch (TimeoutException | InterruptedException e) {
            ForeignThreads.unstarted(thread + "-late", () -> handOver(task, late)).start();
            throw e;
        }
    }

    private static <T> T call(String thread, Duration timeout, FutureTask<T> task)
            throws ExecutionException, TimeoutException, InterruptedException {
        Thread runner = ForeignThreads.unstarted(thread, task);
        runner.start();
        try {
            return task.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            VirtualMachineError fatal = Fatal.in(e); // a container wraps what an activator throws
            if (fatal != null) {
                throw fatal;
            }
            throw e;
        } catch (TimeoutException | InterruptedException e) {
            runner.interrupt();
            throw e;
        }
    }

    private static <T> void handOver(FutureTask<T> task, Consumer<T> late) {
        try {
            late.accept(task.get());
        } catch (ExecutionException e) {
            LOG.debug("nobody waits any more for what threw: {}", Texts.of(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
