package org.stagedpipe.console.command;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.console.command.NodeView.LoadView;
import org.stagedpipe.console.command.NodeView.MemoryView;
import org.stagedpipe.console.command.PluginVersionView.StatusView;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;

/// `node`: what nodes there are, and which of them get new work.
@Command(name = "node", description = "shows the nodes of the cluster, keeps new work from them")
public final class NodeCommands {

    private NodeCommands() {}

    /// The command with those below it.
    public static CommandLine create(ConsoleContext context) {
        return new CommandLine(new NodeCommands())
                .addSubcommand(new ListNodes(context))
                .addSubcommand(new DescribeNode(context))
                .addSubcommand(new CordonNode.Cordon(context))
                .addSubcommand(new CordonNode.Drain(context))
                .addSubcommand(new CordonNode.Resume(context))
                .addSubcommand(new ForgetNode(context));
    }

    private static List<NodeView> nodes(ConsoleContext context)
            throws CallException, InterruptedException {
        try (AdminClient admin = context.connect()) {
            return admin.nodes().stream().map(NodeView::of).toList();
        }
    }

    /// The failure of a call that named a node, with what was probably meant.
    ///
    /// @param what a node, or an overseer only
    static CallException named(AdminClient admin, String name, String what, CallException failure)
            throws CallException, InterruptedException {
        if (failure.kind() != Kind.NOT_FOUND) {
            return failure;
        }
        List<String> names =
                admin.nodes().stream()
                        .filter(node -> what.equals("node") || node.getRole() == Role.OVERSEER)
                        .map(NodeEntry::getName)
                        .toList();
        if (names.contains(name)) {
            return failure; // to be cordoned an overseer, or one that is lost
        }
        String hint = Nearest.hint(name, names, what + "s");
        return PluginCommands.notFound(
                what, name, "there is no such " + what + "; " + hint, failure);
    }

    @Command(name = "list", description = "lists the nodes with what they have to do")
    private record ListNodes(ConsoleContext context) implements Callable<Integer> {

        @Override
        public Integer call() throws CallException, InterruptedException {
            List<NodeView> nodes = nodes(context);
            if (context.isJson()) {
                context.printJson(nodes);
                return ExitCode.OK;
            }
            Table table =
                    new Table(
                            "NAME", "ROLE", "ADDRESS", "STATE", "VERSION", "GROUPS", "ITEMS",
                            "ITEMS/S", "HEAP");
            for (NodeView node : nodes) {
                @Nullable LoadView load = node.load();
                table.row(
                        node.name(),
                        node.role(),
                        Values.orEmpty(node.address()),
                        node.state(),
                        Values.orEmpty(node.version()),
                        load == null ? "" : load.groups(),
                        load == null ? "" : load.itemsInFlight(),
                        load == null ? "" : Math.round(load.itemsPerSecond()),
                        load == null ? "" : heap(load));
            }
            context.print(table.text(context.isColored()));
            return ExitCode.OK;
        }
    }

    @Command(name = "describe", description = "shows all that is known of a node")
    private static final class DescribeNode implements Callable<Integer> {

        private final ConsoleContext context;

        @Parameters(paramLabel = Labels.NODE, description = "the node's name")
        private String name = "";

        DescribeNode(ConsoleContext context) {
            this.context = context;
        }

        @Override
        public Integer call() throws CallException, InterruptedException {
            List<NodeView> nodes = nodes(context);
            Optional<NodeView> node =
                    nodes.stream().filter(other -> other.name().equals(name)).findFirst();
            if (node.isEmpty()) {
                throw new CallException(
                        Kind.NOT_FOUND,
                        "node \""
                                + name
                                + "\": there is no such node; "
                                + Nearest.hint(
                                        name,
                                        nodes.stream().map(NodeView::name).toList(),
                                        "nodes"));
            }
            if (context.isJson()) {
                context.printJson(node.get());
            } else {
                context.print(text(node.get(), context.isColored()));
            }
            return ExitCode.OK;
        }

        private static String text(NodeView node, boolean colored) {
            @Nullable LoadView load = node.load();
            Table facts =
                    new Table("NODE", node.name())
                            .row("role", node.role())
                            .row("address", Values.orEmpty(node.address()))
                            .row("state", node.state())
                            .row("version", Values.orEmpty(node.version()))
                            .row("pid", node.pid() == null ? "" : node.pid())
                            .row("joined", Values.orEmpty(node.joined()))
                            .row("last seen", Values.orEmpty(node.lastSeen()));
            if (load != null) {
                add(facts, load);
            }
            Long diskFree = node.diskFreeBytes();
            if (diskFree != null) {
                facts.row("disk free", Values.bytes(diskFree));
            }
            NodeView.StoreView store = node.store();
            if (store != null) {
                facts.row("store gauge", gauge(store.gauge(), store.gaugeOf()));
            }
            Table plugins = new Table("PLUGIN", "VERSION", "STATE", "GROUPS", "TEXT");
            for (StatusView plugin : node.plugins()) {
                plugins.row(
                        plugin.name(),
                        plugin.version(),
                        plugin.state(),
                        plugin.groups(),
                        plugin.text());
            }
            return facts.text(colored) + (plugins.isEmpty() ? "" : "\n" + plugins.text(colored));
        }

        private static void add(Table facts, LoadView load) {
            facts.row("groups", load.groups())
                    .row("items in flight", load.itemsInFlight())
                    .row("bytes in flight", Values.bytes(load.bytesInFlight()))
                    .row("items per second", Math.round(load.itemsPerSecond()))
                    .row("heap", heap(load))
                    .row("cores busy", Values.decimal(load.cpu()))
                    .row("class loaders leaked", load.leakedLoaders());
            MemoryView memory = load.memory();
            if (memory != null) {
                facts.row("memory gauge", gauge(memory.gauge(), memory.gaugeOf()))
                        .row("memory reserved", reserved(memory))
                        .row("intake", intake(memory));
            }
        }
    }

    @Command(
            name = "forget",
            description =
                    "lets an overseer that is gone for good count no more, once the others have"
                            + " each bundle on a majority of them")
    private static final class ForgetNode implements Callable<Integer> {

        private final ConsoleContext context;

        @Parameters(paramLabel = Labels.NODE, description = "the overseer's name")
        private String name = "";

        ForgetNode(ConsoleContext context) {
            this.context = context;
        }

        @Override
        public Integer call() throws CallException, InterruptedException {
            ProgressView progress = new ProgressView(context);
            try (AdminClient admin = context.connect()) {
                forget(admin, progress);
            }
            if (context.isJson()) {
                context.printJson(Map.of("forgotten", name));
            } else {
                context.print(name + " is forgotten\n");
            }
            return ExitCode.OK;
        }

        private void forget(AdminClient admin, ProgressView progress)
                throws CallException, InterruptedException {
            try {
                Changes.follow(
                        progress,
                        () -> {
                            admin.forget(name, progress);
                            return name;
                        });
            } catch (CallException e) {
                throw named(admin, name, "overseer", e);
            }
        }
    }

    private static String gauge(double gauge, String of) {
        return Math.round(gauge * 100) + " % (" + of + ")";
    }

    private static String reserved(MemoryView memory) {
        return Values.bytes(memory.reservedBytes()) + " of " + Values.bytes(memory.budgetBytes());
    }

    private static String intake(MemoryView memory) {
        return memory.paused()
                ? "paused since " + Values.orEmpty(memory.since()) + ": " + memory.reason()
                : "open";
    }

    private static String heap(LoadView load) {
        return load.heapMaxBytes() == 0
                ? ""
                : Values.bytes(load.heapUsedBytes()) + " of " + Values.bytes(load.heapMaxBytes());
    }
}
