package org.stagedpipe.coordinator.letter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.protocol.v1.DeadLetterGroup;
import org.stagedpipe.protocol.v1.DropDeadLettersRequest;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.protocol.v1.LettersDropped;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Peer;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;
import org.stagedpipe.transport.Server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.List;

/// What operators have dropped, until it is in the audit log.
class DropsTest {

    private static final Peer ANN = new Peer(List.of("operator/ann"), "127.0.0.1:7");
    private static final ByteString GROUP = ByteString.copyFrom(new byte[16]);
    private static final DeadLetterGroup THREE =
            DeadLetterGroup.newBuilder().setGroup(GROUP).setKept(3).build();
    private static final LettersDropped THREE_NOWHERE =
            LettersDropped.newBuilder().setId(GROUP).setItems(3).setResult("done").build();

    @TempDir Path folder;
    private Path file;
    private Drops drops;

    @BeforeEach
    void open() {
        file = folder.resolve("dropped");
        drops = opened();
    }

    @Test
    void isReportedOnceItHasEndedAlsoAfterARestart() {
        LettersDropped begun = drops.begin(THREE, ANN, "");
        assertEquals(List.of(), drops.toReport());
        drops.end(begun, "done", "");
        LettersDropped drop = drops.toReport().getFirst();
        assertEquals("operator/ann", drop.getOperator());
        assertEquals(3, drop.getItems());
        assertEquals(List.of(drop), opened().toReport());

        drops.recorded(List.of(drop.getId(), GROUP));
        assertEquals(List.of(), drops.toReport());
        assertEquals(List.of(), opened().toReport());
    }

    @Test
    void whatAnEarlierProcessDidNotEndIsUnfinished() {
        LettersDropped unused = drops.begin(THREE, ANN, "bob");
        LettersDropped left = opened().toReport().getFirst();
        assertEquals("unfinished", left.getResult());
        assertEquals("operator/ann for bob", left.getOperator());
        assertEquals(unused.getId(), left.getId());
    }

    @Test
    void whatHasChangedNothingIsNot() {
        drops.forget(drops.begin(THREE, ANN, ""));
        assertEquals(List.of(), drops.toReport());
        assertEquals(List.of(), opened().toReport());
    }

    @Test
    void theOldestGoesBeforeThereAreTooMany() {
        Drops few = new Drops(folder, Clock.systemUTC(), 30);
        for (int i = 0; i <= 30; i++) {
            few.end(few.begin(THREE.toBuilder().setKept(i).build(), ANN, ""), "done", "");
        }
        List<LettersDropped> reported = few.toReport();
        assertEquals(20, reported.size()); // a heartbeat stays small
        assertEquals(1, reported.getFirst().getItems());
    }

    /// Who drops them may want the room.
    @Test
    void aDiskThatTakesNothingIsInNobodysWay() throws IOException {
        Files.createDirectories(folder.resolve("dropped.new/full"));
        LettersDropped begun = drops.begin(THREE, ANN, "");
        assertFalse(Files.exists(file));
        Files.delete(folder.resolve("dropped.new/full"));
        Files.delete(folder.resolve("dropped.new"));
        drops.end(begun, "done", "");
        assertEquals(drops.toReport(), opened().toReport());
    }

    /// A heartbeat that no overseer takes would come again for ever.
    @Test
    void whatCallersSayMakesNoHeartbeatLarge() {
        String much = "\u0007" + "\u20ac".repeat(1 << 20);
        for (int i = 0; i < 30; i++) {
            LettersDropped begun = drops.begin(THREE, Peer.UNKNOWN, much);
            drops.end(begun, "failed", much);
        }
        List<LettersDropped> reported = drops.toReport();
        assertEquals("?" + "\u20ac".repeat(99), reported.getFirst().getOperator());
        assertEquals("?" + "\u20ac".repeat(499), reported.getFirst().getText());
        int bytes = reported.stream().mapToInt(LettersDropped::getSerializedSize).sum();
        assertTrue(bytes > 16 << 10 && bytes <= 32 << 10, bytes + " bytes");
        assertEquals(reported, opened().toReport());
    }

    @Test
    void whatAnEarlierProcessHasLeftMakesNoHeartbeatLarge() throws IOException {
        LettersDropped large =
                LettersDropped.newBuilder()
                        .setId(GROUP)
                        .setGroup(GROUP)
                        .setOperator("x".repeat(1 << 20))
                        .build();
        Files.writeString(file, line(large));
        assertEquals("x".repeat(100), opened().toReport().getFirst().getOperator());
    }

    @Test
    void noCharacterIsCutInTwo() {
        LettersDropped begun = drops.begin(THREE, Peer.UNKNOWN, "x".repeat(99) + "\ud83d\udc1f");
        drops.end(begun, "done", "");
        assertEquals("x".repeat(99), drops.toReport().getFirst().getOperator());
    }

    @Test
    void aDamagedLineTakesNoOtherAlong() throws IOException {
        drops.end(drops.begin(THREE, ANN, "first"), "done", "");
        drops.end(drops.begin(THREE, ANN, "second"), "done", "");
        List<LettersDropped> both = drops.toReport();
        List<String> lines = Files.readAllLines(file);
        String damaged =
                String.join("\n", lines.get(0), "?\u00fc", line(THREE_NOWHERE), lines.get(1));
        Files.writeString(file, damaged, StandardCharsets.ISO_8859_1);
        assertEquals(both, opened().toReport());
        assertEquals(
                damaged, // who looks after the node may see more in it
                Files.readString(folder.resolve("dropped.damaged"), StandardCharsets.ISO_8859_1));
        assertEquals(lines, Files.readAllLines(file));
    }

    @Test
    void aFileThatIsNoneIsSetAside() throws IOException {
        Files.createDirectories(file.resolve("full"));
        assertEquals(List.of(), opened().toReport());
        assertTrue(Files.exists(folder.resolve("dropped.damaged/full")));
    }

    private static String line(LettersDropped drop) {
        return Base64.getEncoder().encodeToString(drop.toByteArray());
    }

    @Test
    void theDeskSaysWhatCameOfIt() throws Exception {
        Path kept = folder.resolve("letters");
        LetterBounds bounds = new LetterBounds(9, 1 << 20, 1 << 20, Duration.ofDays(1));
        Letters letters = new Letters(kept, bounds, Clock.systemUTC(), System::nanoTime);
        letters.keeper(GROUP, PluginVersion::getDefaultInstance, "")
                .keep(ItemFault.getDefaultInstance(), 0, 1, List.of(ByteString.copyFromUtf8("x")));
        Path letter;
        try (var files = Files.list(kept)) {
            letter = files.findFirst().orElseThrow();
        }
        Files.move(letter, folder.resolve("moved"));
        Files.createDirectories(letter.resolve("full")); // as what cannot be deleted
        try (Server server =
                        new LetterDesk(letters, drops)
                                .at(
                                        Server.at(
                                                new Endpoint("127.0.0.1", 0),
                                                Security.loopbackOnly()))
                                .start();
                Connection connection = Connection.to(server.endpoint(), Security.loopbackOnly())) {
            assertThrows(CallException.class, () -> drop(connection));
            LettersDropped failed = drops.toReport().getFirst();
            assertEquals("failed", failed.getResult());
            assertEquals(1, failed.getItems());
            Files.delete(letter.resolve("full"));
            drop(connection);
            assertEquals("done", drops.toReport().getLast().getResult());
            drop(connection); // there are none
            assertEquals(2, drops.toReport().size());
        }
    }

    private static void drop(Connection connection) throws Exception {
        connection.call(
                Rpcs.DROP_DEAD_LETTERS,
                DropDeadLettersRequest.newBuilder().setGroup(GROUP).build(),
                Duration.ofSeconds(10));
    }

    private Drops opened() {
        Drops opened = new Drops(folder, Clock.systemUTC());
        opened.open();
        return opened;
    }
}
