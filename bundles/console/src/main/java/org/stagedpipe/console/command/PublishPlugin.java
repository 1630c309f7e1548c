package org.stagedpipe.console.command;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.PublishBegin;
import org.stagedpipe.protocol.v1.RolloutEntry;
import org.stagedpipe.transport.CallException;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;

/// `plugin install`, `plugin update` and `plugin verify`: the same upload with another wish.
@Command
final class PublishPlugin implements Callable<Integer> {

    private final ConsoleContext context;
    private final PublishBegin.Mode mode;
    private final CanaryOptions canary =
            new CanaryOptions(); // on the command line of an update only

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
        if (mode == PublishBegin.Mode.UPDATE) {
            publish.canary.addTo(command);
        }
        command.getCommandSpec().usageMessage().description(publish.description());
        return command;
    }

    @Override
    public Integer call() throws CallException, IOException, InterruptedException {
        ProgressView progress = new ProgressView(context);
        RolloutWatch watch = new RolloutWatch(progress);
        try (LastingOverseer overseer = new LastingOverseer(context, progress);
                LastWord _ = new LastWord(() -> leave(progress, watch))) {
            Optional<PluginEntry> result = publish(overseer, progress, watch);
            progress.end();
            if (canary.isDryRun()) {
                return planned(watch);
            }
            watch.plan().forEach(context::note);
            if (!await(overseer, progress, id(watch))) {
                begun(id(watch));
                return ExitCode.OK;
            }
            Changes.print(
                    context, shown(current(overseer, result)), jar.getFileName() + " " + done());
            return ExitCode.OK;
        } catch (CallException e) {
            if (watch.isRolledBack()) {
                throw new RolledBackException("rolled back: " + e.getMessage());
            }
            throw inWordsOfTheCommand(e);
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            leave(progress, watch);
            throw e;
        } finally {
            progress.end();
        }
    }

    /// The overseer does not know what the command line has for it.
    private static CallException inWordsOfTheCommand(CallException e) {
        String text = e.getMessage().replace("first workers: ", "--canary-workers: ");
        return new CallException(e.kind(), text + remedy(text), e);
    }

    private static String remedy(String refusal) {
        if (refusal.contains(" does not resolve on worker ")
                && refusal.contains("missing package ")) {
            return "; library publish JAR brings a bundle that others need";
        }
        return refusal.contains(" is not signed, and worker ")
                ? "; plugin sign and library sign make one"
                : "";
    }

    /// If the overseer is lost, or silent, while it pushes, the rollout's fate is what it or the next one makes of it.
    private Optional<PluginEntry> publish(
            LastingOverseer overseer, ProgressView progress, RolloutWatch watch)
            throws CallException, IOException, InterruptedException {
        try {
            return overseer.publish(
                    AdminClient.Wish.of(mode, canary.policy(), canary.isDryRun()),
                    jar,
                    timeout,
                    watch);
        } catch (CallException e) {
            RolloutEntry begun = watch.last();
            if (begun == null || !LastingOverseer.isLost(e) || watch.isRolledBack()) {
                throw e;
            }
            if (canary.isAwaited()) {
                RolloutWatch.await(overseer, progress, begun.getId());
            } else {
                RolloutWatch.awaitTried(overseer, progress, begun.getId());
            }
            String name = begun.getTo().getName();
            return Optional.of(overseer.ask(admin -> admin.plugin(name)));
        }
    }

    /// Ctrl-C ends the command line, and interrupts the thread of a shell's command; what was begun goes on.
    private void leave(ProgressView progress, RolloutWatch watch) {
        String id = id(watch);
        if (id.isEmpty()) {
            if (mode != PublishBegin.Mode.VERIFY && !canary.isDryRun()) {
                progress.leave("rollout list, audit list");
            }
        } else if (!watch.isRolledBack()) {
            progress.end();
            context.note(
                    "rollout "
                            + id
                            + " goes on: see rollout status "
                            + id
                            + " --watch, rollout abort "
                            + id
                            + " ends it");
        }
    }

    private void begun(String rollout) {
        if (context.isJson()) {
            context.printJson(Map.of("rollout", rollout));
        } else {
            context.print("rollout " + rollout + " has begun\n");
        }
    }

    private int planned(RolloutWatch watch) {
        if (context.isJson()) {
            context.printJson(Map.of("plan", watch.plan()));
        } else {
            watch.plan().forEach(line -> context.print(line + "\n"));
        }
        return ExitCode.OK;
    }

    /// False if there is a canary that is not to be waited for.
    private boolean await(LastingOverseer overseer, ProgressView progress, String id)
            throws CallException, InterruptedException {
        if (mode != PublishBegin.Mode.UPDATE || canary.policy() == null || id.isEmpty()) {
            return true;
        }
        if (canary.isAwaited()) {
            String text = RolloutWatch.await(overseer, progress, id).getText();
            if (!text.isEmpty()) {
                context.note("rollout " + id + ": " + text); // also what could not be judged
            }
        }
        return canary.isAwaited();
    }

    private static String id(RolloutWatch watch) {
        RolloutEntry last = watch.last();
        return last == null ? "" : last.getId();
    }

    /// What was published, as it is after its rollout.
    private Optional<PluginEntry> current(LastingOverseer overseer, Optional<PluginEntry> published)
            throws CallException, InterruptedException {
        if (canary.policy() == null || published.isEmpty()) {
            return published;
        }
        String name = published.get().getName();
        return Optional.of(overseer.ask(admin -> admin.plugin(name)));
    }

    /// Where nothing is changed a line would name what is routed.
    private Optional<PluginEntry> shown(Optional<PluginEntry> entry) {
        return context.isJson() || mode != PublishBegin.Mode.VERIFY ? entry : Optional.empty();
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
