package org.stagedpipe.overseer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;

import org.stagedpipe.protocol.v1.AuditEntry;

import java.io.IOException;
import java.util.HexFormat;
import java.util.UUID;
import java.util.regex.Pattern;

/// A change that an operator began, as it stands in the audit log: written when it begins, and with the same id again when
/// it has ended.
///
/// @param id of the change
/// @param timeMs when it began, since 1970, UTC
/// @param action one of those that `admin.proto` lists, with the name of a label or node, the id of a group, or a reason
/// @param subject what it changes and to what
/// @param result running, done, refused, failed; unfinished if its overseer, or the coordinator that did it, ended meanwhile;
///     damaged for a line that cannot be read
/// @param text why it was refused or failed; of one that is done what it lacks, if anything; the damaged line
record AuditRecord(
        String id,
        long timeMs,
        Initiator by,
        String action,
        Subject subject,
        String result,
        String text,
        long durationMs) {

    static final String RUNNING = "running";
    private static final Pattern SHA256 = Pattern.compile("(\\p{XDigit}{64})?");
    private static final int MAX_TEXT = 500; // characters: no entry takes the room of many others

    /// @param plugin empty if the bundle was refused before its name was known
    /// @param before the version that new groups got, or had the label, or is deleted; empty for none
    /// @param version the version that it is about, or as it was asked for if that was refused; empty for none
    /// @param sha256 of that version in hexadecimal digits, empty for none
    record Subject(String plugin, String before, String version, String sha256) {

        Subject {
            plugin = cut(plugin);
            version = cut(version);
        }
    }

    AuditRecord {
        action = cut(action);
        text = cut(text);
    }

    private static String cut(String text) {
        return text.length() > MAX_TEXT ? text.substring(0, MAX_TEXT) + "…" : text;
    }

    /// The same change, which knows more of what it is about.
    AuditRecord about(Subject known) {
        return new AuditRecord(id, timeMs, by, action, known, result, text, durationMs);
    }

    AuditRecord ended(String how, String why, long nowMs) {
        return new AuditRecord(
                id, timeMs, by, action, subject, how, why, Math.max(0, nowMs - timeMs));
    }

    /// The same, begun then at the latest.
    AuditRecord notAfter(long nowMs) {
        long begunMs = Math.min(timeMs, nowMs);
        return new AuditRecord(id, begunMs, by, action, subject, result, text, durationMs);
    }

    AuditRecord unfinished() {
        return new AuditRecord(id, timeMs, by, action, subject, "unfinished", text, 0);
    }

    /// What is left of an entry whose line cannot be read.
    static AuditRecord damaged(String line) {
        return new AuditRecord(
                UUID.randomUUID().toString(),
                0,
                new Initiator("", false, ""),
                "",
                new Subject("", "", "", ""),
                "damaged",
                line,
                0);
    }

    boolean isRunning() {
        return result.equals(RUNNING);
    }

    AuditEntry toWire() {
        return AuditEntry.newBuilder()
                .setTimeMs(timeMs)
                .setOperator(by.name())
                .setProven(by.proven())
                .setFrom(by.address())
                .setAction(action)
                .setPlugin(subject.plugin())
                .setBefore(subject.before())
                .setVersion(subject.version())
                .setSha256(ByteString.copyFrom(HexFormat.of().parseHex(subject.sha256())))
                .setResult(result)
                .setText(text)
                .setDurationMs(durationMs)
                .build();
    }

    String json(JsonMapper mapper) {
        ObjectNode line = mapper.createObjectNode();
        line.put("id", id);
        line.put("timeMs", timeMs);
        line.put("operator", by.name());
        line.put("proven", by.proven());
        line.put("from", by.address());
        line.put("action", action);
        line.put("plugin", subject.plugin());
        line.put("before", subject.before());
        line.put("version", subject.version());
        line.put("sha256", subject.sha256());
        line.put("result", result);
        line.put("text", text);
        line.put("durationMs", durationMs);
        return line.toString();
    }

    /// @throws IOException if the line is not one that [#json] wrote
    static AuditRecord of(JsonMapper mapper, String json) throws IOException {
        JsonNode line = mapper.readTree(json);
        if (!line.hasNonNull("id") || !line.path("timeMs").isIntegralNumber()) {
            throw new IOException("no id or no time (expected: both)");
        }
        String sha256 = line.path("sha256").asText();
        if (!SHA256.matcher(sha256).matches()) {
            throw new IOException("sha256: \"" + sha256 + "\" (expected: 64 digits, or none)");
        }
        return new AuditRecord(
                line.path("id").asText(),
                line.path("timeMs").asLong(),
                new Initiator(
                        line.path("operator").asText(),
                        line.path("proven").asBoolean(),
                        line.path("from").asText()),
                line.path("action").asText(),
                new Subject(
                        line.path("plugin").asText(),
                        line.path("before").asText(),
                        line.path("version").asText(),
                        sha256),
                line.path("result").asText(),
                line.path("text").asText(),
                line.path("durationMs").asLong());
    }
}
