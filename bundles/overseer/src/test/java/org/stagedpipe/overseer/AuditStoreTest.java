package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.overseer.TestOverseer.until;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.ensemble.Candidate;
import org.stagedpipe.cluster.ensemble.Ensemble;
import org.stagedpipe.cluster.ensemble.Terms;
import org.stagedpipe.zookeeper.ZooKeeperEnsembles;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/// What the audit log costs a real ZooKeeper.
class AuditStoreTest {

    private static final Initiator ANN = new Initiator("operator/ann", true, "127.0.0.1:1");
    private static final int FULL = 2_000; // changes, more than are kept
    private static final int CHANGES = 20;

    @TempDir private Path folder;
    private final Random random = new Random(1);
    private volatile boolean leads;

    @Test
    void aChangeWritesLittleHoweverManyThereWereBefore() throws Exception {
        try (Ensemble ensemble = new ZooKeeperEnsembles().open(terms(), why -> {})) {
            ensemble.stand("o1 127.0.0.1:1", candidate());
            until("leads", () -> leads);
            fill(ensemble);
            AuditLog log = new AuditLog(ensemble, System::currentTimeMillis);
            int kept = log.newest(FULL, "").size();
            assertTrue(kept > FULL / 2 && kept < FULL, kept + " changes");
            long before = logged();
            for (int i = 0; i < CHANGES; i++) {
                change(log);
            }
            long each = (logged() - before) / CHANGES;
            assertTrue(each > 0 && each < 16 << 10, each + " bytes");
        }
    }

    private void fill(Ensemble ensemble) throws Exception {
        Ensemble inMemory = InMemoryEnsembles.usurp(folder.toString());
        AuditLog log = new AuditLog(inMemory, System::currentTimeMillis);
        for (int i = 0; i < FULL; i++) {
            change(log);
        }
        for (int page = 0; page < AuditPages.Size.DEFAULT.pages(); page++) {
            String name = "audit-" + page;
            assertTrue(ensemble.write(name, -1, inMemory.read(name).text()));
        }
    }

    private void change(AuditLog log) throws Exception {
        byte[] sha256 = new byte[32];
        random.nextBytes(sha256);
        String digits = HexFormat.of().formatHex(sha256);
        log.record(
                ANN,
                "update",
                "fish",
                subjects -> {
                    subjects.about(new PluginVersion("fish", "1.1.0", digits, 1), null);
                    return true;
                });
    }

    /// Bytes of the server's log of changes that are in use: it makes the file larger in advance.
    private long logged() throws IOException {
        List<Path> logs;
        try (Stream<Path> files = Files.list(folder.resolve("data/version-2"))) {
            logs = files.filter(file -> file.getFileName().toString().startsWith("log.")).toList();
        }
        assertEquals(1, logs.size());
        byte[] log = Files.readAllBytes(logs.getFirst());
        int end = log.length;
        while (end > 0 && log[end - 1] == 0) {
            end--;
        }
        return end;
    }

    private Candidate candidate() {
        return new Candidate() {
            @Override
            public void lead(long epoch) {
                leads = true;
            }

            @Override
            public void follow(String card) {}
        };
    }

    private Terms terms() {
        return new Terms(
                "o1",
                folder,
                "127.0.0.1",
                "127.0.0.1",
                List.of(0, 0, 0),
                null,
                () -> "",
                Duration.ofSeconds(10),
                null);
    }
}
