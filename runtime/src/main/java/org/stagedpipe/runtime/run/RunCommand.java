package org.stagedpipe.runtime.run;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.client.ClientException;
import org.stagedpipe.client.GroupBuilder;
import org.stagedpipe.console.command.ConsoleContext;
import org.stagedpipe.console.command.DurationConverter;
import org.stagedpipe.console.command.ExitCode;
import org.stagedpipe.console.command.UsageException;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.worker.secret.Secrets;

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
                + " outcome. Lines that are empty, or have only spaces and tabs, are left out, and"
                + " have no sequence.",
            "",
            "An outcome has its sequence, from 0, and a result, a fault, or what it was aborted by:"
                    + " an item that is aborted may have run, partly or wholly.",
            "",
            "Ends with 0 if all lines were sent and all items are done; with 7 if some are done,"
                + " and others failed, were aborted, or were not sent as the group had ended; with"
                + " 1 if none is done, or the group was not opened or is lost (3 if no overseer or"
                + " coordinator answers); with 2 if the command line is wrong.",
            "",
            "Ctrl-C cancels the group; for at most 2 s the outcomes are written that still come,"
                    + " what is not done as aborted, then the counts. Ends with 130 then, 143 if by"
                    + " SIGTERM.",
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
            names = "--secrets",
            paramLabel = "DIR",
            description =
                    "with --local: the secrets that the configuration names, in it a folder for"
                            + " each plugin with a file for each secret")
    private @Nullable Path secrets;

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
                        + " run one after the other; 1 and \"1\" are the same value, 1 and 1.0 are"
                        + " not")
    private @Nullable String key;

    @Option(
            names = "--deadline",
            paramLabel = "DURATION",
            converter = DurationConverter.class,
            description =
                    "an item that takes longer in its stages fails, such as 500ms or 30s; stages"
                            + " that hear no interrupt go on, and too many end their worker"
                            + " (recycleAfterStuckStages)")
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
        if (jar == null && secrets != null) {
            throw new UsageException(
                    "--secrets: not with PLUGIN, whose workers have them (expected: with --local)");
        }
        RunProgress progress = new RunProgress(context);
        try (Interruption interruption = new Interruption(context.io(), progress);
                LineItems items = interruption.of(new LineItems(open(), ordered))) {
            LineInput input =
                    new LineInput(
                            context.io().in(),
                            fault -> {
                                items.refuse(fault);
                                if (stopsAtFirstFault) {
                                    items.cancel(fault.text());
                                }
                            });
            int done = new Lines(context.io(), input, items, progress, stopsAtFirstFault).run();
            progress.end(); // before what is open is closed
            return done;
        } catch (ClientException e) {
            throw context.explained(new CallException(e.kind(), e.getMessage(), e));
        } finally {
            progress.end();
        }
    }

    private Items open() throws CallException, IOException, InterruptedException {
        byte[] configuration = read(config);
        if (jar != null) {
            return LocalItems.open(
                    jar,
                    new LocalItems.Setup(
                            configuration,
                            ordered,
                            new Secrets(folder(secrets)),
                            new Closing(LocalItems.CLOSE_WITHIN, this::say)));
        }
        return ClusterItems.open(
                context,
                String.valueOf(plugin),
                key == null ? null : new KeyField(key),
                group -> configure(group.configuration(configuration)));
    }

    private void say(String text) {
        context.io().err().println(text);
        context.io().err().flush();
    }

    private static @Nullable Path folder(@Nullable Path given) {
        if (given != null && !Files.isDirectory(given)) {
            throw new UsageException("--secrets: " + given + " (expected: a folder)");
        }
        return given;
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
    ///
    /// @param isCutOff whether there were lines that could not become items
    static int exitCode(long ok, long all, boolean isCutOff) {
        if (ok == all && !isCutOff) {
            return ExitCode.OK;
        }
        return ok > 0 ? ExitCode.PARTLY : ExitCode.FAILED;
    }
}
