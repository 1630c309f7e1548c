package org.stagedpipe.console.command;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.transport.CallException;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.util.concurrent.Callable;

/// `plugin label`.
@Command(
        name = "label",
        description =
                "gives a version a name, stable say, that clients and commands may use in its"
                        + " place")
final class LabelVersion implements Callable<Integer> {

    private final ConsoleContext context;

    @Parameters(index = "0", paramLabel = Labels.PLUGIN, description = "the plugin's name")
    private String name = "";

    @Parameters(
            index = "1",
            paramLabel = Labels.LABEL,
            description = "a letter, then letters, digits, _ and -, at most 50")
    private String label = "";

    @Parameters(
            index = "2",
            arity = "0..1",
            paramLabel = Labels.VERSION,
            description = "which version has it from now on")
    private @Nullable String version;

    @Option(names = "--remove", description = "no version has it from now on")
    private boolean remove;

    LabelVersion(ConsoleContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws CallException, InterruptedException {
        if (remove == (version != null)) {
            throw new UsageException("expected: either VERSION or --remove");
        }
        PluginEntry after;
        try (AdminClient admin = context.connect()) {
            try {
                after = admin.label(name, version, label);
            } catch (CallException e) {
                throw PluginCommands.named(admin, name, version, e);
            }
        }
        if (context.isJson()) {
            context.printJson(PluginView.of(after));
        } else {
            context.print(
                    version == null
                            ? "no version of " + name + " is " + label + "\n"
                            : name + " " + version + " is " + label + "\n");
        }
        return ExitCode.OK;
    }
}
