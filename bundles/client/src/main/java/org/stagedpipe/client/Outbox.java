package org.stagedpipe.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.protocol.v1.PluginVersion;

import java.util.Arrays;
import java.util.List;

/// Items on their way out, as messages: many small ones in a frame, a big one in chunks. Not safe for use by many
/// threads.
final class Outbox {

    /// A frame goes to one worker whole: more items in it would leave the others idle where stages are slow.
    static final int MAX_FRAME_ITEMS = 256;

    static final int MAX_CHUNK_BYTES = 256 << 10;

    /// Items of at least that many bytes are not copied into one array: to write them one by one costs less.
    private static final int WORTH_A_VIEW_BYTES = 4 << 10;

    private final int maxFrameBytes;
    private final @Nullable ItemKeys keys; // of a keyed group

    private final Ring<byte[]> items = new Ring<>(); // each with its sequence
    private long bytes;
    private int offset; // how much of a big first item is sent
    private long partKey; // its key: it may be answered, and then has none, before the rest is sent
    private @Nullable PluginVersion moved; // to be said before anything else

    /// What is to be sent next. To make a message of it takes a while and no lock.
    sealed interface Load permits Frame, Part, Moved {

        GroupRequest message();
    }

    private record Frame(long[] sequences, byte[][] items, long[] keys, int size) implements Load {

        @Override
        public GroupRequest message() {
            Items.Builder frame = Items.newBuilder();
            for (int i = 0; i < items.length; i++) {
                frame.addSequences(sequences[i]).addSizes(items[i].length);
                if (keys.length > 0) {
                    frame.addKeys(keys[i]);
                }
            }
            return GroupRequest.newBuilder().setItems(frame.setBody(body())).build();
        }

        private ByteString body() {
            if (items.length == 1) {
                return UnsafeByteOperations.unsafeWrap(items[0]);
            }
            if (size / items.length >= WORTH_A_VIEW_BYTES) {
                return ByteString.copyFrom(views()); // a rope: the bytes stay where they are
            }
            byte[] body = new byte[size];
            int end = 0;
            for (byte[] item : items) {
                System.arraycopy(item, 0, body, end, item.length);
                end += item.length;
            }
            return UnsafeByteOperations.unsafeWrap(body);
        }

        private List<ByteString> views() {
            return Arrays.stream(items).map(UnsafeByteOperations::unsafeWrap).toList();
        }
    }

    private record Part(long sequence, byte[] item, long key, int offset, int length)
            implements Load {

        @Override
        public GroupRequest message() {
            ByteString data = UnsafeByteOperations.unsafeWrap(item, offset, length);
            return GroupRequest.newBuilder()
                    .setChunk(
                            Chunk.newBuilder()
                                    .setSequence(sequence)
                                    .setSize(item.length)
                                    .setOffset(offset)
                                    .setData(data)
                                    .setKey(key))
                    .build();
        }
    }

    private record Moved(PluginVersion version) implements Load {

        @Override
        public GroupRequest message() {
            return GroupRequest.newBuilder().setMoved(version).build();
        }
    }

    /// @param maxFrameBytes of the bodies of one frame, and of the data of one chunk; at least 1
    Outbox(int maxFrameBytes) {
        this(maxFrameBytes, null);
    }

    /// The same, of a keyed group.
    Outbox(int maxFrameBytes, @Nullable ItemKeys keys) {
        this.maxFrameBytes = maxFrameBytes;
        this.keys = keys;
    }

    void add(long sequence, byte[] item) {
        items.add(item, sequence);
        bytes += item.length;
    }

    boolean isEmpty() {
        return items.isEmpty() && moved == null;
    }

    void acknowledge(PluginVersion version) {
        moved = version;
    }

    /// Whether a frame is full, and has nothing to wait for.
    boolean isFull() {
        return items.size() >= MAX_FRAME_ITEMS || bytes >= maxFrameBytes;
    }

    void clear() {
        moved = null;
        items.remove(items.size());
        bytes = 0;
        offset = 0;
    }

    /// What goes next, null if there is nothing to send.
    @Nullable Load next() {
        if (moved != null) {
            Load acknowledgement = new Moved(moved);
            moved = null;
            return acknowledgement;
        }
        if (items.isEmpty()) {
            return null;
        }
        return items.get(0).length > maxFrameBytes ? part() : frame();
    }

    private Load part() {
        byte[] item = items.get(0);
        int from = offset;
        int length = Math.min(item.length - from, Math.min(MAX_CHUNK_BYTES, maxFrameBytes));
        if (from == 0) {
            partKey = key(0);
        }
        Load part = new Part(items.number(0), item, partKey, from, length);
        offset += length;
        if (offset == item.length) {
            offset = 0;
            forget(1, item.length);
        }
        return part;
    }

    private Load frame() {
        int most = Math.min(items.size(), MAX_FRAME_ITEMS);
        int count = 0;
        int length = 0;
        while (count < most && items.get(count).length <= maxFrameBytes - length) {
            length += items.get(count++).length;
        }
        long[] numbers = new long[count];
        byte[][] data = new byte[count][];
        long[] itemKeys = new long[keys == null ? 0 : count];
        for (int i = 0; i < count; i++) {
            numbers[i] = items.number(i);
            data[i] = items.get(i);
            if (keys != null) {
                itemKeys[i] = key(i);
            }
        }
        forget(count, length);
        return new Frame(numbers, data, itemKeys, length);
    }

    private void forget(int count, int length) {
        items.remove(count);
        bytes -= length;
    }

    private long key(int index) {
        return keys == null ? 0 : keys.of(items.number(index));
    }
}
