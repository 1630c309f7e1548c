package org.stagedpipe.runtime.run;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.client.ClientException;
import org.stagedpipe.console.command.ConsoleIo;
import org.stagedpipe.engine.GroupClosedException;
import org.stagedpipe.transport.CallException;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Joins an input with a group. The calling thread writes the outcomes, a line for each; a virtual thread of its own,
/// `run-input`, reads the input.
final class Lines {

    /// A group ends after its input, if nobody cancels it.
    private static final Duration INPUT_ENDS_WITHIN = Duration.ofSeconds(1);

    private final ConsoleIo io;
    private final Input input;
    private final Items items;
    private final RunProgress progress;
    private final boolean stopsAtFirstFault;

    /// Where items come from.
    interface Input {

        /// Submits them all, and tells how many.
        void submitAll(Items items, RunProgress progress)
                throws CallException, IOException, InterruptedException;
    }

    Lines(ConsoleIo io, Input input, Items items, RunProgress progress) {
        this(io, input, items, progress, false);
    }

    /// @param stopsAtFirstFault whether the group ends with the first item that fails: the rest of the input is not waited for
    Lines(ConsoleIo io, Input input, Items items, RunProgress progress, boolean stopsAtFirstFault) {
        this.stopsAtFirstFault = stopsAtFirstFault;
        this.io = io;
        this.input = input;
        this.items = items;
        this.progress = progress;
    }

    /// Returns when each item has its outcome, or nobody reads them any more, as `head` once it has enough.
    ///
    /// @return the exit code, of the outcomes that there were
    /// @throws IOException if the input cannot be read, or the output cannot be written
    int run() throws CallException, IOException, InterruptedException {
        progress.servedBy(items::servedBy);
        FutureTask<@Nullable Void> reading = new FutureTask<>(this::submitAll);
        Thread reader = Thread.ofVirtual().name("run-input").start(reading);
        try {
            if (write() && !(stopsAtFirstFault && progress.hasFailed())) {
                reading.get(INPUT_ENDS_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (ExecutionException e) {
            if (!isOfEndedGroup(e.getCause())) {
                throw cause(e);
            }
            progress.cutOff();
        } catch (TimeoutException e) { // it was cancelled, and nobody reads what else comes
            progress.cutOff();
        } finally {
            reader.interrupt();
        }
        return progress.exitCode();
    }

    /// @return whether all that there are were written; otherwise whoever read them has enough
    private boolean write() throws IOException, InterruptedException {
        OutcomeLine line = new OutcomeLine(io.out());
        try {
            for (Outcome<byte[]> outcome = items.take(); outcome != null; outcome = items.take()) {
                Outcome<byte[]> taken = outcome;
                if (!progress.outcome(taken, () -> line.write(taken))) {
                    return false; // the process is ended, and has said how many there were
                }
            }
            return true;
        } catch (IOException e) {
            items.cancel(String.valueOf(e.getMessage())); // no item runs for nothing
            if (io.hasOutEnough()) {
                return false;
            }
            throw e;
        }
    }

    /// A group that is lost says so where its outcomes are taken.
    private static boolean isOfEndedGroup(@Nullable Throwable submitting) {
        return submitting instanceof ClientException client
                        && client.kind() != CallException.Kind.INVALID // an item that is too large
                || submitting instanceof GroupClosedException;
    }

    private static IOException cause(ExecutionException e)
            throws CallException, InterruptedException {
        return switch (e.getCause()) {
            case IOException io -> io;
            case InterruptedException interrupted -> throw interrupted;
            case CallException call -> throw call;
            case ClientException client -> throw client;
            case null, default -> throw new IllegalStateException(e);
        };
    }

    private @Nullable Void submitAll() throws CallException, IOException, InterruptedException {
        boolean complete = false;
        try {
            input.submitAll(items, progress);
            items.finish();
            complete = true;
            return null;
        } finally {
            if (!complete) {
                items.cancel("the input ended with an error");
            }
        }
    }
}
