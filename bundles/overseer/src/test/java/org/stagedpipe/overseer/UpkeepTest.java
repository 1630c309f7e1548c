package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.cluster.ensemble.Ensemble;
import org.stagedpipe.repository.Blobs;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Security;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/// What an overseer that follows does, on a clock of the test.
class UpkeepTest {

    private static final Duration GRACE = Duration.ofHours(1);

    @TempDir private Path data;
    private final AtomicLong nanos = new AtomicLong();

    @Test
    void howOftenItSweepsDoesNotGoByTheTimeOfDay() throws Exception {
        Path stray = Files.writeString(data.resolve("0".repeat(64)), "left by a crash");
        Files.setLastModifiedTime(stray, FileTime.from(Instant.now().minus(GRACE.multipliedBy(2))));
        Upkeep upkeep = upkeep();
        upkeep.bundles();
        assertTrue(Files.exists(stray), "it has just begun");
        nanos.addAndGet(Sweeper.every(GRACE).toNanos() + 1);
        upkeep.bundles();
        assertFalse(Files.exists(stray));
    }

    private Upkeep upkeep() throws Exception {
        Ensemble ensemble = InMemoryEnsembles.usurp(data.toString());
        Blobs blobs = Blobs.in(data);
        Peers peers = new Peers("o1", ensemble, System::currentTimeMillis);
        Security security = Security.loopbackOnly();
        return new Upkeep(
                OverseerSettings.read(
                        Map.of(
                                "name",
                                "o1",
                                "data",
                                data.toString(),
                                "collectAfterMs",
                                GRACE.toMillis())),
                new EnsembleStore(ensemble),
                blobs,
                peers,
                new Rivals(peers, () -> new Endpoint("127.0.0.1", 1), security),
                new Replicas(blobs, ensemble, peers, security, () -> new Endpoint("127.0.0.1", 1)),
                () -> Ensemble.Value.ABSENT,
                () -> true,
                nanos::get);
    }
}
