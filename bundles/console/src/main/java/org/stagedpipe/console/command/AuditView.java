package org.stagedpipe.console.command;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.AuditEntry;

/// An entry of the audit log as JSON shows it.
record AuditView(
        @Nullable String time,
        String operator,
        boolean proven,
        String from,
        String action,
        String plugin,
        String before,
        String version,
        String sha256,
        String result,
        String text,
        long durationMs) {

    static AuditView of(AuditEntry entry) {
        return new AuditView(
                Values.time(entry.getTimeMs()),
                entry.getOperator(),
                entry.getProven(),
                entry.getFrom(),
                entry.getAction(),
                entry.getPlugin(),
                entry.getBefore(),
                entry.getVersion(),
                Values.hex(entry.getSha256()),
                entry.getResult(),
                entry.getText(),
                entry.getDurationMs());
    }
}
