package org.stagedpipe.console.command;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.console.admin.DeadLetterClient;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/// `group dead-letters`: what failed in groups that asked for it to be kept.
@Command(
        name = "dead-letters",
        description = {
            "shows the items that failed in groups which keep them, also of groups that are over",
            "",
            "With --export each item is a line of JSON, with its bytes: as \"item\" if they are"
                    + " JSON, otherwise as \"base64\"."
        })
final class GroupDeadLetters implements Callable<Integer> {

    private final ConsoleContext context;

    @Parameters(
            paramLabel = Labels.DEAD_LETTERS,
            arity = "0..1",
            description =
                    "whose items; the first digits of its ID suffice (default: lists the groups)")
    private @Nullable String id;

    @Option(names = "--export", description = "write the items with their bytes, one a line")
    private boolean export;

    @Option(names = "--drop", description = "remove them")
    private boolean drop;

    GroupDeadLetters(ConsoleContext context) {
        this.context = context;
    }

    @Override
    public Integer call()
            throws CallException, IOException, InterruptedException, SeveralException {
        if (export && drop) {
            throw new UsageException("--export and --drop (expected: one of them)");
        }
        if (id == null) {
            if (export || drop) {
                throw new UsageException("expected: a group, with --export and --drop");
            }
            return list();
        }
        try (DeadLetters letters = DeadLetters.find(context, id)) {
            if (drop) {
                drop(letters);
            } else if (export) {
                export(letters);
            } else {
                show(letters);
            }
            return letters.exitCode(ExitCode.OK);
        }
    }

    private int list() throws CallException, InterruptedException {
        try (DeadLetterClient client = DeadLetters.connect(context)) {
            List<DeadLetterGroupView> groups =
                    client.list().stream().map(DeadLetterGroupView::of).toList();
            DeadLetters.warn(context, client);
            if (context.isJson()) {
                context.printJson(groups);
            } else {
                context.print(table(groups).text(context.isColored()));
            }
            return client.silent().isEmpty() ? ExitCode.OK : ExitCode.PARTLY;
        }
    }

    private static Table table(List<DeadLetterGroupView> groups) {
        Table table =
                new Table(
                        "GROUP",
                        "PLUGIN",
                        "VERSION",
                        "COORDINATOR",
                        "KEPT",
                        "DROPPED",
                        "BYTES",
                        "LAST",
                        "CLIENT");
        for (DeadLetterGroupView group : groups) {
            table.row(
                    group.id(),
                    group.plugin(),
                    group.version(),
                    group.coordinator(),
                    group.kept(),
                    group.dropped(),
                    Values.bytes(group.bytes()),
                    Values.orEmpty(group.last()),
                    group.client());
        }
        return table;
    }

    private void show(DeadLetters letters) throws CallException, InterruptedException {
        List<DeadLetterView> all = new ArrayList<>();
        letters.client()
                .read(letters.group(), false, (letter, _) -> all.add(DeadLetterView.of(letter)));
        if (context.isJson()) {
            context.printJson(all);
            return;
        }
        Table table =
                new Table(
                        "SEQUENCE", "VERSION", "KIND", "STAGE", "ATTEMPT", "BYTES", "TIME", "TEXT");
        for (DeadLetterView letter : all) {
            table.row(
                    letter.sequence(),
                    letter.version(),
                    letter.kind(),
                    letter.stage(),
                    letter.attempt(),
                    letter.bytes(),
                    Values.orEmpty(letter.time()),
                    letter.text());
        }
        context.print(table.text(context.isColored()));
    }

    /// As long as somebody reads it.
    private void export(DeadLetters letters) throws CallException, InterruptedException {
        letters.client()
                .read(
                        letters.group(),
                        true,
                        (letter, data) -> {
                            ObjectNode line = ItemJson.line(DeadLetterView.of(letter));
                            if (letter.getKey() == 0) { // its group has none
                                line.remove("key");
                            }
                            try {
                                ItemJson.put(line, "item", data);
                                context.io().out().write(ItemJson.bytes(line));
                            } catch (IOException e) {
                                throw new CallException(
                                        Kind.INTERNAL, "item " + letter + ": " + e, e);
                            }
                            context.io().out().write('\n');
                            return !context.io().out().checkError();
                        });
    }

    /// @throws SeveralException if a coordinator did not answer
    private void drop(DeadLetters letters) throws InterruptedException, SeveralException {
        DeadLetterClient.Dropped dropped = letters.client().drop(letters.group());
        boolean isSome = !dropped.coordinators().isEmpty();
        String id = GroupId.text(letters.group());
        if (context.isJson()) {
            context.printJson(new Dropped(id, isSome));
        } else if (isSome || dropped.failures().isEmpty()) {
            context.print(
                    "dead letters of group "
                            + id
                            + " are removed"
                            + (isSome ? " on " + String.join(", ", dropped.coordinators()) : "")
                            + "\n");
        }
        if (!dropped.failures().isEmpty()) {
            throw new SeveralException(dropped.failures(), isSome);
        }
    }

    private record Dropped(String id, boolean dropped) {}
}
