package org.stagedpipe.runtime.run;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.client.ClientException;
import org.stagedpipe.client.GroupBuilder;
import org.stagedpipe.console.command.ConsoleContext;
import org.stagedpipe.console.command.DurationConverter;
import org.stagedpipe.console.command.ExitCode;
import org.stagedpipe.console.command.LastWord;
import org.stagedpipe.console.command.UsageException;
import org.stagedpipe.transport.CallException;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;

/// `run`: one item a line in, one outcome a line out.
@Command(
        name = "run",
        description = {
            "runs the lines of standard input as items through a plugin; a line of JSON for each"
                    + " outcome. Empty lines are left out, and have no sequence.",
            "",
            "An outcome has its sequence, from 0, and a result, a fault, or what it was aborted by."
                    + " Ends with 0 if all items are done, 7 if some failed, 1 if all did.",
            "",
            "With --local the plugin runs in this process, on the engine alone: no container, so"
                    + " what it refers to as services is not there."
        })
public final class RunCommand implements Callable<Integer> {

    private final ConsoleContext context;

    @Parameters(paramLabel = "PLUGIN", arity = "0..1", description = "the plugin's name")
    private @Nullable String plugin;

    @Option(names = "--local", paramLabel = "JAR", description = "the plugin's bundle, instead")
    private @Nullable Path jar;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "what the plugin opens the group with, JSON as a rule")
    private @Nullable Path config;

    @Option(
            names = "--version",
            paramLabel = "RANGE",
            description =
                    "a version, a range as [1.0,2), or a label (default: what new groups get)")
    private @Nullable String version;

    @Option(names = "--ordered", description = "outcomes in the order of the lines")
    private boolean ordered;

    @Option(
            names = "--keep-faulted",
            description =
                    "items that fail are kept on their coordinator for group dead-letters and group"
                            + " replay, 10,000 of a group unless its configuration says otherwise")
    private boolean keepsFaulted;

    @Option(
            names = "--following",
            description = "moves to what new groups get, between two lines, when that changes")
    private boolean following;

    @Option(
            names = "--key",
            paramLabel = "FIELD",
            description =
                    "each line is an object of JSON, and those with the same value in this field"
                            + " run one after the other")
    private @Nullable String key;

    @Option(
            names = "--deadline",
            paramLabel = "DURATION",
            converter = DurationConverter.class,
            description = "an item that takes longer in its stages fails, such as 500ms or 30s")
    private @Nullable Duration deadline;

    @Option(
            names = "--stop-at-first-fault",
            description = "the first item that fails ends the group; the others are aborted")
    private boolean stopsAtFirstFault;

    /// With what all commands share.
    public RunCommand(ConsoleContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws CallException, IOException, InterruptedException {
        if ((plugin == null) == (jar == null)) {
            throw new UsageException("expected: either PLUGIN or --local JAR");
        }
        if (jar != null) {
            refuseWithLocal("--version", version != null, "the JAR's own");
            refuseWithLocal("--following", following, "a PLUGIN");
            refuseWithLocal("--keep-faulted", keepsFaulted, "a PLUGIN");
            refuseWithLocal("--key", key != null, "a PLUGIN");
            refuseWithLocal("--deadline", deadline != null, "a PLUGIN");
            refuseWithLocal("--stop-at-first-fault", stopsAtFirstFault, "a PLUGIN");
        }
        RunProgress progress = new RunProgress(context);
        try (LineItems items = new LineItems(open(), ordered);
                LastWord _ = new LastWord(progress::end)) {
            LineInput input =
                    new LineInput(
                            context.io().in(),
                            fault -> {
                                items.refuse(fault);
                                if (stopsAtFirstFault) {
                                    items.cancel(fault.text());
                                }
                            });
            return new Lines(context.io(), input, items, progress, stopsAtFirstFault).run();
        } catch (ClientException e) {
            throw context.explained(new CallException(e.kind(), e.getMessage(), e));
        } finally {
            progress.end();
        }
    }

    private Items open() throws CallException, IOException, InterruptedException {
        byte[] configuration = read(config);
        if (jar != null) {
            return LocalItems.open(jar, configuration, ordered);
        }
        return ClusterItems.open(
                context,
                String.valueOf(plugin),
                key == null ? null : new KeyField(key),
                group -> configure(group.configuration(configuration)));
    }

    private void configure(GroupBuilder group) {
        if (version != null) {
            group.version(version);
        }
        if (ordered) {
            group.ordered();
        }
        if (following) {
            group.following();
        }
        if (keepsFaulted) {
            group.keepFaulted();
        }
        if (deadline != null) {
            group.deadline(deadline);
        }
        if (stopsAtFirstFault) {
            group.stopAtFirstFault();
        }
    }

    private static void refuseWithLocal(String option, boolean isGiven, String expected) {
        if (isGiven) {
            throw new UsageException(option + ": not with --local (expected: " + expected + ")");
        }
    }

    /// A group's configuration; empty without a file.
    static byte[] read(@Nullable Path file) {
        if (file == null) {
            return new byte[0];
        }
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UsageException("--config: " + file + " (expected: a readable file)");
        }
    }

    /// What became of the items, as an exit code.
    static int exitCode(long ok, long all) {
        if (ok == all) {
            return ExitCode.OK;
        }
        return ok > 0 ? ExitCode.PARTLY : ExitCode.FAILED;
    }
}
