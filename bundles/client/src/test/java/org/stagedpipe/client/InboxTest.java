package org.stagedpipe.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.stagedpipe.api.Fault;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.protocol.v1.Outcomes;
import org.stagedpipe.transport.CallException;

import java.util.List;

class InboxTest {

    private final Inbox inbox = new Inbox();

    @Test
    void cutsTheBodyIntoResults() throws Exception {
        List<Outcome<byte[]>> outcomes =
                inbox.read(
                        results(
                                Items.newBuilder()
                                        .addSequences(5)
                                        .addSizes(2)
                                        .addSequences(3)
                                        .addSizes(0)
                                        .addSequences(4)
                                        .addSizes(1),
                                "abc"));

        assertEquals(3, outcomes.size());
        assertOk(5, "ab", outcomes.get(0));
        assertOk(3, "", outcomes.get(1));
        assertOk(4, "c", outcomes.get(2));
    }

    @ParameterizedTest
    @EnumSource(
            value = ItemFault.Kind.class,
            mode = Mode.EXCLUDE,
            names = {"KIND_UNSPECIFIED", "UNRECOGNIZED"})
    void readsEachKindOfFault(ItemFault.Kind kind) throws Exception {
        ItemFault.Builder fault =
                ItemFault.newBuilder()
                        .setSequence(4)
                        .setKind(kind)
                        .setStage("load")
                        .setAttempt(2)
                        .setText("text")
                        .setRetryable(true);
        Fault expected = new Fault(Fault.Kind.valueOf(kind.name()), "load", 2, "text", true);

        assertEquals(
                List.of(new Outcome.Failed<byte[]>(4, expected)),
                inbox.read(Outcomes.newBuilder().addFaults(fault).build()));
        assertEquals(
                List.of(new Outcome.Aborted<byte[]>(4, expected)),
                inbox.read(Outcomes.newBuilder().addFaults(fault.setAborted(true)).build()));
    }

    @Test
    void readsAFaultOfALaterVersion() throws Exception {
        assertEquals(
                List.of(
                        new Outcome.Failed<byte[]>(
                                0, new Fault(Fault.Kind.SYSTEM, null, 0, "", false))),
                inbox.read(
                        Outcomes.newBuilder()
                                .addFaults(ItemFault.newBuilder().setKindValue(99))
                                .build()));
    }

    @Test
    void putsABigResultTogether() throws Exception {
        assertNull(inbox.read(chunk(8, 5, 0, "ab")));
        assertNull(inbox.read(chunk(8, 5, 2, "cd")));
        assertOk(8, "abcde", inbox.read(chunk(8, 5, 4, "e")));
        assertOk(9, "f", inbox.read(chunk(9, 1, 0, "f")));
    }

    /// The coordinator could not read them all.
    @Test
    void aFaultEndsAResultOfWhichPartsHaveCome() throws Exception {
        assertNull(inbox.read(chunk(8, 5, 0, "ab")));
        ItemFault another = ItemFault.newBuilder().setSequence(7).build();
        inbox.read(Outcomes.newBuilder().addFaults(another).build());
        assertNull(inbox.read(chunk(8, 5, 2, "cd")));
        ItemFault fault = ItemFault.newBuilder().setSequence(8).build();
        inbox.read(Outcomes.newBuilder().addFaults(fault).build());
        assertOk(9, "f", inbox.read(chunk(9, 1, 0, "f")));
    }

    @Test
    void refusesResultsThatDoNotFitTheirMessage() {
        assertEquals(
                "the coordinator sent 2 sizes for 1 results in one message",
                refusal(() ->
                        inbox.read(
                                results(
                                        Items.newBuilder().addSequences(1).addSizes(1).addSizes(1),
                                        "ab"))));
        assertEquals(
                "the coordinator sent results larger than the 2 bytes of their message",
                refusal(() ->
                        inbox.read(results(Items.newBuilder().addSequences(1).addSizes(3), "ab"))));
        assertEquals(
                "the coordinator sent results larger than the 2 bytes of their message",
                refusal(() ->
                        inbox.read(
                                results(Items.newBuilder().addSequences(1).addSizes(-1), "ab"))));
        assertEquals(
                "the coordinator sent 2 bytes for results of 1",
                refusal(() ->
                        inbox.read(results(Items.newBuilder().addSequences(1).addSizes(1), "ab"))));
    }

    @Test
    void refusesPartsThatAreNotTheNext() throws Exception {
        assertEquals(
                "the coordinator sent a result of 18446744073709551615 bytes (expected: at most"
                        + " 104857600)",
                refusal(() -> inbox.read(chunk(1, -1, 0, ""))));
        assertNull(inbox.read(chunk(1, 3, 0, "a")));
        for (Chunk wrong :
                List.of(
                        chunk(2, 3, 1, "b"),
                        chunk(1, 4, 1, "b"),
                        chunk(1, 3, 2, "b"),
                        chunk(1, 3, 1, "bcd"))) {
            assertEquals(
                    "the coordinator sent a part of result "
                            + wrong.getSequence()
                            + " at "
                            + wrong.getOffset()
                            + ", where result 1 goes on at 1",
                    refusal(() -> inbox.read(wrong)));
        }
        assertOk(1, "abc", inbox.read(chunk(1, 3, 1, "bc")));
    }

    /// A first part of a few bytes would take an array of 2 GiB.
    @Test
    void refusesAResultLargerThanAnItemMayBe() throws Exception {
        assertEquals(
                "the coordinator sent a result of 104857601 bytes (expected: at most 104857600)",
                refusal(() -> inbox.read(chunk(1, (100 << 20) + 1, 0, "a"))));
        inbox.maxResultBytes(3);
        assertEquals(
                "the coordinator sent a result of 4 bytes (expected: at most 3)",
                refusal(() -> inbox.read(chunk(1, 4, 0, "a"))));
        assertOk(1, "abc", inbox.read(chunk(1, 3, 0, "abc")));
    }

    private interface Reading {
        void read() throws CallException;
    }

    private static String refusal(Reading reading) {
        return assertThrows(CallException.class, reading::read).getMessage();
    }

    private static void assertOk(long sequence, String data, @Nullable Outcome<byte[]> outcome) {
        Outcome.Ok<?> ok = assertInstanceOf(Outcome.Ok.class, outcome);
        assertEquals(sequence, ok.sequence());
        assertArrayEquals(ByteString.copyFromUtf8(data).toByteArray(), (byte[]) ok.data());
    }

    private static Outcomes results(Items.Builder items, String body) {
        return Outcomes.newBuilder()
                .setResults(items.setBody(ByteString.copyFromUtf8(body)))
                .build();
    }

    private static Chunk chunk(long sequence, long size, long offset, String data) {
        return Chunk.newBuilder()
                .setSequence(sequence)
                .setSize(size)
                .setOffset(offset)
                .setData(ByteString.copyFromUtf8(data))
                .build();
    }
}
