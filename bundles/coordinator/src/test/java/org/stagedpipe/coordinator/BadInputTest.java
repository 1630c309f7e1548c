package org.stagedpipe.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.stagedpipe.coordinator.DeliveryTest.counts;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.transport.Buffers;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/// Messages that break a rule: they end their own stream, and say what was wrong.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
final class BadInputTest {

    /// What the cluster's heartbeats may need when it is looked at.
    private static final int FEW_BYTES = 64 << 10;

    private static final int MAX_ITEM_BYTES = 8 << 20;

    private Path data;
    private TestCluster cluster;
    private TestGroup neighbour;
    private long buffersBefore;

    @BeforeAll
    void open(@TempDir Path folder) throws Exception {
        data = folder;
        cluster =
                new TestCluster(
                        1,
                        "data",
                        data.toString(),
                        "groupWindowItems",
                        100,
                        "maxItemBytes",
                        MAX_ITEM_BYTES,
                        "spoolFromBytes",
                        (4 << 20) + 1);
        neighbour = cluster.group();
        buffersBefore = Buffers.usedBytes();
    }

    @AfterAll
    void close() {
        neighbour.send(0, 10);
        assertEquals(counts(10, 10, 0, 0), neighbour.finish(), "another group does not notice");
        cluster.overseer()
                .awaitHeartbeat( // nothing is left of the others
                        beat ->
                                beat.getLoad().getGroups() == 0
                                        && beat.getLoad().getItemsInFlight() == 0
                                        && beat.getLoad().getBytesInFlight() == 0);
        Until.holds(() -> openFiles() == 0, () -> "files of the spool are open");
        Until.holds(
                () -> Buffers.usedBytes() <= buffersBefore + FEW_BYTES,
                () -> "buffers: " + buffersBefore + ", then " + Buffers.usedBytes());
        cluster.close();
    }

    @Test
    void refusesASecondOpen() {
        assertInvalid(
                "a second open (expected: one, first)", group -> group.open("echo", open -> open));
    }

    @Test
    void refusesDataBeforeOpen() {
        TestGroup items = cluster.stream();
        items.send(0, 1);
        assertEquals(
                "items before the group is open (expected: open first)",
                items.awaitFailure().getMessage());
        TestGroup cancel = cluster.stream();
        cancel.cancel("");
        assertEquals(Kind.INVALID, cancel.awaitFailure().kind());
        TestGroup nothing = cluster.stream();
        nothing.call().complete();
        assertEquals(
                "a stream without a message (expected: open)", nothing.awaitFailure().getMessage());
    }

    @Test
    void refusesAMessageWithoutContent() {
        assertInvalid(
                "a message without content (expected: open, items, chunk, cancel or moved)",
                group -> group.call().send(GroupRequest.getDefaultInstance()));
    }

    @Test
    void refusesASequenceThatDoesNotAscend() {
        assertInvalid(
                "sequence 7 after 7 (expected: ascending)",
                group -> {
                    group.send(7, 1);
                    group.send(7, 1);
                });
        assertInvalid(
                "sequence 6 after 7 (expected: ascending)",
                group -> {
                    group.send(7, 1);
                    group.send(chunk(6, 10, 0, 10));
                });
        assertInvalid(
                "sequence 18446744073709551615 (expected: below 2^63)", group -> group.send(-1, 1));
    }

    @Test
    void refusesFramesWhoseNumbersAreWrong() {
        assertInvalid(
                "items: 0 in one frame (expected: 1 to 4096 items)",
                group -> group.send(Items.getDefaultInstance()));
        assertInvalid(
                "items: 4097 in one frame (expected: 1 to 4096 items)",
                group -> group.send(0, 4_097));
        assertInvalid(
                "items: 1 sequences and 0 sizes (expected: as many of both)",
                group -> group.send(Items.newBuilder().addSequences(1).build()));
        assertInvalid(
                "items: sizes of 4294967295 bytes and a body of 0 bytes (expected: the same)",
                group -> group.send(Items.newBuilder().addSequences(1).addSizes(-1).build()));
        assertInvalid(
                "items: a body of 1048577 bytes (expected: at most 1048576; chunks for a larger"
                        + " item)",
                group -> group.send(0, List.of(ByteString.copyFrom(new byte[1_048_577]))));
    }

    @Test
    void doesNotReadAMessageThatIsLargerThanAnyMayBe() {
        assertInvalid(
                "a message of more than 1196032 bytes (expected: at most that many)",
                group -> group.send(0, List.of(ByteString.copyFrom(new byte[10_000_000]))));
    }

    @Test
    void refusesChunksThatDoNotContinueTheirItem() {
        assertInvalid(
                "chunk of item 1, 10 bytes at 5 of 20 (expected: offset 0, its first one)",
                group -> group.send(chunk(1, 20, 5, 10)));
        assertInvalid(
                "chunk of item 1, 10 bytes at 0 of 20 (expected: offset 10: item 1 has 10 of 20"
                        + " bytes)",
                group -> {
                    group.send(chunk(1, 20, 0, 10));
                    group.send(chunk(1, 20, 0, 10));
                });
        assertInvalid(
                "chunk of item 1, 11 bytes at 10 of 20 (expected: at most 10 bytes: item 1 has 10"
                        + " of 20 bytes)",
                group -> {
                    group.send(chunk(1, 20, 0, 10));
                    group.send(chunk(1, 20, 10, 11));
                });
        assertInvalid(
                "chunk of item 2, 10 bytes at 10 of 20 (expected: the rest first: item 1 has 10 of"
                        + " 20 bytes)",
                group -> {
                    group.send(chunk(1, 20, 0, 10));
                    group.send(chunk(2, 20, 10, 10));
                });
        assertInvalid(
                "chunk of item 1, 0 bytes at 0 of 20 (expected: some data: item 1 has 0 of 20"
                        + " bytes)",
                group -> group.send(chunk(1, 20, 0, 0)));
        assertInvalid(
                "items inside a big item (expected: the rest first: item 1 has 10 of 20 bytes)",
                group -> {
                    group.send(chunk(1, 20, 0, 10));
                    group.send(2, 1);
                });
        assertInvalid(
                "the end inside a big item (expected: the rest first: item 1 has 10 of 20 bytes)",
                group -> {
                    group.send(chunk(1, 20, 0, 10));
                    group.call().complete();
                });
    }

    @Test
    void refusesSizesAndSequencesThatAreNegative() {
        assertInvalid(
                "chunk of item 1, 10 bytes at 0 of 18446744073709551615 (expected: a size below"
                        + " 2^63)",
                group -> group.send(chunk(1, -1, 0, 10)));
        assertInvalid(
                "chunk of item 1, 10 bytes at 18446744073709551615 of 20 (expected: offset 0, its"
                        + " first one)",
                group -> group.send(chunk(1, 20, -1, 10)));
        assertInvalid(
                "sequence 18446744073709551615 (expected: below 2^63)",
                group -> group.send(chunk(-1, 20, 0, 10)));
    }

    @Test
    void refusesChunksThatAreTooLarge() {
        assertInvalid(
                "chunk of item 1, 1048577 bytes at 0 of 2000000 (expected: at most 1048576 bytes)",
                group -> group.send(chunk(1, 2_000_000, 0, 1_048_577)));
    }

    @Test
    void goesOnAfterAnItemThatIsTooLarge() {
        TestGroup group = cluster.group();
        group.send(0, 1);
        group.sendBig(1, ByteString.copyFrom(new byte[MAX_ITEM_BYTES + 1]), 500_000);
        group.send(2, 1);

        assertEquals(counts(3, 2, 1, 0), group.finish());
        ItemFault fault = group.fault(1);
        assertEquals(ItemFault.Kind.TOO_LARGE, fault.getKind());
        assertEquals("an item of 8388609 bytes (expected: at most 8388608)", fault.getText());
        assertEquals(0, fault.getAttempt());
    }

    @Test
    void dropsABigItemThatIsNotWhole() {
        assertInvalid(
                "chunk of item 1, 10 bytes at 0 of 8388608 (expected: offset 1000: item 1 has 1000"
                        + " of 8388608 bytes)",
                group -> {
                    group.send(chunk(1, MAX_ITEM_BYTES, 0, 1_000));
                    Until.holds(() -> openFiles() == 1, () -> "it is not in the spool");
                    group.send(chunk(1, MAX_ITEM_BYTES, 0, 10));
                });
    }

    private long openFiles() {
        try {
            return SpoolTest.openFiles(data);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void assertInvalid(String text, Consumer<TestGroup> deed) {
        TestGroup group = cluster.group();
        deed.accept(group);
        CallException why = group.awaitFailure();
        assertEquals(text, why.getMessage());
        assertEquals(Kind.INVALID, why.kind());
    }

    private static Chunk chunk(long sequence, long size, long offset, int bytes) {
        return Chunk.newBuilder()
                .setSequence(sequence)
                .setSize(size)
                .setOffset(offset)
                .setData(ByteString.copyFrom(new byte[bytes]))
                .build();
    }
}
