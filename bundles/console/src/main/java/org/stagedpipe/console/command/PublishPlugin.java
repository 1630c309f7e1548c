package org.stagedpipe.console.command;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.PublishBegin;
import org.stagedpipe.transport.CallException;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;

/// `plugin install`, `plugin update` and `plugin verify`: the same upload with another wish.
@Command
final class PublishPlugin implements Callable<Integer> {

    private final ConsoleContext context;
    private final PublishBegin.Mode mode;

    @Parameters(
            paramLabel = Labels.JAR,
            description =
                    "the plugin's bundle, at most 100 MiB; in an overseer's shell a file of the"
                            + " overseer's machine")
    private Path jar = Path.of("");

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            converter = DurationConverter.class,
            description = "for all workers together, 30s say (default: the overseer's)")
    private @Nullable Duration timeout;

    private PublishPlugin(ConsoleContext context, PublishBegin.Mode mode) {
        this.context = context;
        this.mode = mode;
    }

    static CommandLine create(ConsoleContext context, PublishBegin.Mode mode) {
        PublishPlugin publish = new PublishPlugin(context, mode);
        CommandLine command = new CommandLine(publish);
        command.getCommandSpec().usageMessage().description(publish.description());
        return command;
    }

    @Override
    public Integer call() throws CallException, IOException, InterruptedException {
        ProgressView progress = new ProgressView(context);
        try (AdminClient admin = context.connect()) {
            Optional<PluginEntry> result = admin.publish(mode, jar, timeout, progress);
            progress.end();
            Changes.print(context, result, jar.getFileName() + " " + done());
            return ExitCode.OK;
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        } finally {
            progress.end();
        }
    }

    private String description() {
        return switch (mode) {
            case INSTALL -> "installs a new plugin on all workers";
            case UPDATE -> "installs a new version beside the old one; new groups get it";
            default -> "checks whether a bundle could be installed; changes nothing";
        };
    }

    private String done() {
        return switch (mode) {
            case INSTALL -> "is installed";
            case UPDATE -> "is what new groups get";
            default -> "can be installed";
        };
    }
}
