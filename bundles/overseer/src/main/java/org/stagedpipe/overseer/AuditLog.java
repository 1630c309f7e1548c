package org.stagedpipe.overseer;

import com.fasterxml.jackson.databind.json.JsonMapper;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.catalogue.Library;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.transport.CallException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongSupplier;

/// Who changed what: JSON lines in `audit.jsonl`, forced to disk before a change begins and after it has ended. A change
/// that cannot be written down is not made.
///
/// A file that has grown to its limit becomes `audit.1.jsonl`, that one `audit.2.jsonl` and so on; the oldest goes. Safe
/// for use by many threads; blocks on disk.
final class AuditLog {

    private static final Logger LOG = LoggerFactory.getLogger(AuditLog.class);
    private static final long MAX_FILE_BYTES = 1 << 20;
    private static final int OLDER_FILES = 4;

    private final Path folder;
    private final long maxFileBytes;
    private final LongSupplier wallMs;
    private final JsonMapper mapper = JsonMapper.builder().build();
    private final Set<String> running = new HashSet<>();

    private AuditLog(Path folder, long maxFileBytes, LongSupplier wallMs) {
        this.folder = folder;
        this.maxFileBytes = maxFileBytes;
        this.wallMs = wallMs;
    }

    /// The log in that folder, which is made if need be.
    ///
    /// @throws IOException if it cannot be used
    static AuditLog in(Path folder, LongSupplier wallMs) throws IOException {
        return in(folder, MAX_FILE_BYTES, wallMs);
    }

    static AuditLog in(Path folder, long maxFileBytes, LongSupplier wallMs) throws IOException {
        Files.createDirectories(folder);
        AuditLog log = new AuditLog(folder, maxFileBytes, wallMs);
        log.endTornLine();
        return log;
    }

    /// A change that returns something.
    @FunctionalInterface
    interface Change<T> {
        T run(Subjects subjects)
                throws CallException, InterruptedException, StoreException, IOException;
    }

    /// What a change says of itself once it knows it.
    static final class Subjects {

        private AuditRecord.Subject subject;

        private Subjects(AuditRecord.Subject subject) {
            this.subject = subject;
        }

        /// It is about that library.
        void about(Library library) {
            subject =
                    new AuditRecord.Subject(
                            library.symbolicName(), "", library.version(), library.sha256());
        }

        /// It is about that version; new groups got the other one before, or none.
        void about(PluginVersion plugin, @Nullable PluginVersion before) {
            subject =
                    new AuditRecord.Subject(
                            plugin.name(),
                            before == null ? "" : before.version(),
                            plugin.version(),
                            plugin.sha256());
        }
    }

    /// Makes the change between its two lines.
    ///
    /// @param plugin its name, empty if the change has to find out
    /// @throws IOException if the first line cannot be written; the change has not begun then
    <T> T record(Initiator by, String action, String plugin, Change<T> change)
            throws CallException, InterruptedException, StoreException, IOException {
        AuditRecord begun =
                new AuditRecord(
                        UUID.randomUUID().toString(),
                        wallMs.getAsLong(),
                        by,
                        action,
                        new AuditRecord.Subject(plugin, "", "", ""),
                        AuditRecord.RUNNING,
                        "",
                        0);
        begin(begun);
        Subjects subjects = new Subjects(begun.subject());
        String result = "failed";
        String text = "";
        try {
            T value = change.run(subjects);
            result = "done";
            return value;
        } catch (CallException e) {
            result = "refused";
            text = e.getMessage();
            throw e;
        } catch (StoreException | IOException | RuntimeException e) {
            text = e.toString();
            throw e;
        } catch (InterruptedException e) {
            text = "the overseer stopped";
            throw e;
        } finally {
            end(begun.ended(subjects.subject, result, text, wallMs.getAsLong()));
        }
    }

    /// The newest entries, the newest last.
    ///
    /// @param plugin its name, empty for all
    synchronized List<AuditRecord> newest(int limit, String plugin) throws IOException {
        Map<String, AuditRecord> byId = new LinkedHashMap<>();
        for (int age = OLDER_FILES; age >= 0; age--) {
            if (Files.exists(file(age))) {
                for (String line : Files.readAllLines(file(age))) {
                    read(line, byId);
                }
            }
        }
        List<AuditRecord> found = new ArrayList<>();
        for (AuditRecord entry : byId.values()) {
            if (plugin.isEmpty() || plugin.equals(entry.subject().plugin())) {
                boolean lost = entry.isRunning() && !running.contains(entry.id());
                found.add(lost ? entry.unfinished() : entry);
            }
        }
        return found.subList(Math.max(0, found.size() - limit), found.size());
    }

    private void read(String line, Map<String, AuditRecord> byId) {
        try {
            AuditRecord entry = AuditRecord.of(mapper, line);
            byId.put(entry.id(), entry);
        } catch (IOException e) {
            LOG.debug("a line of the audit log is skipped: {}", e.getMessage()); // torn by a crash
        }
    }

    private synchronized void begin(AuditRecord entry) throws IOException {
        append(entry);
        running.add(entry.id());
    }

    private synchronized void end(AuditRecord entry) {
        running.remove(entry.id());
        try {
            append(entry);
        } catch (IOException e) {
            // The change is made and cannot be taken back by this; its first line stays, as
            // unfinished.
            LOG.error("{} of {}: its end is not in the audit log: {}", entry.action(), entry, e);
        }
    }

    private void append(AuditRecord entry) throws IOException {
        byte[] line = (entry.json(mapper) + "\n").getBytes(StandardCharsets.UTF_8);
        if (Files.exists(file(0)) && Files.size(file(0)) + line.length > maxFileBytes) {
            rotate();
        }
        try (FileChannel out =
                FileChannel.open(
                        file(0),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.APPEND)) {
            ByteBuffer bytes = ByteBuffer.wrap(line);
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            out.force(true);
        }
    }

    private void rotate() throws IOException {
        for (int age = OLDER_FILES - 1; age >= 0; age--) {
            if (Files.exists(file(age))) {
                Files.move(file(age), file(age + 1), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    /// What a crash left half written must not swallow the next line.
    private void endTornLine() throws IOException {
        if (!Files.exists(file(0))) {
            return;
        }
        byte[] all = Files.readAllBytes(file(0));
        if (all.length > 0 && all[all.length - 1] != '\n') {
            Files.writeString(file(0), "\n", StandardOpenOption.APPEND);
        }
    }

    private Path file(int age) {
        return folder.resolve(age == 0 ? "audit.jsonl" : "audit." + age + ".jsonl");
    }
}
