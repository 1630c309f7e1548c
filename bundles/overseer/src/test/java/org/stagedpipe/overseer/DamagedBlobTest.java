package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.overseer.TestOverseer.until;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.cluster.catalogue.Library;
import org.stagedpipe.protocol.v1.Progress;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.repository.Blobs;
import org.stagedpipe.repository.Index;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Two of three overseers, and bundles that are not on the disk any more as they were published.
class DamagedBlobTest {

    private static final byte[] LIBRARY =
            TestBundle.library("damaged", "1.0.0", "damaged;version=1.0", "java.lang");
    private static final TestBundle FISH = TestBundle.of("fish", "1.0.0");

    @TempDir private Path data;
    private Overseer o1;
    private Overseer o2;
    private Operator operator;

    @BeforeEach
    void open() throws Exception {
        o1 = overseer("o1");
        o2 = overseer("o2");
        operator = new Operator(o1.adminAt());
        until("it is on both", () -> isPublished());
    }

    @AfterEach
    void close() {
        operator.close();
        o2.close();
        o1.close();
    }

    @Test
    void anothersTakesItsPlace() throws Exception {
        truncate("o1");
        operator.install(FISH);
        assertArrayEquals(LIBRARY, Files.readAllBytes(blob("o1", LIBRARY)));
    }

    @Test
    void withoutOneItIsLeftOutAndNamed() throws Exception {
        truncate("o1");
        truncate("o2");
        List<Progress> progress = operator.install(FISH);
        String leftOut =
                "damaged 1.0.0 is left out: the bundle of damaged 1.0.0 cannot be read: zip END";
        assertEquals(
                1,
                progress.stream().filter(step -> step.getText().startsWith(leftOut)).count(),
                progress::toString);
        assertFalse(TestLog.warnings(leftOut).isEmpty());
        assertTrue(Files.exists(blob("o1", LIBRARY)), "nobody has a better one");
    }

    @Test
    void soIsOneWhoseManifestMakesNoSense() throws Exception {
        byte[] senseless = TestBundle.library("damaged", "x", "damaged;version=1.0", "java.lang");
        Files.write(blob("o1", LIBRARY), senseless);
        Files.write(blob("o2", LIBRARY), senseless);
        operator.install(FISH);
        assertFalse(TestLog.warnings("damaged 1.0.0 is left out: the bundle of").isEmpty());
    }

    @Test
    void publishingALibraryAgainPutsItBackOnAMajority() throws Exception {
        truncate("o1");
        truncate("o2");
        operator.publish(Mode.LIBRARY, LIBRARY, 0);
        assertArrayEquals(LIBRARY, Files.readAllBytes(blob("o1", LIBRARY)));
        assertArrayEquals(LIBRARY, Files.readAllBytes(blob("o2", LIBRARY)));
    }

    @Test
    void soDoesPublishingAPluginAgain() throws Exception {
        operator.install(FISH);
        Files.write(blob("o1", FISH.bytes()), new byte[9]);
        Files.write(blob("o2", FISH.bytes()), new byte[9]);
        operator.update(FISH);
        assertArrayEquals(FISH.bytes(), Files.readAllBytes(blob("o1", FISH.bytes())));
        assertArrayEquals(FISH.bytes(), Files.readAllBytes(blob("o2", FISH.bytes())));
    }

    @Test
    void publishingAgainNeedsNoMajority() throws Exception {
        operator.install(FISH);
        truncate("o1");
        o2.close();
        List<Progress> progress = operator.publish(Mode.LIBRARY, LIBRARY, 0);
        assertArrayEquals(LIBRARY, Files.readAllBytes(blob("o1", LIBRARY)));
        operator.update(FISH);
        String text = "on 1 of 3 overseers: ";
        assertEquals(
                1,
                progress.stream().filter(step -> step.getText().startsWith(text)).count(),
                progress::toString);
    }

    @Test
    void anOverseerIsForgottenWithoutReadingWhatTheOthersHave() throws Exception {
        truncate("o2");
        operator.forget("o3");
        assertEquals(LIBRARY.length / 2, Files.size(blob("o2", LIBRARY)));
    }

    @Test
    void anOverseerIsNotForgottenWhileTheOthersHaveNothingButDamagedBytes() throws Exception {
        truncate("o2");
        Files.delete(blob("o1", LIBRARY));
        CallException refused = assertThrows(CallException.class, () -> operator.forget("o3"));
        assertEquals(Kind.REFUSED, refused.kind(), refused::getMessage);
        String text = refused.getMessage();
        assertTrue(text.startsWith("damaged 1.0.0, sha-256 "), text);
        assertTrue(text.contains(" sent sha-256 "), text);
        assertTrue(text.endsWith("or delete what it is of)"), text);
    }

    @Test
    void thatItIsNotInTheIndexIsSaidOnce() throws Exception {
        truncate("o1");
        Path blob = blob("o1", LIBRARY);
        Library library =
                new Library("damaged", "1.0.0", String.valueOf(blob.getFileName()), LIBRARY.length);
        Index index = new Index(Blobs.in(Objects.requireNonNull(blob.getParent())));
        index.xml(1, List.of(), List.of(library));
        index.xml(1, List.of(), List.of(library));
        assertEquals(1, TestLog.warnings("damaged 1.0.0 is not in the index").size());
    }

    private boolean isPublished() throws Exception {
        try {
            operator.publish(Mode.LIBRARY, LIBRARY, 0);
        } catch (CallException e) { // the other one is not known yet
            return false;
        }
        return Files.exists(blob("o1", LIBRARY)) && Files.exists(blob("o2", LIBRARY));
    }

    private void truncate(String overseer) throws Exception {
        Files.write(blob(overseer, LIBRARY), Arrays.copyOf(LIBRARY, LIBRARY.length / 2));
    }

    private Path blob(String overseer, byte[] bytes) {
        return data.resolve(overseer)
                .resolve("blobs")
                .resolve(HexFormat.of().formatHex(TestBundle.sha256(bytes)));
    }

    private Overseer overseer(String name) throws CallException {
        Map<String, Object> settings = new HashMap<>();
        settings.put("name", name);
        settings.put("data", data.resolve(name).toString());
        for (String port : List.of("port", "adminPort", "repositoryPort")) {
            settings.put(port, 0);
        }
        settings.put("heartbeatMs", 50);
        settings.put("leaseTtlMs", 2_000);
        return Overseer.open(
                OverseerSettings.read(settings),
                "1.0.0",
                new InMemoryEnsembles(3, data.toString()),
                why -> {});
    }
}
