package org.stagedpipe.coordinator.letter;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.WholeFile;
import org.stagedpipe.protocol.v1.DeadLetterGroup;
import org.stagedpipe.protocol.v1.LettersDropped;
import org.stagedpipe.transport.Peer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What operators have had removed, until the overseers' audit log has it: heartbeats report it so long, whoever leads. Safe for
/// use by many threads; its lock is never held while the file is written.
///
/// Each is on the disk before its letters go, in a file with a line for each, a message in Base64. A disk that does not take it stands
/// in no operator's way, who may want its room back: then it is in memory only, until the next one is written. What callers say in
/// it is cut, or no overseer would take the heartbeat.
public final class Drops {

    private static final Logger LOG = LoggerFactory.getLogger(Drops.class);

    /// Then the oldest goes: it is in this node's log.
    private static final int MAX = 1_000;

    private static final int IN_A_HEARTBEAT = 20;
    private static final int MAX_REPORT_BYTES = 32 << 10; // of 4 MiB that a heartbeat may have
    private static final int ID_BYTES = 16;
    private static final int MAX_TEXT = 500; // characters, as in the audit log

    private final Path folder;
    private final Path file;
    private final Clock clock;
    private final int max;
    private final Object writing = new Object(); // taken before this
    private final Map<ByteString, LettersDropped> byId = new LinkedHashMap<>(); // guarded by this

    /// @param folder made when it is needed, for this node's user only: a group's id opens it
    public Drops(Path folder, Clock clock) {
        this(folder, clock, MAX);
    }

    /// @param max how many it keeps
    Drops(Path folder, Clock clock, int max) {
        this.folder = folder;
        this.file = folder.resolve("dropped");
        this.clock = clock;
        this.max = max;
    }

    /// Reads what an earlier process has left. Of what that one did not end nobody knows what became. A file that is damaged is kept
    /// as `dropped.damaged`, and what can be read of it counts.
    public void open() {
        if (!Files.exists(file)) {
            return;
        }
        try {
            int damaged = 0;
            for (String line : Files.readAllLines(file, StandardCharsets.ISO_8859_1)) {
                damaged += take(line) ? 0 : 1;
            }
            if (damaged > 0) {
                setAside(damaged + " lines are damaged");
            }
        } catch (IOException e) {
            setAside(e.toString());
        }
    }

    /// Whether it is whole.
    private boolean take(String line) {
        try {
            LettersDropped drop = LettersDropped.parseFrom(Base64.getDecoder().decode(line));
            if (drop.getId().size() != ID_BYTES || drop.getGroup().size() != ID_BYTES) {
                return false; // no overseer would take it
            }
            put(hasEnded(drop) ? drop : drop.toBuilder().setResult("unfinished").build());
            return true;
        } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
            return false;
        }
    }

    private void setAside(String why) {
        Path aside = folder.resolve("dropped.damaged");
        LOG.warn("dropped dead letters: {} cannot be read, it is kept as {}: {}", file, aside, why);
        try {
            if (Files.isRegularFile(file)) { // it stays until the next one is whole
                Files.copy(file, aside, StandardCopyOption.REPLACE_EXISTING);
            } else {
                Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException e) {
            LOG.warn("dropped dead letters: {} stays: {}", file, e.toString());
            return;
        }
        write();
    }

    /// Letters are about to be removed.
    ///
    /// @param group whose
    /// @param peer who wants it
    /// @param said whom it acts for
    LettersDropped begin(DeadLetterGroup group, Peer peer, String said) {
        LettersDropped drop =
                LettersDropped.newBuilder()
                        .setId(randomId())
                        .setGroup(group.getGroup())
                        .setPlugin(group.getPlugin().getName())
                        .setItems(group.getKept())
                        .setOperator(peer.acting(said))
                        .setProven(!peer.name().isEmpty())
                        .setFrom(peer.address())
                        .setTimeMs(clock.millis())
                        .build();
        put(drop);
        write();
        return drop;
    }

    /// What became of it.
    ///
    /// @param result done, failed
    /// @param text why it failed
    void end(LettersDropped begun, String result, String text) {
        put(
                begun.toBuilder()
                        .setResult(result)
                        .setText(text)
                        .setDurationMs(Math.max(0, clock.millis() - begun.getTimeMs()))
                        .build());
        write();
    }

    /// It has changed nothing.
    void forget(LettersDropped begun) {
        recorded(List.of(begun.getId()));
    }

    private synchronized void put(LettersDropped drop) {
        byId.put(drop.getId(), cut(drop));
        if (byId.size() > max) {
            ByteString oldest = byId.keySet().iterator().next();
            byId.remove(oldest);
            LOG.warn(
                    "dropped dead letters: more than {} wait for an overseer to write them down,"
                            + " the oldest will not be in the audit log",
                    max);
        }
    }

    private static LettersDropped cut(LettersDropped drop) {
        return drop.toBuilder()
                .setPlugin(Said.cut(drop.getPlugin(), MAX_TEXT))
                .setOperator(Said.name(drop.getOperator()))
                .setFrom(Said.name(drop.getFrom()))
                .setResult(Said.name(drop.getResult()))
                .setText(Said.cut(drop.getText(), MAX_TEXT))
                .build();
    }

    /// For the next heartbeat: the oldest, not many and not much of them.
    public synchronized List<LettersDropped> toReport() {
        List<LettersDropped> report = new ArrayList<>();
        int bytes = 0;
        for (LettersDropped drop : byId.values()) {
            if (!hasEnded(drop)) {
                continue;
            }
            bytes += drop.getSerializedSize();
            if (report.size() == IN_A_HEARTBEAT || bytes > MAX_REPORT_BYTES) {
                break;
            }
            report.add(drop);
        }
        return report;
    }

    private static boolean hasEnded(LettersDropped drop) {
        return !drop.getResult().isEmpty();
    }

    /// These are in the audit log.
    public void recorded(List<ByteString> ids) {
        synchronized (this) {
            if (!byId.keySet().removeAll(ids)) {
                return;
            }
        }
        write();
    }

    private void write() {
        synchronized (writing) {
            StringBuilder lines = new StringBuilder();
            for (LettersDropped drop : all()) {
                lines.append(Base64.getEncoder().encodeToString(drop.toByteArray())).append('\n');
            }
            try {
                Letters.makeFolder(folder);
                WholeFile.write(file, lines.toString());
            } catch (IOException e) {
                LOG.warn("dropped dead letters: {} cannot be written: {}", file, e.toString());
            }
        }
    }

    private synchronized List<LettersDropped> all() {
        return new ArrayList<>(byId.values());
    }

    private static ByteString randomId() {
        byte[] id = new byte[ID_BYTES];
        new SecureRandom().nextBytes(id);
        return ByteString.copyFrom(id);
    }
}
