package org.stagedpipe.console.command;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.transport.CallException;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;

/// `plugin rollback`.
@Command(name = "rollback", description = "gives new groups an older version")
final class RollbackPlugin implements Callable<Integer> {

    private final ConsoleContext context;

    @Parameters(paramLabel = Labels.PLUGIN, description = "the plugin's name")
    private String name = "";

    @Option(
            names = "--version",
            paramLabel = Labels.VERSION,
            description =
                    "which one (default: the one before the current one, which no range gets then;"
                            + " with another one, ranges may still get it)")
    private @Nullable String version;

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            converter = DurationConverter.class,
            description = "for all workers together, 30s say (default: the overseer's)")
    private @Nullable Duration timeout;

    RollbackPlugin(ConsoleContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws CallException, InterruptedException {
        ProgressView progress = new ProgressView(context);
        try (LastingOverseer overseer = new LastingOverseer(context, progress)) {
            Optional<PluginEntry> result =
                    Changes.follow(progress, () -> rollback(overseer, progress));
            Changes.print(context, result, name + " is rolled back");
            return ExitCode.OK;
        }
    }

    private Optional<PluginEntry> rollback(LastingOverseer overseer, ProgressView progress)
            throws CallException, InterruptedException {
        AdminClient admin = overseer.admin();
        try {
            RollbackFate fate = RollbackFate.ofNext(admin, name, version);
            try {
                return admin.rollback(name, version, timeout, progress);
            } catch (CallException e) {
                if (!LastingOverseer.isLost(e)) {
                    throw e;
                }
                return Optional.of(fate.await(overseer, e));
            }
        } catch (CallException e) {
            throw PluginCommands.named(overseer.admin(), name, version, e);
        }
    }
}
