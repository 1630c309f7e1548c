package org.stagedpipe.worker.part;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tuple;

import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.protocol.v1.Redelivery;
import org.stagedpipe.protocol.v1.WorkRequest;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.worker.part.TestStream.Opening;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/// Whatever a coordinator sends: each item is answered once, with its own bytes, or the stream ends as INVALID; no part of an item
/// reaches the plugin, and nothing is left.
class PartPropertyTest {

    private static final int LARGEST_CHUNK_BYTES = 262_144;

    /// What a coordinator does next.
    sealed interface Deed {

        /// @param sizes of its items
        record Frame(List<Integer> sizes) implements Deed {}

        /// @param chunks their sizes; none is that of an empty item
        record Big(List<Integer> chunks) implements Deed {}

        record Again(int attempt, boolean isAlone) implements Deed {}
    }

    /// A rule that one message breaks. Nothing follows it.
    enum Flaw {
        NONE(message -> false),
        SIZE_MISSING(message -> isFrame(message) && drop(message.getItemsBuilder())),
        SIZE_TOO_MANY(message -> message.hasItems() && did(message.getItemsBuilder().addSizes(0))),
        SIZE_NEGATIVE(
                message -> isFrame(message) && did(message.getItemsBuilder().setSizes(0, -1))),
        ITEM_OF_NONE(
                message -> isFrame(message) && did(message.getItemsBuilder().setSequences(0, -1))),
        CHUNK_OF_NONE(
                message -> message.hasChunk() && did(message.getChunkBuilder().setSequence(-1))),
        BODY_TOO_LONG(message ->
                message.hasItems()
                        && did(
                                message.getItemsBuilder()
                                        .setBody(longer(message.getItems().getBody())))),
        KEY_TOO_MANY(message -> message.hasItems() && did(message.getItemsBuilder().addKeys(1))),
        KEY_OF_NONE(message ->
                message.getItems().getKeysCount() > 0
                        && did(message.getItemsBuilder().setKeys(0, 0))),
        CHUNK_KEY_WRONG(message ->
                message.hasChunk()
                        && did(
                                message.getChunkBuilder()
                                        .setKey(message.getChunk().getKey() == 0 ? 1 : 0))),
        CHUNK_KEY_OF_ANOTHER(message ->
                isLater(message)
                        && did(message.getChunkBuilder().setKey(message.getChunk().getKey() + 1))),
        CHUNK_SKIPPED(message -> message.hasChunk() && moveTo(message, offset(message) + 1)),
        CHUNK_AGAIN(message -> isLater(message) && moveTo(message, offset(message) - 1)),
        OFFSET_NEGATIVE(message -> message.hasChunk() && moveTo(message, Long.MIN_VALUE)),
        CHUNK_OF_ANOTHER(message ->
                isLater(message)
                        && did(
                                message.getChunkBuilder()
                                        .setSequence(message.getChunk().getSequence() + 1))),
        ITEM_BEGUN_WITHIN(message -> isLater(message) && moveTo(message, 0)),
        ITEM_GROWS(message ->
                isLater(message)
                        && did(
                                message.getChunkBuilder()
                                        .setSize(message.getChunk().getSize() + 1))),
        ITEM_HUGE(message -> message.hasChunk() && resize(message, 104_857_601)),
        ITEM_NEGATIVE(message -> message.hasChunk() && resize(message, -1)),
        CHUNK_BEYOND_ITEM(message -> isLast(message) && fill(message, data(message).size() + 1)),
        CHUNK_EMPTY(message -> message.getChunk().getSize() > 0 && fill(message, 0)),
        CHUNK_HUGE(message ->
                message.hasChunk()
                        && offset(message) == 0
                        && resize(message, 1 << 20)
                        && fill(message, LARGEST_CHUNK_BYTES + 1)),
        ATTEMPT_OF_NONE(message -> message.hasRedelivery() && attempt(message, 0)),
        ATTEMPT_NEGATIVE(message -> message.hasRedelivery() && attempt(message, -1)),
        FRAME_WITHIN_ITEM(message -> isLater(message) && did(message.setItems(Items.newBuilder()))),
        OPEN_AGAIN(message -> did(message.setOpen(PartTest.open(false).getOpen()))),
        UNKNOWN(message -> did(message.clear())),
        END_WITHIN_ITEM(message -> message.hasChunk() && !isLast(message));

        private final Predicate<WorkRequest.Builder> breaks;

        /// @param breaks answers false if the message cannot break this rule
        Flaw(Predicate<WorkRequest.Builder> breaks) {
            this.breaks = breaks;
        }

        private static boolean did(Object change) {
            return change != null;
        }

        private static boolean isFrame(WorkRequest.Builder message) {
            return message.getItems().getSizesCount() > 0;
        }

        private static boolean drop(Items.Builder items) {
            List<Integer> sizes = items.getSizesList().subList(1, items.getSizesCount());
            return did(items.clearSizes().addAllSizes(List.copyOf(sizes)));
        }

        private static ByteString longer(ByteString body) {
            return body.concat(ByteString.copyFromUtf8("."));
        }

        private static boolean isLater(WorkRequest.Builder message) {
            return offset(message) > 0;
        }

        private static boolean isLast(WorkRequest.Builder message) {
            return message.hasChunk()
                    && offset(message) + data(message).size() == message.getChunk().getSize();
        }

        private static long offset(WorkRequest.Builder message) {
            return message.getChunk().getOffset();
        }

        private static ByteString data(WorkRequest.Builder message) {
            return message.getChunk().getData();
        }

        private static boolean moveTo(WorkRequest.Builder message, long offset) {
            return did(message.getChunkBuilder().setOffset(offset));
        }

        private static boolean resize(WorkRequest.Builder message, long size) {
            return did(message.getChunkBuilder().setSize(size));
        }

        private static boolean fill(WorkRequest.Builder message, int bytes) {
            return did(message.getChunkBuilder().setData(ByteString.copyFrom(new byte[bytes])));
        }

        private static boolean attempt(WorkRequest.Builder message, int attempt) {
            return did(message.getRedeliveryBuilder().setAttempt(attempt));
        }
    }

    /// What is sent, as messages; the rules are kept.
    private static final class Script {

        private final boolean isKeyed;
        private final List<WorkRequest> messages = new ArrayList<>();
        private final Map<Long, ByteString> items = new TreeMap<>();
        private boolean isBroken;

        private Script(boolean isKeyed) {
            this.isKeyed = isKeyed;
            messages.add(PartTest.open(isKeyed));
        }

        private void add(Deed deed) {
            switch (deed) {
                case Deed.Frame(List<Integer> sizes) -> {
                    Items.Builder frame = Items.newBuilder();
                    ByteString body = ByteString.EMPTY;
                    for (int size : sizes) {
                        long sequence = items.size();
                        body = body.concat(item(size));
                        frame.addSequences(sequence).addSizes(size);
                        if (isKeyed) {
                            frame.addKeys(key(sequence));
                        }
                    }
                    messages.add(WorkRequest.newBuilder().setItems(frame.setBody(body)).build());
                }
                case Deed.Big(List<Integer> chunks) -> {
                    long sequence = items.size();
                    ByteString item = item(chunks.stream().mapToInt(size -> size).sum());
                    int offset = 0;
                    for (int size : chunks.isEmpty() ? List.of(0) : chunks) {
                        messages.add(chunk(sequence, item, offset, size));
                        offset += size;
                    }
                }
                case Deed.Again(int attempt, boolean isAlone) ->
                        messages.add(
                                WorkRequest.newBuilder()
                                        .setRedelivery(
                                                Redelivery.newBuilder()
                                                        .setAttempt(attempt)
                                                        .setAlone(isAlone))
                                        .build());
            }
        }

        /// The next one, which is unlike all others.
        private ByteString item(int size) {
            byte[] bytes = new byte[size];
            for (int i = 0; i < size; i++) {
                bytes[i] = (byte) (31 * items.size() + i);
            }
            ByteString item = ByteString.copyFrom(bytes);
            items.put((long) items.size(), item);
            return item;
        }

        private static long key(long sequence) {
            return 1 + sequence % 3;
        }

        private WorkRequest chunk(long sequence, ByteString item, int offset, int size) {
            return WorkRequest.newBuilder()
                    .setChunk(
                            Chunk.newBuilder()
                                    .setSequence(sequence)
                                    .setSize(item.size())
                                    .setOffset(offset)
                                    .setData(item.substring(offset, offset + size))
                                    .setKey(isKeyed ? key(sequence) : 0))
                    .build();
        }

        /// Breaks that rule by the first message that can, from that place on and then from the first one on.
        private void breakRule(Flaw flaw, int place) {
            int count = messages.size();
            for (int i = 0; i < count; i++) {
                int at = (place + i) % count;
                WorkRequest.Builder message = messages.get(at).toBuilder();
                if (at > 0 && flaw.breaks.test(message)) {
                    messages.set(at, message.build());
                    messages.subList(at + 1, count).clear();
                    isBroken = true;
                    return;
                }
            }
        }
    }

    @Property(tries = 400, shrinking = ShrinkingMode.BOUNDED)
    void eachItemIsAnsweredOnceUnlessARuleIsBroken(
            @ForAll("deeds") List<Deed> deeds,
            @ForAll boolean isKeyed,
            @ForAll Flaw flaw,
            @ForAll("places") int place,
            @ForAll Opening opening) {
        Script script = new Script(isKeyed);
        deeds.forEach(script::add);
        script.breakRule(flaw, place);

        TestStream stream = TestStream.of(script.messages, opening);

        CallException why = stream.failure();
        if (script.isBroken) {
            assertNotNull(why, "a broken rule ends the stream");
            assertTrue(
                    why.kind() == Kind.INVALID
                            || (opening == Opening.NEVER && why.kind() == Kind.NOT_FOUND),
                    why::toString);
            assertTrue(
                    flaw == Flaw.END_WITHIN_ITEM || !why.getMessage().startsWith("the stream ends"),
                    "not at once");
            assertTrue(script.items.entrySet().containsAll(stream.results().entrySet()));
        } else if (opening == Opening.NEVER) {
            assertNotNull(why, "it is not to be had");
            assertEquals(Kind.NOT_FOUND, why.kind());
        } else {
            assertNull(why);
            assertEquals(script.items, stream.results());
        }
        assertTrue(stream.answers() == stream.results().size(), "answered once");
        assertTrue(script.items.values().containsAll(stream.seen()), "whole ones only");
    }

    @Provide
    Arbitrary<List<Deed>> deeds() {
        Arbitrary<Integer> size = Arbitraries.integers().between(0, 40);
        Arbitrary<Integer> chunk =
                Arbitraries.frequencyOf(
                        Tuple.of(9, Arbitraries.integers().between(1, 400)),
                        Tuple.of(1, Arbitraries.just(LARGEST_CHUNK_BYTES)));
        return Arbitraries.<Deed>oneOf(
                        size.list().ofMaxSize(7).map(Deed.Frame::new),
                        chunk.list().ofMaxSize(4).map(Deed.Big::new),
                        Combinators.combine(
                                        Arbitraries.integers().between(1, 3),
                                        Arbitraries.of(true, false))
                                .as(Deed.Again::new))
                .list()
                .ofMaxSize(8);
    }

    @Provide
    Arbitrary<Integer> places() {
        return Arbitraries.integers().between(1, 12);
    }

    /// Numbers that fit by chance only, so that several rules may be broken at once, or one nobody thought of.
    @Property(tries = 400, shrinking = ShrinkingMode.BOUNDED)
    void anyMessagesAreTakenWholeOrInvalid(
            @ForAll("messages") List<WorkRequest> messages, @ForAll boolean isKeyed) {
        List<WorkRequest> all = new ArrayList<>(messages);
        all.addFirst(PartTest.open(isKeyed));

        TestStream stream = TestStream.of(all, Opening.AT_ONCE);

        CallException why = stream.failure();
        int items = messages.stream().mapToInt(PartPropertyTest::wholeItems).sum();
        if (why == null) {
            assertEquals(items, stream.answers());
        } else {
            assertEquals(Kind.INVALID, why.kind(), why::getMessage);
            assertTrue(stream.answers() <= items);
        }
    }

    private static int wholeItems(WorkRequest message) {
        Chunk chunk = message.getChunk();
        boolean isWhole =
                message.hasChunk() && chunk.getOffset() + chunk.getData().size() == chunk.getSize();
        return message.getItems().getSequencesCount() + (isWhole ? 1 : 0);
    }

    @Provide
    Arbitrary<List<WorkRequest>> messages() {
        Arbitrary<Integer> number =
                Arbitraries.frequencyOf(
                        Tuple.of(20, Arbitraries.integers().between(0, 2)),
                        Tuple.of(1, Arbitraries.of(-1, Integer.MIN_VALUE, Integer.MAX_VALUE)));
        Arbitrary<ByteString> bytes =
                Arbitraries.integers()
                        .between(0, 2)
                        .map(size -> ByteString.copyFrom(new byte[size]));
        Arbitrary<List<Integer>> few = number.list().ofMaxSize(2);
        Arbitrary<WorkRequest> items =
                Combinators.combine(few, few, few, bytes)
                        .as((sequences, sizes, keys, body) -> {
                            Items.Builder frame = Items.newBuilder().setBody(body);
                            sequences.forEach(frame::addSequences);
                            keys.forEach(frame::addKeys);
                            return WorkRequest.newBuilder()
                                    .setItems(frame.addAllSizes(sizes))
                                    .build();
                        });
        Arbitrary<WorkRequest> chunk =
                Combinators.combine(number, number, number, bytes, number)
                        .as((sequence, size, offset, data, key) ->
                                WorkRequest.newBuilder()
                                        .setChunk(
                                                Chunk.newBuilder()
                                                        .setSequence(sequence)
                                                        .setSize(size)
                                                        .setOffset(offset)
                                                        .setData(data)
                                                        .setKey(key))
                                        .build());
        Arbitrary<WorkRequest> again =
                number.map(attempt ->
                        WorkRequest.newBuilder()
                                .setRedelivery(Redelivery.newBuilder().setAttempt(attempt))
                                .build());
        return Arbitraries.oneOf(items, chunk, again).list().ofMaxSize(6);
    }
}
