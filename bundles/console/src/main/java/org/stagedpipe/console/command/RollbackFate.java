package org.stagedpipe.console.command;

import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.protocol.v1.AuditEntry;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.transport.CallException;

import java.time.Duration;
import java.util.Optional;

/// What becomes of a rollback whose overseer is lost, or silent, meanwhile: it goes on, and whoever leads then has it in the audit log.
final class RollbackFate {

    private static final Duration LOOK = Duration.ofMillis(500);
    private static final int NEWEST = 50;

    private final PluginEntry before;
    private final long sinceMs;

    private RollbackFate(PluginEntry before, long sinceMs) {
        this.before = before;
        this.sinceMs = sinceMs;
    }

    /// Of the next one of that plugin.
    static RollbackFate ofNext(AdminClient admin, String plugin)
            throws CallException, InterruptedException {
        long sinceMs =
                admin.audit(1, plugin).stream().mapToLong(AuditEntry::getTimeMs).max().orElse(-1);
        return new RollbackFate(admin.plugin(plugin), sinceMs);
    }

    /// Waits for its end.
    ///
    /// @param lost why that is not known
    /// @return the plugin after it
    /// @throws CallException if it did not begin, or failed
    PluginEntry await(LastingOverseer overseer, CallException lost)
            throws CallException, InterruptedException {
        AuditEntry entry = overseer.ask(this::find).orElseThrow(() -> lost);
        while (entry.getResult().equals("running")) {
            Thread.sleep(LOOK);
            entry = overseer.ask(this::find).orElseThrow(() -> lost);
        }
        PluginEntry now = overseer.ask(admin -> admin.plugin(before.getName()));
        // An overseer that dies may have made it all the same.
        if (entry.getResult().equals("done") || !now.getCurrent().equals(before.getCurrent())) {
            return now;
        }
        throw new CallException(
                lost.kind(),
                "the rollback is "
                        + entry.getResult()
                        + (entry.getText().isEmpty() ? "" : ": " + entry.getText())
                        + "; new groups get "
                        + now.getCurrent().getVersion(),
                lost);
    }

    private Optional<AuditEntry> find(AdminClient admin)
            throws CallException, InterruptedException {
        return admin.audit(NEWEST, before.getName()).stream()
                .filter(entry -> entry.getTimeMs() > sinceMs)
                .filter(entry -> entry.getAction().equals("rollback"))
                .findFirst();
    }
}
