package org.stagedpipe.console.command;

import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.transport.CallException;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.util.Optional;
import java.util.concurrent.Callable;

/// `plugin delete`.
@Command(
        name = "delete",
        description = "removes the bundle of a version that nothing uses; its digest is kept")
final class DeleteVersion implements Callable<Integer> {

    private final ConsoleContext context;

    @Parameters(index = "0", paramLabel = Labels.PLUGIN, description = "the plugin's name")
    private String name = "";

    @Parameters(index = "1", paramLabel = Labels.VERSION, description = "which one")
    private String version = "";

    DeleteVersion(ConsoleContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws CallException, InterruptedException {
        ProgressView progress = new ProgressView(context);
        try (AdminClient admin = context.connect()) {
            Optional<PluginEntry> result;
            try {
                result = Changes.follow(progress, () -> admin.delete(name, version, progress));
            } catch (CallException e) {
                throw PluginCommands.named(admin, name, version, e);
            }
            if (context.isJson()) {
                Changes.print(context, result, "");
            } else {
                context.print(name + " " + version + " is deleted\n");
            }
            return ExitCode.OK;
        }
    }
}
