package org.stagedpipe.console.command;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.protocol.v1.AuditEntry;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.transport.CallException;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What becomes of a rollback whose overseer is lost, or silent, meanwhile: it goes on, and whoever leads then has it in the audit log.
final class RollbackFate {

    private static final Duration LOOK = Duration.ofMillis(500);

    /// For how long the entry may be missing: others write into the audit log before it.
    private static final int LOOKS = 25;

    private static final int NEWEST = 50;

    private final PluginEntry before;
    private final Set<Long> known; // when earlier ones began
    private final @Nullable String asked; // a version or a label

    private RollbackFate(PluginEntry before, Set<Long> known, @Nullable String asked) {
        this.before = before;
        this.known = known;
        this.asked = asked;
    }

    /// Of the next one of that plugin.
    ///
    /// @param version or label that it goes to; null for the one before
    static RollbackFate ofNext(AdminClient admin, String plugin, @Nullable String version)
            throws CallException, InterruptedException {
        Set<Long> known =
                rollbacks(admin, plugin).map(AuditEntry::getTimeMs).collect(Collectors.toSet());
        return new RollbackFate(admin.plugin(plugin), known, version);
    }

    private static Stream<AuditEntry> rollbacks(AdminClient admin, String plugin)
            throws CallException, InterruptedException {
        return admin.audit(NEWEST, plugin).stream()
                .filter(entry -> entry.getAction().equals("rollback"));
    }

    /// Waits for its end.
    ///
    /// @param lost why that is not known
    /// @return the plugin after it
    /// @throws CallException if it did not begin, or failed
    PluginEntry await(LastingOverseer overseer, CallException lost)
            throws CallException, InterruptedException {
        Optional<AuditEntry> found = overseer.ask(this::find);
        for (int looks = 1; found.isEmpty() && looks < LOOKS; looks++) {
            Thread.sleep(LOOK);
            found = overseer.ask(this::find);
        }
        AuditEntry entry = found.orElseThrow(() -> lost);
        while (entry.getResult().equals("running")) {
            Thread.sleep(LOOK);
            entry = overseer.ask(this::find).orElseThrow(() -> lost);
        }
        return judge(entry, overseer.ask(admin -> admin.plugin(before.getName())), lost);
    }

    private PluginEntry judge(AuditEntry entry, PluginEntry now, CallException lost)
            throws CallException {
        boolean isUnclear = !entry.getResult().equals("refused"); // unfinished, failed: made or not
        if (entry.getResult().equals("done") || isUnclear && isMade(entry, now)) {
            return now;
        }
        throw new CallException(
                isUnclear ? lost.kind() : CallException.Kind.REFUSED,
                "the rollback is "
                        + entry.getResult()
                        + (entry.getText().isEmpty() ? "" : ": " + entry.getText())
                        + "; new groups get "
                        + (now.hasCurrent() ? now.getCurrent().getVersion() : "nothing"),
                lost);
    }

    /// An overseer that dies early has not written where to.
    private boolean isMade(AuditEntry entry, PluginEntry now) {
        if (!now.hasCurrent()) {
            return false; // it was uninstalled meanwhile
        }
        return entry.getVersion().isEmpty()
                ? !now.getCurrent().equals(before.getCurrent())
                : now.getCurrent().getVersion().equals(entry.getVersion());
    }

    /// Another operator's may go to another one.
    private boolean isAsked(String version) {
        return asked == null
                || asked.equals(version)
                || before.getVersionsList().stream()
                        .filter(known -> known.getPlugin().getVersion().equals(version))
                        .anyMatch(known -> known.getLabelsList().contains(asked));
    }

    private Optional<AuditEntry> find(AdminClient admin)
            throws CallException, InterruptedException {
        return rollbacks(admin, before.getName())
                .filter(entry -> !known.contains(entry.getTimeMs()))
                .filter(entry -> entry.getVersion().isEmpty() || isAsked(entry.getVersion()))
                .findFirst();
    }
}
