package org.stagedpipe.console.command;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.AuditEntry;

/// An entry of the audit log as JSON shows it; null is what it does not have.
record AuditView(
        @Nullable String time,
        String operator,
        boolean proven,
        @Nullable String from,
        String action,
        @Nullable String plugin,
        @Nullable String before,
        @Nullable String version,
        @Nullable String sha256,
        String result,
        @Nullable String text,
        long durationMs) {

    static AuditView of(AuditEntry entry) {
        return new AuditView(
                Values.time(entry.getTimeMs()),
                entry.getOperator(),
                entry.getProven(),
                Values.orNull(entry.getFrom()),
                entry.getAction(),
                Values.orNull(entry.getPlugin()),
                Values.orNull(entry.getBefore()),
                Values.orNull(entry.getVersion()),
                Values.orNull(Values.hex(entry.getSha256())),
                entry.getResult(),
                Values.orNull(entry.getText()),
                entry.getDurationMs());
    }
}
