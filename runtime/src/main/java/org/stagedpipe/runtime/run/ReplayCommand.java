package org.stagedpipe.runtime.run;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.client.ClientException;
import org.stagedpipe.client.GroupBuilder;
import org.stagedpipe.console.command.ConsoleContext;
import org.stagedpipe.console.command.DeadLetters;
import org.stagedpipe.console.command.ExitCode;
import org.stagedpipe.console.command.Labels;
import org.stagedpipe.protocol.v1.DeadLetter;
import org.stagedpipe.transport.CallException;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/// `group replay`: the items of a group that failed, once more, in a new group.
@Command(
        name = "replay",
        description = {
            "runs the items of a group that failed and were kept through another version; a line of"
                    + " JSON for each outcome, with the item's sequence in its old group",
            "",
            "The items stay where they are until group dead-letters --drop, or their time is over;"
                + " those that fail once more are kept for the new group too, as far as there is"
                + " room for both: see group dead-letters before you drop the old ones."
                + " Configurations are never kept: the new group gets the one that is given here."
                + " Ends with 0 if all items are done, 7 if some failed, were not kept, or a"
                + " coordinator did not answer, 1 if all failed."
        })
public final class ReplayCommand implements Callable<Integer> {

    private final ConsoleContext context;

    @Parameters(
            paramLabel = Labels.DEAD_LETTERS,
            description = "whose items; the first digits of its ID suffice")
    private String id = "";

    @Option(
            names = "--version",
            paramLabel = "RANGE",
            required = true,
            description = "the plugin's version, a range as [1.0,2), or a label")
    private String version = "";

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "what the plugin opens the group with, JSON as a rule")
    private @Nullable Path config;

    @Option(names = "--ordered", description = "outcomes in the order in which the items failed")
    private boolean ordered;

    /// With what all commands share.
    public ReplayCommand(ConsoleContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws CallException, IOException, InterruptedException {
        byte[] configuration = RunCommand.read(config);
        RunProgress progress = new RunProgress(context);
        try (Interruption interruption = new Interruption(context.io(), progress);
                DeadLetters letters = DeadLetters.find(context, id);
                Numbered items =
                        interruption.of(
                                new Numbered(
                                        ClusterItems.open(
                                                context,
                                                letters.plugin().getName(),
                                                null,
                                                group(configuration, isKeyed(letters)))))) {
            Lines.Input input =
                    (to, told) ->
                            letters.client()
                                    .read(
                                            letters.group(),
                                            true,
                                            (letter, data) -> {
                                                submit(items, letter, data, told);
                                                return true;
                                            });
            int done = letters.exitCode(new Lines(context.io(), input, items, progress).run());
            return done == ExitCode.OK && letters.dropped() > 0 ? ExitCode.PARTLY : done;
        } catch (ClientException e) {
            throw new CallException(e.kind(), e.getMessage(), e);
        } finally {
            progress.end();
        }
    }

    private static void submit(Numbered items, DeadLetter letter, byte[] data, RunProgress progress)
            throws InterruptedException {
        progress.submitted(); // before it can have an outcome
        try {
            items.submit(letter, data);
        } catch (RuntimeException | InterruptedException e) { // the group has ended
            progress.notSubmitted();
            throw e;
        }
    }

    private Consumer<GroupBuilder> group(byte[] configuration, boolean isKeyed) {
        return builder -> {
            builder.version(version).configuration(configuration).keepFaulted();
            if (ordered) {
                builder.ordered();
            }
            if (isKeyed) {
                builder.keyed();
            }
        };
    }

    /// Items of one key run in their order here too.
    private static boolean isKeyed(DeadLetters letters) throws CallException, InterruptedException {
        AtomicBoolean isKeyed = new AtomicBoolean();
        letters.client()
                .read(
                        letters.group(),
                        false,
                        (letter, _) -> {
                            isKeyed.set(letter.getKey() != 0);
                            return false; // all have keys, or none
                        });
        return isKeyed.get();
    }

    /// A group whose items have the numbers that they had in another one.
    private static final class Numbered implements Items {

        private final ClusterItems items;
        private final List<Long> numbers = new ArrayList<>(); // guarded by this

        Numbered(ClusterItems items) {
            this.items = items;
        }

        void submit(DeadLetter letter, byte[] item) throws InterruptedException {
            synchronized (this) {
                numbers.add(letter.getFault().getSequence());
            }
            items.submit(letter.getKey(), item);
        }

        @Override
        public @Nullable Outcome<byte[]> take() throws InterruptedException {
            Outcome<byte[]> outcome = items.take();
            return switch (outcome) {
                case null -> null;
                case Outcome.Ok<byte[]> ok -> new Outcome.Ok<>(number(ok), ok.data());
                case Outcome.Failed<byte[]> failed ->
                        new Outcome.Failed<>(number(failed), failed.fault());
                case Outcome.Aborted<byte[]> aborted ->
                        new Outcome.Aborted<>(number(aborted), aborted.fault());
            };
        }

        private synchronized long number(Outcome<?> outcome) {
            return numbers.get(Math.toIntExact(outcome.sequence()));
        }

        @Override
        public String servedBy() {
            return items.servedBy();
        }

        @Override
        public void submit(byte[] item) {
            throw new UnsupportedOperationException("an item without a number");
        }

        @Override
        public void finish() {
            items.finish();
        }

        @Override
        public void cancel(String reason) {
            items.cancel(reason);
        }

        @Override
        public void close() throws IOException {
            items.close();
        }
    }
}
