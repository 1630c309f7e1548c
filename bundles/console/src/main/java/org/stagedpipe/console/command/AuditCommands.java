package org.stagedpipe.console.command;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.util.List;
import java.util.concurrent.Callable;

/// `audit`: who changed what.
@Command(name = "audit", description = "shows who changed what")
public final class AuditCommands {

    private AuditCommands() {}

    /// The command with those below it.
    public static CommandLine create(ConsoleContext context) {
        return new CommandLine(new AuditCommands()).addSubcommand(new ListAudit(context));
    }

    @Command(name = "list", description = "lists the changes that somebody began, the newest last")
    private static final class ListAudit implements Callable<Integer> {

        private static final int MAX_LIMIT = 1_000;

        private final ConsoleContext context;

        @Option(
                names = "--plugin",
                paramLabel = Labels.PLUGIN,
                description = "of this plugin only (default: all)")
        private @Nullable String plugin;

        @Option(
                names = "--limit",
                paramLabel = "N",
                defaultValue = "100",
                description = "the newest so many, at most 1,000 (default: 100)")
        private int limit;

        ListAudit(ConsoleContext context) {
            this.context = context;
        }

        @Override
        public Integer call() throws CallException, InterruptedException {
            if (limit < 1 || limit > MAX_LIMIT) {
                throw new UsageException("--limit: " + limit + " (expected: 1 to 1,000)");
            }
            List<AuditView> entries;
            try (AdminClient admin = context.connect()) {
                entries = admin.audit(limit, plugin).stream().map(AuditView::of).toList();
                if (entries.isEmpty() && plugin != null) {
                    refuseUnknown(admin, plugin);
                }
            }
            if (context.isJson()) {
                context.printJson(entries);
                return ExitCode.OK;
            }
            Table table =
                    new Table(
                            "TIME", "BY", "ACTION", "PLUGIN", "VERSION", "BEFORE", "SHA-256",
                            "RESULT", "TEXT");
            for (AuditView entry : entries) {
                table.row(
                        Values.orEmpty(entry.time()),
                        entry.proven() ? entry.operator() : entry.operator() + " (not proven)",
                        entry.action(),
                        Values.orEmpty(entry.plugin()),
                        Values.orEmpty(entry.version()),
                        Values.orEmpty(entry.before()),
                        digest(entry),
                        entry.result(),
                        Values.orEmpty(entry.text()));
            }
            context.print(table.text(context.isColored()));
            return ExitCode.OK;
        }

        private static String digest(AuditView entry) {
            String sha256 = entry.sha256();
            return sha256 == null ? "" : sha256.substring(0, 12);
        }

        /// One that was uninstalled has entries.
        private static void refuseUnknown(AdminClient admin, String plugin)
                throws CallException, InterruptedException {
            List<String> names = admin.pluginNames();
            if (!names.contains(plugin)) {
                throw new CallException(
                        Kind.NOT_FOUND,
                        "plugin \""
                                + plugin
                                + "\": there is no such plugin; "
                                + Nearest.hint(plugin, names, "plugins"));
            }
        }
    }
}
