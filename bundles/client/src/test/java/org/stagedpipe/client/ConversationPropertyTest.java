package org.stagedpipe.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.protocol.v1.GroupResponse;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.protocol.v1.Outcomes;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Exchange;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/// Whatever a coordinator answers: the first outcome of each item is handed over once, and a rule that is broken ends the group
/// with INTERNAL after what came before.
@SuppressWarnings("NullAway.Init")
class ConversationPropertyTest {

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final BlockingQueue<Script> SCRIPTS = new LinkedBlockingQueue<>();

    private static Cluster cluster;

    @BeforeContainer
    static void open() throws Exception {
        cluster = Cluster.that(client -> SCRIPTS.take().play(client));
    }

    @AfterContainer
    static void close() {
        cluster.close();
    }

    /// What the coordinator says next, of some items of the group. What is said of an item once more is to be dropped.
    sealed interface Deed {

        record Results(List<Integer> items) implements Deed {}

        record Faults(List<Integer> items, boolean areAborted) implements Deed {}

        /// @param chunks their sizes; none is that of an empty result
        record Big(int item, List<Integer> chunks) implements Deed {}

        /// A message of a later version.
        record News() implements Deed {}
    }

    /// A rule that one message breaks.
    enum Flaw {
        NONE(message -> false),
        SIZE_MISSING(message -> hasResults(message) && did(results(message).clearSizes())),
        SIZE_TOO_MANY(message -> message.hasOutcomes() && did(results(message).addSizes(0))),
        SIZE_TOO_LARGE(message -> hasResults(message) && did(results(message).setSizes(0, 1_000))),
        SIZE_NEGATIVE(message -> hasResults(message) && did(results(message).setSizes(0, -1))),
        BODY_TOO_LONG(message ->
                message.hasOutcomes()
                        && did(
                                results(message)
                                        .setBody(
                                                longer(
                                                        message.getOutcomes()
                                                                .getResults()
                                                                .getBody())))),
        RESULT_OF_NOTHING(message ->
                message.hasOutcomes() && did(results(message).addSequences(1_000).addSizes(0))),
        RESULT_OF_NONE(message ->
                message.hasOutcomes() && did(results(message).addSequences(-1).addSizes(0))),
        FAULT_OF_NOTHING(message ->
                message.hasOutcomes()
                        && did(message.getOutcomesBuilder().addFaults(Cluster.fault(1_000)))),
        CHUNK_OF_NOTHING(message -> {
            boolean isWhole = !isLater(message) && isLast(message);
            return isWhole && did(message.getChunkBuilder().setSequence(1_000));
        }),
        CHUNK_SKIPPED(message -> message.hasChunk() && moveTo(message, offset(message) + 1)),
        CHUNK_AGAIN(message -> isLater(message) && moveTo(message, offset(message) - 1)),
        RESULT_BEGUN_WITHIN(message -> isLater(message) && moveTo(message, 0)),
        OFFSET_NEGATIVE(message -> message.hasChunk() && moveTo(message, Long.MIN_VALUE)),
        CHUNK_OF_ANOTHER(message ->
                isLater(message)
                        && did(
                                message.getChunkBuilder()
                                        .setSequence(message.getChunk().getSequence() + 1))),
        RESULT_GROWS(
                message -> isLater(message) && resize(message, message.getChunk().getSize() + 1)),
        RESULT_NEGATIVE(message -> message.hasChunk() && resize(message, -1)),
        RESULT_TOO_LARGE(message -> message.hasChunk() && resize(message, Cluster.ITEM_BYTES + 1)),
        CHUNK_BEYOND_RESULT(message ->
                isLast(message)
                        && did(
                                message.getChunkBuilder()
                                        .setData(longer(message.getChunk().getData())))),
        MOVED_WITHOUT_FOLLOWING(
                message -> did(message.setMoved(PluginVersion.getDefaultInstance()))),
        COUNTS_OF_OTHERS(message ->
                message.hasClosed()
                        && did(
                                message.getClosedBuilder()
                                        .setAccepted(message.getClosed().getAccepted() + 1))),
        NEVER_CLOSED(message -> message.hasClosed() && did(message.clear()));

        private final Predicate<GroupResponse.Builder> breaks;

        /// @param breaks answers false if the message cannot break this rule
        Flaw(Predicate<GroupResponse.Builder> breaks) {
            this.breaks = breaks;
        }

        private static boolean did(Object change) {
            return change != null;
        }

        private static Items.Builder results(GroupResponse.Builder message) {
            return message.getOutcomesBuilder().getResultsBuilder();
        }

        private static boolean hasResults(GroupResponse.Builder message) {
            return message.getOutcomes().getResults().getSizesCount() > 0;
        }

        private static ByteString longer(ByteString body) {
            return body.concat(ByteString.copyFromUtf8("."));
        }

        private static boolean isLater(GroupResponse.Builder message) {
            return offset(message) > 0;
        }

        private static boolean isLast(GroupResponse.Builder message) {
            Chunk chunk = message.getChunk();
            return message.hasChunk() && isLast(chunk);
        }

        private static boolean isLast(Chunk chunk) {
            return chunk.getOffset() + chunk.getData().size() == chunk.getSize();
        }

        private static long offset(GroupResponse.Builder message) {
            return message.getChunk().getOffset();
        }

        private static boolean moveTo(GroupResponse.Builder message, long offset) {
            return did(message.getChunkBuilder().setOffset(offset));
        }

        private static boolean resize(GroupResponse.Builder message, long size) {
            return did(message.getChunkBuilder().setSize(size));
        }
    }

    /// What is answered, as messages; the rules are kept.
    private static final class Script {

        private final int items;
        private final List<GroupResponse> messages = new ArrayList<>();
        private final Map<Long, String> outcomes = new TreeMap<>(); // the first of each item
        private final List<Integer> known = new ArrayList<>(); // outcomes, before each message
        private int said;
        private int ok;
        private int failed;
        private int aborted;
        private int certain; // outcomes that came before the broken rule
        private boolean isBroken;

        private Script(int items, List<Deed> deeds) {
            this.items = items;
            deeds.forEach(this::add);
            add(new Deed.Results(IntStream.range(0, items).boxed().toList()));
            send(Cluster.closed(items, ok, failed, aborted));
        }

        private void add(Deed deed) {
            switch (deed) {
                case Deed.Results(List<Integer> some) -> {
                    Items.Builder results = Items.newBuilder();
                    ByteString body = ByteString.EMPTY;
                    List<Runnable> seen = new ArrayList<>();
                    for (int item : some) {
                        ByteString result = result(item % 7);
                        results.addSequences(item % items).addSizes(result.size());
                        body = body.concat(result);
                        seen.add(() -> ok(item % items, result));
                    }
                    send(Outcomes.newBuilder().setResults(results.setBody(body)));
                    seen.forEach(Runnable::run);
                }
                case Deed.Faults(List<Integer> some, boolean areAborted) -> {
                    Outcomes.Builder faults = Outcomes.newBuilder();
                    for (int item : some) {
                        faults.addFaults(
                                Cluster.fault(item % items)
                                        .setKind(ItemFault.Kind.STAGE)
                                        .setAborted(areAborted));
                    }
                    send(faults);
                    some.forEach(item -> fault(item % items, areAborted));
                }
                case Deed.Big(int item, List<Integer> chunks) -> {
                    ByteString result = result(chunks.stream().mapToInt(size -> size).sum());
                    int offset = 0;
                    for (int size : chunks.isEmpty() ? List.of(0) : chunks) {
                        send(chunk(item % items, result, offset, size));
                        offset += size;
                    }
                    ok(item % items, result);
                }
                case Deed.News() -> send(GroupResponse.getDefaultInstance());
            }
        }

        private void send(Outcomes.Builder outcomes) {
            send(GroupResponse.newBuilder().setOutcomes(outcomes).build());
        }

        private void send(GroupResponse message) {
            known.add(outcomes.size());
            messages.add(message);
        }

        /// The next one, which is unlike all others of that size but the empty one.
        private ByteString result(int size) {
            byte[] bytes = new byte[size];
            for (int i = 0; i < size; i++) {
                bytes[i] = (byte) (31 * said + i);
            }
            said++;
            return ByteString.copyFrom(bytes);
        }

        private static GroupResponse chunk(int item, ByteString result, int offset, int size) {
            return GroupResponse.newBuilder()
                    .setChunk(
                            Chunk.newBuilder()
                                    .setSequence(item)
                                    .setSize(result.size())
                                    .setOffset(offset)
                                    .setData(result.substring(offset, offset + size)))
                    .build();
        }

        private void ok(long item, ByteString result) {
            ok += outcomes.putIfAbsent(item, well(result.toByteArray())) == null ? 1 : 0;
        }

        private void fault(long item, boolean isAborted) {
            boolean isFirst = outcomes.putIfAbsent(item, isAborted ? "aborted" : "failed") == null;
            failed += isFirst && !isAborted ? 1 : 0;
            aborted += isFirst && isAborted ? 1 : 0;
        }

        /// Breaks that rule by the first message that can, from that place on and then from the first one on.
        private void breakRule(Flaw flaw, int place) {
            int count = messages.size();
            for (int i = 0; i < count && !isBroken; i++) {
                int at = (place + i) % count;
                GroupResponse.Builder message = messages.get(at).toBuilder();
                if (flaw.breaks.test(message)) {
                    messages.set(at, message.build());
                    certain = known.get(at);
                    isBroken = true;
                }
            }
        }

        private void play(Exchange<GroupResponse, GroupRequest> client)
                throws CallException, InterruptedException {
            while (client.next() != null) {} // until all items are here
            for (GroupResponse message : messages) {
                client.send(message);
            }
        }
    }

    @Property(tries = 80, shrinking = ShrinkingMode.BOUNDED)
    void eachOutcomeIsHandedOverOnceUnlessARuleIsBroken(
            @ForAll("counts") int items,
            @ForAll("deeds") List<Deed> deeds,
            @ForAll Flaw flaw,
            @ForAll("counts") int place)
            throws Exception {
        Script script = new Script(items, deeds);
        script.breakRule(flaw, place);

        Map<Long, String> taken = new TreeMap<>();
        ClientException why = converse(script, taken);

        if (script.isBroken) {
            assertTrue(why != null && why.kind() == Kind.INTERNAL, () -> "ends with " + why);
            assertTrue(taken.size() >= script.certain, () -> "lost: " + taken);
            assertTrue(script.outcomes.entrySet().containsAll(taken.entrySet()), taken::toString);
        } else {
            assertNull(why);
            assertEquals(script.outcomes, taken);
        }
    }

    /// Runs a group to its end, which is answered.
    private static @Nullable ClientException converse(Script script, Map<Long, String> taken)
            throws InterruptedException {
        SCRIPTS.add(script);
        try (Group group = cluster.group().open()) {
            for (int i = 0; i < script.items; i++) {
                group.submit(new byte[i]);
            }
            group.finish();
            for (Outcome<byte[]> next = group.poll(PATIENCE);
                    next != null;
                    next = group.poll(PATIENCE)) {
                assertNull(taken.put(next.sequence(), text(next)), "twice");
            }
            assertTrue(group.isEnded(), "no end");
            return null;
        } catch (ClientException e) {
            return e;
        }
    }

    private static String well(byte[] result) {
        return "ok " + HexFormat.of().formatHex(result);
    }

    private static String text(Outcome<byte[]> outcome) {
        return switch (outcome) {
            case Outcome.Ok<byte[]> ok -> well(ok.data());
            case Outcome.Failed<byte[]> _ -> "failed";
            case Outcome.Aborted<byte[]> _ -> "aborted";
        };
    }

    @Provide
    Arbitrary<Integer> counts() {
        return Arbitraries.integers().between(1, 9);
    }

    @Provide
    Arbitrary<List<Deed>> deeds() {
        Arbitrary<Integer> item = Arbitraries.integers().between(0, 20);
        Arbitrary<List<Integer>> some = item.list().ofMaxSize(4);
        Arbitrary<List<Integer>> chunks =
                Arbitraries.integers().between(1, 300).list().ofMaxSize(4);
        return Arbitraries.<Deed>frequencyOf(
                        Tuple.of(2, some.map(Deed.Results::new)),
                        Tuple.of(
                                1,
                                Combinators.combine(some, Arbitraries.of(true, false))
                                        .as(Deed.Faults::new)),
                        Tuple.of(4, Combinators.combine(item, chunks).as(Deed.Big::new)),
                        Tuple.of(1, Arbitraries.just(new Deed.News())))
                .list()
                .ofMaxSize(6);
    }

    /// Numbers that fit by chance only, so that several rules may be broken at once, or one nobody thought of.
    @Property(tries = 1000, shrinking = ShrinkingMode.BOUNDED)
    void anyMessagesAreReadWholeOrRefused(@ForAll("messages") List<GroupResponse> messages) {
        Inbox inbox = new Inbox();
        inbox.maxResultBytes(2);
        ByteString half = ByteString.EMPTY;
        try {
            for (GroupResponse message : messages) {
                if (message.hasChunk()) {
                    half = read(inbox, message.getChunk(), half);
                } else {
                    read(inbox, message.getOutcomes());
                }
            }
        } catch (CallException e) {
            assertEquals(Kind.INTERNAL, e.kind());
        }
    }

    private static void read(Inbox inbox, Outcomes message) throws CallException {
        List<Outcome<byte[]>> outcomes = inbox.read(message);
        assertEquals(
                message.getResults().getSequencesList(),
                outcomes.stream().map(Outcome::sequence).toList());
        ByteString all =
                outcomes.stream()
                        .map(outcome -> ByteString.copyFrom(data(outcome)))
                        .reduce(ByteString.EMPTY, ByteString::concat);
        assertEquals(message.getResults().getBody(), all);
    }

    /// Answers what there is of a result then.
    private static ByteString read(Inbox inbox, Chunk chunk, ByteString half) throws CallException {
        Outcome<byte[]> whole = inbox.read(chunk);
        ByteString come = half.concat(chunk.getData());
        assertTrue(chunk.getSize() <= 2, "larger than results may be");
        assertEquals(come.size() == chunk.getSize(), whole != null);
        if (whole == null) {
            return come;
        }
        assertEquals(come, ByteString.copyFrom(data(whole)));
        return ByteString.EMPTY;
    }

    private static byte[] data(Outcome<byte[]> outcome) {
        return ((Outcome.Ok<byte[]>) outcome).data();
    }

    @Provide
    Arbitrary<List<GroupResponse>> messages() {
        Arbitrary<Integer> number =
                Arbitraries.frequencyOf(
                        Tuple.of(20, Arbitraries.integers().between(0, 2)),
                        Tuple.of(1, Arbitraries.of(3, -1, Integer.MIN_VALUE, Integer.MAX_VALUE)));
        Arbitrary<ByteString> bytes =
                Arbitraries.integers()
                        .between(0, 2)
                        .map(size -> ByteString.copyFromUtf8("ab".substring(0, size)));
        Arbitrary<List<Integer>> few = number.list().ofMaxSize(2);
        Arbitrary<GroupResponse> results =
                Combinators.combine(few, few, bytes)
                        .as((sequences, sizes, body) -> {
                            Items.Builder items = Items.newBuilder().setBody(body);
                            sequences.forEach(items::addSequences);
                            return GroupResponse.newBuilder()
                                    .setOutcomes(
                                            Outcomes.newBuilder()
                                                    .setResults(items.addAllSizes(sizes)))
                                    .build();
                        });
        Arbitrary<GroupResponse> chunk =
                Combinators.combine(number, number, number, bytes)
                        .as((sequence, size, offset, data) ->
                                GroupResponse.newBuilder()
                                        .setChunk(
                                                Chunk.newBuilder()
                                                        .setSequence(sequence)
                                                        .setSize(size)
                                                        .setOffset(offset)
                                                        .setData(data))
                                        .build());
        return Arbitraries.oneOf(results, chunk).list().ofMaxSize(6);
    }
}
