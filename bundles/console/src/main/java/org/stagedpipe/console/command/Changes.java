package org.stagedpipe.console.command;

import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.transport.CallException;

import java.util.Optional;

/// How a change is followed, and its end told.
final class Changes {

    private Changes() {}

    /// @param <X> what else may be thrown
    @FunctionalInterface
    interface Change<T, X extends Exception> {
        T make() throws CallException, InterruptedException, X;
    }

    /// Waits for a change. Ctrl-C ends the command line, and interrupts the thread of a shell's command; the change goes on, and
    /// that is said.
    ///
    /// @param progress hears of its steps
    static <T, X extends Exception> T follow(ProgressView progress, Change<T, X> change)
            throws CallException, InterruptedException, X {
        try (LastWord _ = new LastWord(() -> progress.leave("audit list"))) {
            return change.make();
        } catch (InterruptedException e) {
            progress.leave("audit list");
            throw e;
        } finally {
            progress.end(); // before a failure is told
        }
    }

    /// As JSON the plugin after the change, otherwise one line.
    static void print(ConsoleContext context, Optional<PluginEntry> result, String otherwise) {
        if (context.isJson()) {
            context.printJson(PluginView.of(result.orElse(PluginEntry.getDefaultInstance())));
            return;
        }
        Optional<PluginView> plugin = result.map(PluginView::of);
        context.print(
                otherwise
                        + plugin.filter(p -> !p.currentVersion().isEmpty())
                                .map(p -> ": " + p.name() + " " + p.currentVersion())
                                .orElse("")
                        + "\n");
    }
}
