package org.stagedpipe.console.command;

import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.transport.CallException;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.util.Optional;
import java.util.concurrent.Callable;

/// `plugin uninstall`.
@Command(
        name = "uninstall",
        description = "takes a plugin out of the cluster; groups in progress finish")
final class UninstallPlugin implements Callable<Integer> {

    private final ConsoleContext context;

    @Parameters(paramLabel = Labels.PLUGIN, description = "the plugin's name")
    private String name = "";

    UninstallPlugin(ConsoleContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws CallException, InterruptedException {
        ProgressView progress = new ProgressView(context);
        try (AdminClient admin = context.connect()) {
            Optional<PluginEntry> result;
            try {
                result = Changes.follow(progress, () -> admin.uninstall(name, progress));
            } catch (CallException e) {
                throw PluginCommands.named(admin, name, e);
            }
            if (context.isJson()) {
                Changes.print(
                        context,
                        Optional.of(result.orElse(PluginEntry.newBuilder().setName(name).build())),
                        "");
            } else {
                context.print(name + " is uninstalled\n");
            }
            return ExitCode.OK;
        }
    }
}
