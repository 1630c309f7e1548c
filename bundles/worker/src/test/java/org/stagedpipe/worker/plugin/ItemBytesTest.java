package org.stagedpipe.worker.plugin;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteOutput;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Bytes;
import org.stagedpipe.api.Codec;
import org.stagedpipe.api.Plugin;
import org.stagedpipe.api.Request;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;
import org.stagedpipe.engine.Pipelines;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

@Timeout(20)
class ItemBytesTest {

    private final byte[] message = new byte[300_000];

    ItemBytesTest() {
        new Random(5).nextBytes(message);
    }

    @Test
    void aLargeItemThatIsPassedOnIsNotCopied() throws Exception {
        Bytes[] seen = new Bytes[1];
        ByteString result = through(item(7, 100_007), request -> seen[0] = request.data());
        assertSame(message, arrayOf(result));
        assertEquals(item(7, 100_007), result);
        assertEquals(100_000, seen[0].size());
        assertArrayEquals(result.toByteArray(), seen[0].toByteArray());
        assertArrayEquals(result.toByteArray(), seen[0].newInput().readAllBytes());
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        seen[0].writeTo(written);
        assertArrayEquals(result.toByteArray(), written.toByteArray());
    }

    @Test
    void anItemThatCameInChunksIsNotCopied() throws Exception {
        ByteString chunks = item(0, 100_000).concat(item(100_000, 300_000));
        assertSame(chunks, through(chunks, request -> {}));
    }

    /// It would keep the whole message for as long as its stages run.
    @Test
    void aSmallItemKeepsNothingOfItsMessage() throws Exception {
        Bytes[] seen = new Bytes[1];
        ByteString result = through(item(10, 110), request -> seen[0] = request.data());
        assertNotSame(message, arrayOf(result));
        assertEquals(item(10, 110), result);
        assertEquals(100, seen[0].size());
    }

    @Test
    void otherBytesThanThoseThatCameAreTheResult() throws Exception {
        ByteString result =
                through(item(0, 50_000), request -> request.data(Bytes.of((byte) 1, (byte) 2)));
        assertEquals(ByteString.copyFrom(new byte[] {1, 2}), result);
        assertEquals(
                ByteString.EMPTY, through(item(0, 50_000), request -> request.data(Bytes.of())));
    }

    @Test
    void theCodecReadsAndWritesStreamsToo() throws IOException {
        Bytes bytes = Codec.bytes().decode(new ByteArrayInputStream(message));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Codec.bytes().encode(bytes, out);
        assertArrayEquals(message, out.toByteArray());
        assertArrayEquals(message, bytes.newInput().readAllBytes());
        assertEquals(message.length, bytes.size());
    }

    @Test
    @SuppressWarnings("NullAway") // what a stage may leave
    void noDataIsNoResult() {
        IOException none =
                assertThrows(
                        IOException.class,
                        () -> Codec.bytes().encode(null, new ByteArrayOutputStream()));
        assertEquals("the last stage left no data (expected: bytes)", none.getMessage());
    }

    private ByteString item(int from, int to) {
        return UnsafeByteOperations.unsafeWrap(message).substring(from, to);
    }

    private interface Change {
        void to(Request<Bytes, String> request);
    }

    /// The result of one item in a plugin that has one stage.
    private static ByteString through(ByteString bytes, Change change) throws Exception {
        Passing plugin = new Passing(change);
        Item item = new Item(bytes, bytes.size(), charge -> {}, 0);
        List<ByteString> results = new ArrayList<>();
        try (var pipelines =
                        Pipelines.of(plugin.stateMachine())
                                .hooks(new ItemHooks<>(plugin, Codec.bytes(), false))
                                .open();
                var group = pipelines.group("").open()) {
            group.submit(0, bytes.size(), item);
            group.drainOrWait(
                    done -> {
                        assertEquals(null, done.fault());
                        results.add(item.result());
                    },
                    1);
        }
        return results.getFirst();
    }

    private static byte[] arrayOf(ByteString bytes) throws IOException {
        byte[][] found = new byte[1][];
        UnsafeByteOperations.unsafeWriteTo(
                bytes,
                new ByteOutput() {
                    @Override
                    public void write(byte value) {
                        throw new UnsupportedOperationException();
                    }

                    @Override
                    public void write(byte[] value, int offset, int length) {
                        found[0] = value;
                    }

                    @Override
                    public void writeLazy(byte[] value, int offset, int length) {
                        found[0] = value;
                    }

                    @Override
                    public void write(ByteBuffer value) {
                        throw new UnsupportedOperationException();
                    }

                    @Override
                    public void writeLazy(ByteBuffer value) {
                        throw new UnsupportedOperationException();
                    }
                });
        return found[0];
    }

    private record Passing(Change change) implements Plugin<Bytes, Void, String> {

        @Override
        public StateMachine<Bytes, String> stateMachine() {
            return StateMachine.of(
                    stage(
                            "pass",
                            request -> {
                                change.to(request);
                                return Stage.end();
                            }));
        }

        @Override
        public String open(Void configuration) {
            return "";
        }
    }
}
