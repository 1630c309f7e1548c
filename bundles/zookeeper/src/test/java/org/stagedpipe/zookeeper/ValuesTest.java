package org.stagedpipe.zookeeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.zookeeper.Overseer.until;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.Ensemble;
import org.stagedpipe.cluster.ensemble.Ensemble.Change;
import org.stagedpipe.cluster.ensemble.Ensemble.Value;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Random;

/// Values that are written together, on a real server.
class ValuesTest {

    @TempDir private Path folder;
    private Overseer overseer;
    private Ensemble ensemble;

    @BeforeEach
    void open() throws Exception {
        overseer = new Overseer("o1", folder, null);
        ensemble = overseer.ensemble;
        until("leads", overseer::leads);
    }

    @AfterEach
    void close() {
        overseer.close();
    }

    @Test
    void allAreWrittenOrNone() throws Exception {
        assertTrue(ensemble.write(List.of(change("index", -1, "1"), change("fish", -1, "a"))));
        assertFalse(ensemble.write(List.of(change("index", 0, "2"), change("fish", 1, "b"))));
        assertFalse(ensemble.write(List.of(change("index", 0, "2"), change("crab", 0, "b"))));
        assertFalse(ensemble.write(List.of(change("crab", -1, "b"), change("fish", -1, "b"))));
        assertEquals(new Value("1", 0), ensemble.read("index"));
        assertEquals(new Value("a", 0), ensemble.read("fish"));
        assertEquals(Value.ABSENT, ensemble.read("crab"));

        assertTrue(ensemble.write(List.of(change("index", 0, "2"), change("crab", -1, "b"))));
        assertEquals(new Value("2", 1), ensemble.read("index"));
        assertEquals(new Value("b", 0), ensemble.read("crab"));
    }

    @Test
    void whatWasBegunWithAnEarlierEpochIsNotWritten() throws Exception {
        assertTrue(ensemble.write(overseer.epoch, List.of(change("index", -1, "1"))));
        List<Change> late = List.of(change("index", 0, "2"));
        assertThrows(StoreException.class, () -> ensemble.write(overseer.epoch - 1, late));
        assertEquals(new Value("1", 0), ensemble.read("index"));
    }

    @Test
    void noneIsWrittenOnceTheEpochIsAnothers() throws Exception {
        assertTrue(ensemble.write("index", -1, "1"));
        try (Session another =
                Session.open(
                        ensemble.address(), Duration.ofSeconds(5), null, Duration.ofSeconds(20))) {
            another.client().setData().forPath(Paths.EPOCH, Session.bytes("1000"));
        }
        List<Change> late = List.of(change("index", 0, "2"), change("fish", -1, "a"));
        assertEquals(
                "another overseer leads since",
                assertThrows(StoreException.class, () -> ensemble.write(late)).getMessage());
        assertEquals(new Value("1", 0), ensemble.read("index"));
        assertEquals(Value.ABSENT, ensemble.read("fish"));
    }

    @Test
    void aWriteThatWasDoneIsDoneAlsoIfItIsTriedAgain() throws Exception {
        List<Change> changes = List.of(change("index", -1, "1"), change("fish", -1, "a"));
        assertTrue(ensemble.write(changes));
        assertTrue(ensemble.write(changes)); // as after an answer that was lost
        assertEquals(new Value("1", 0), ensemble.read("index"));
    }

    @Test
    void whatIsTogetherAsLargeAsItMayBeIsWrittenAndNothingLarger() throws Exception {
        String half = text(Values.MAX_BYTES / 2 - 3_000);
        List<Change> fits = List.of(change("index", -1, half), change("fish", -1, half));
        double share = ensemble.share(fits);
        assertTrue(share > 0.98 && share <= 1, () -> "share " + share);
        assertTrue(ensemble.write(fits));
        List<Change> larger = List.of(change("a", -1, half), change("b", -1, half + half));
        assertTrue(ensemble.share(larger) > 1.4);
        StoreException refused = assertThrows(StoreException.class, () -> ensemble.write(larger));
        assertTrue(refused.getMessage().startsWith("a, b: "), refused.getMessage());
        assertTrue(refused.isOfValue());
        assertEquals(half, ensemble.read("fish").text());
    }

    private static Change change(String name, int version, String text) {
        return new Change(name, version, text);
    }

    /// That does not compress below so many bytes.
    private static String text(int bytes) {
        byte[] noise = new byte[bytes - bytes / 100];
        new Random(1).nextBytes(noise);
        return Base64.getEncoder().encodeToString(noise);
    }
}
