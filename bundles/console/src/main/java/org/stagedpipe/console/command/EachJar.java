package org.stagedpipe.console.command;

import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// What a command does with each of several files: one that fails keeps no other from it, unless the overseer is lost.
///
/// @param work on one file
/// @param line that says for a person what was done
record EachJar<T>(ConsoleContext context, Work<T> work, Function<T, String> line) {

    @FunctionalInterface
    interface Work<T> {
        T on(Path jar) throws CallException, IOException, InterruptedException;
    }

    /// Prints what was done: a line for each, or one array; that also if its thread is interrupted, as an operator does in a
    /// console. A program that a signal ends prints no array.
    ///
    /// @throws InterruptedException with the [SeveralException] of what failed before, suppressed
    /// @throws SeveralException if some failed
    void of(List<Path> jars) throws InterruptedException, SeveralException {
        List<T> done = new ArrayList<>();
        List<Exception> failures = new ArrayList<>();
        try {
            each(jars, done, failures);
        } catch (InterruptedException e) {
            if (!failures.isEmpty()) {
                e.addSuppressed(new SeveralException(failures, !done.isEmpty()));
            }
            throw e;
        } finally {
            if (context.isJson() && !done.isEmpty()) {
                context.printJson(done);
            }
        }
        if (!failures.isEmpty()) {
            throw new SeveralException(failures, !done.isEmpty());
        }
    }

    private void each(List<Path> jars, List<T> done, List<Exception> failures)
            throws InterruptedException {
        for (int i = 0; i < jars.size(); i++) {
            try {
                T one = work.on(jars.get(i));
                done.add(one);
                if (!context.isJson()) {
                    context.print(line.apply(one) + "\n");
                }
            } catch (IllegalArgumentException e) {
                failures.add(new UsageException(String.valueOf(e.getMessage())));
            } catch (IOException e) {
                failures.add(e);
            } catch (CallException e) {
                boolean isLost = e.kind() == Kind.UNREACHABLE || e.kind() == Kind.TIMED_OUT;
                List<Path> left = isLost ? jars.subList(i + 1, jars.size()) : List.of();
                failures.add(new CallException(e.kind(), text(jars.get(i), e, left), e));
                if (isLost) {
                    return;
                }
            }
        }
    }

    private static String text(Path jar, CallException failure, List<Path> left) {
        String name = jar.getFileName() + ": ";
        String text = failure.getMessage();
        return (text.startsWith(name) ? "" : name)
                + text
                + (left.isEmpty()
                        ? ""
                        : "; not tried: "
                                + String.join(", ", left.stream().map(Path::toString).toList()));
    }
}
