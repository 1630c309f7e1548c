package org.stagedpipe.console.command;

import org.stagedpipe.protocol.v1.PluginEntry;

import java.util.Optional;

/// How the end of a change is told.
final class Changes {

    private Changes() {}

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
