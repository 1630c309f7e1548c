package org.stagedpipe.console.command;

import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.protocol.v1.GroupEntry;
import org.stagedpipe.transport.CallException;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.util.List;
import java.util.concurrent.Callable;

/// `group`: what runs.
@Command(name = "group", description = "shows, explains and cancels request groups")
public final class GroupCommands {

    private GroupCommands() {}

    /// The command with those below it.
    public static CommandLine create(ConsoleContext context) {
        return new CommandLine(new GroupCommands())
                .addSubcommand(new ListGroups(context))
                .addSubcommand(new DescribeGroup(context))
                .addSubcommand(new GroupWhy(context))
                .addSubcommand(new CancelGroup(context))
                .addSubcommand(new GroupDeadLetters(context));
    }

    @Command(name = "list", description = "lists the open groups")
    private record ListGroups(ConsoleContext context) implements Callable<Integer> {

        @Override
        public Integer call() throws CallException, InterruptedException {
            List<GroupView> groups;
            try (AdminClient admin = context.connect()) {
                groups = admin.groups().stream().map(GroupView::of).toList();
            }
            if (context.isJson()) {
                context.printJson(groups);
                return ExitCode.OK;
            }
            Table table =
                    new Table(
                            "ID",
                            "PLUGIN",
                            "VERSION",
                            "STATE",
                            "COORDINATOR",
                            "ACCEPTED",
                            "OK",
                            "FAILED",
                            "ABORTED",
                            "CLIENT");
            for (GroupView group : groups) {
                table.row(
                        group.id(),
                        group.plugin(),
                        group.version(),
                        group.state(),
                        group.coordinator(),
                        group.accepted(),
                        group.ok(),
                        group.failed(),
                        group.aborted(),
                        group.client());
            }
            context.print(table.text(context.isColored()));
            return ExitCode.OK;
        }
    }

    @Command(name = "describe", description = "shows all that is known of an open group")
    private static final class DescribeGroup implements Callable<Integer> {

        private final ConsoleContext context;

        @Parameters(paramLabel = Labels.GROUP, description = "the first digits of its ID suffice")
        private String id = "";

        DescribeGroup(ConsoleContext context) {
            this.context = context;
        }

        @Override
        public Integer call() throws CallException, InterruptedException {
            GroupView group;
            try (AdminClient admin = context.connect()) {
                group = GroupView.of(GroupId.find(id, admin.groups()));
            }
            if (context.isJson()) {
                context.printJson(group);
            } else {
                context.print(text(group).text(context.isColored()));
            }
            return ExitCode.OK;
        }

        private static Table text(GroupView group) {
            long open = group.accepted() - group.ok() - group.failed() - group.aborted();
            return new Table("GROUP", group.id())
                    .row("plugin", group.plugin())
                    .row("version", group.version())
                    .row("state", group.state())
                    .row("coordinator", group.coordinator())
                    .row("workers", String.join(", ", group.workers()))
                    .row("client", group.client())
                    .row("opened", Values.orEmpty(group.opened()))
                    .row("ordered", group.ordered() ? "yes" : "no")
                    .row("following", group.following() ? "yes" : "no")
                    .row("accepted", group.accepted())
                    .row("ok", group.ok())
                    .row("failed", group.failed())
                    .row("aborted", group.aborted())
                    .row("on their way", open);
        }
    }

    @Command(name = "cancel", description = "cancels a group; its open items end as aborted")
    private static final class CancelGroup implements Callable<Integer> {

        private final ConsoleContext context;

        @Parameters(paramLabel = Labels.GROUP, description = "the first digits of its ID suffice")
        private String id = "";

        @Option(
                names = "--reason",
                paramLabel = "TEXT",
                defaultValue = "cancelled by an operator",
                description = "what its client is told (default: ${DEFAULT-VALUE})")
        private String reason = "";

        CancelGroup(ConsoleContext context) {
            this.context = context;
        }

        @Override
        public Integer call() throws CallException, InterruptedException {
            GroupEntry group;
            List<String> away;
            try (AdminClient admin = context.connect()) {
                group = GroupId.find(id, admin.groups());
                away = admin.cancel(group.getSummary().getGroup(), reason);
            }
            String text = GroupId.text(group.getSummary().getGroup());
            if (context.isJson()) {
                context.printJson(new Cancelled(text, reason, away));
            } else {
                context.print("group " + text + " is cancelled" + later(away) + "\n");
            }
            return away.isEmpty() ? ExitCode.OK : ExitCode.PARTLY;
        }

        private static String later(List<String> away) {
            return away.isEmpty()
                    ? ""
                    : " when "
                            + String.join(", ", away)
                            + " is back or its client goes on elsewhere, within five minutes";
        }

        private record Cancelled(String id, String reason, List<String> away) {}
    }
}
