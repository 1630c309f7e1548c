package org.stagedpipe.console.command;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.console.command.PluginView.VersionView;
import org.stagedpipe.console.command.PluginView.WorkerView;
import org.stagedpipe.protocol.v1.PublishBegin;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.util.List;
import java.util.concurrent.Callable;

/// `plugin`: what can run.
@Command(name = "plugin", description = "shows and changes the plugins of the cluster")
public final class PluginCommands {

    /// What an overseer says of a name that never was a plugin's.
    private static final String UNKNOWN = "unknown plugin ";

    private PluginCommands() {}

    /// The command with those below it.
    public static CommandLine create(ConsoleContext context) {
        return new CommandLine(new PluginCommands())
                .addSubcommand(new ListPlugins(context))
                .addSubcommand(new DescribePlugin(context))
                .addSubcommand("install", PublishPlugin.create(context, PublishBegin.Mode.INSTALL))
                .addSubcommand("update", PublishPlugin.create(context, PublishBegin.Mode.UPDATE))
                .addSubcommand(new RollbackPlugin(context))
                .addSubcommand(new UninstallPlugin(context))
                .addSubcommand(new DeleteVersion(context))
                .addSubcommand(new LabelVersion(context))
                .addSubcommand("verify", PublishPlugin.create(context, PublishBegin.Mode.VERIFY));
    }

    /// The failure of a call that named a plugin, with what was probably meant.
    static CallException named(AdminClient admin, String name, CallException failure)
            throws InterruptedException {
        return named(admin, name, null, failure);
    }

    /// The failure of a call that named a plugin and a version of it, with what was probably meant.
    static CallException named(
            AdminClient admin, String name, @Nullable String version, CallException failure)
            throws InterruptedException {
        if (failure.kind() != Kind.NOT_FOUND) {
            return failure;
        }
        try {
            List<String> names = admin.pluginNames();
            if (!names.contains(name)) {
                if (!failure.getMessage().contains(UNKNOWN)) {
                    return failure; // it is one that was uninstalled, and something else was not
                    // found
                }
                String hint = Nearest.hint(name, names, "plugins");
                return notFound("plugin", name, "there is no such plugin; " + hint, failure);
            }
            if (version == null) {
                return failure; // it is something else that was not found
            }
            PluginView plugin = PluginView.of(admin.plugin(name));
            List<String> versions =
                    plugin.versions().stream()
                            .filter(known -> known.deleted() == null)
                            .map(VersionView::version)
                            .toList();
            boolean isLabel =
                    plugin.versions().stream().anyMatch(known -> known.labels().contains(version));
            if (isLabel || versions.contains(version)) {
                return failure;
            }
            String hint = Nearest.hint(version, versions, "versions");
            return notFound("version", version, name + " has no such version; " + hint, failure);
        } catch (CallException e) {
            failure.addSuppressed(e);
            return failure;
        }
    }

    /// Says of what name it is not that of anything known.
    static CallException notFound(String what, String name, String text, CallException cause) {
        return new CallException(Kind.NOT_FOUND, what + " \"" + name + "\": " + text, cause);
    }

    @Command(name = "list", description = "lists the plugins with the version new groups get")
    private record ListPlugins(ConsoleContext context) implements Callable<Integer> {

        @Override
        public Integer call() throws CallException, InterruptedException {
            List<PluginView> plugins;
            try (AdminClient admin = context.connect()) {
                plugins = admin.plugins().stream().map(PluginView::of).toList();
            }
            if (context.isJson()) {
                context.printJson(plugins);
                return ExitCode.OK;
            }
            Table table = new Table("NAME", "VERSION", "WORKERS", "GROUPS", "OTHER VERSIONS");
            for (PluginView plugin : plugins) {
                table.row(
                        plugin.name(),
                        plugin.currentVersion(),
                        plugin.ready() + " ready",
                        plugin.groups(),
                        String.join(
                                ", ",
                                plugin.versions().stream()
                                        .filter(version -> version.deleted() == null)
                                        .map(VersionView::version)
                                        .filter(version -> !plugin.isCurrent(version))
                                        .toList()));
            }
            context.print(table.text(context.isColored()));
            return ExitCode.OK;
        }
    }

    @Command(name = "describe", description = "shows a plugin's history and where it is")
    private static final class DescribePlugin implements Callable<Integer> {

        private final ConsoleContext context;

        @Parameters(paramLabel = Labels.PLUGIN, description = "the plugin's name")
        private String name = "";

        DescribePlugin(ConsoleContext context) {
            this.context = context;
        }

        @Override
        public Integer call() throws CallException, InterruptedException {
            PluginView plugin;
            try (AdminClient admin = context.connect()) {
                try {
                    plugin = PluginView.of(admin.plugin(name));
                } catch (CallException e) {
                    throw named(admin, name, e);
                }
            }
            if (context.isJson()) {
                context.printJson(plugin);
            } else {
                context.print(text(plugin, context.isColored()));
            }
            return ExitCode.OK;
        }

        private static String routed(PluginView plugin, VersionView version) {
            if (version.deleted() != null) {
                return "deleted";
            }
            return plugin.isCurrent(version.version()) ? "yes" : "no";
        }

        private static String text(PluginView plugin, boolean colored) {
            Table facts =
                    new Table("PLUGIN", plugin.name())
                            .row("version", plugin.currentVersion())
                            .row("groups", plugin.groups());
            Table versions =
                    new Table(
                            "VERSION",
                            "LABELS",
                            "ROUTED",
                            "PUBLISHED",
                            "BY",
                            "SIZE",
                            "SHA-256",
                            "SIGNED",
                            "FILE",
                            "LIBRARIES");
            for (VersionView version : plugin.versions()) {
                versions.row(
                        version.version(),
                        String.join(", ", version.labels()),
                        routed(plugin, version),
                        Values.orEmpty(version.published()),
                        version.operator(),
                        Values.bytes(version.size()),
                        version.sha256(),
                        version.signed() ? "yes" : "no",
                        version.file(),
                        String.join(
                                ", ",
                                version.libraries().stream()
                                        .map(library -> library.name() + " " + library.version())
                                        .toList()));
            }
            Table workers = new Table("WORKER", "VERSION", "STATE", "GROUPS", "TEXT");
            for (WorkerView worker : plugin.workers()) {
                workers.row(
                        worker.worker(),
                        worker.version(),
                        worker.state(),
                        worker.groups(),
                        worker.text());
            }
            return facts.text(colored)
                    + (versions.isEmpty() ? "" : "\n" + versions.text(colored))
                    + (workers.isEmpty() ? "" : "\n" + workers.text(colored));
        }
    }
}
