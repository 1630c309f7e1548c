package org.stagedpipe.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.protocol.v1.Items;

import java.util.Arrays;

/// Items on their way out, as messages: many small ones in a frame, a big one in chunks. Not safe for use by many
/// threads.
final class Outbox {

    static final int MAX_FRAME_ITEMS = 1_024;
    static final int MAX_CHUNK_BYTES = 256 << 10;
    private static final int FIRST_PLACES = 64;

    private final int maxFrameBytes;
    private final @Nullable ItemKeys keys; // of a keyed group

    // A ring, whose length is a power of two; the first item is at head.
    private long[] sequences = new long[FIRST_PLACES];
    private byte[] @Nullable [] items = new byte[FIRST_PLACES][];
    private int head;
    private int size;
    private long bytes;
    private int offset; // how much of a big first item is sent

    /// What is to be sent next. To make a message of it takes a while and no lock.
    sealed interface Load permits Frame, Part {

        GroupRequest message();
    }

    private record Frame(long[] sequences, byte[][] items, long[] keys, int size) implements Load {

        @Override
        public GroupRequest message() {
            Items.Builder frame = Items.newBuilder();
            byte[] body = items.length == 1 ? items[0] : new byte[size];
            for (int end = 0, i = 0; i < items.length; i++) {
                byte[] item = items[i];
                frame.addSequences(sequences[i]).addSizes(item.length);
                if (keys.length > 0) {
                    frame.addKeys(keys[i]);
                }
                if (items.length > 1) {
                    System.arraycopy(item, 0, body, end, item.length);
                    end += item.length;
                }
            }
            return GroupRequest.newBuilder()
                    .setItems(frame.setBody(UnsafeByteOperations.unsafeWrap(body)))
                    .build();
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
        if (size == items.length) {
            grow();
        }
        int place = place(size++);
        sequences[place] = sequence;
        items[place] = item;
        bytes += item.length;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /// Whether a frame is full, and has nothing to wait for.
    boolean isFull() {
        return size >= MAX_FRAME_ITEMS || bytes >= maxFrameBytes;
    }

    void clear() {
        Arrays.fill(items, null);
        head = 0;
        size = 0;
        bytes = 0;
        offset = 0;
    }

    /// What goes next, null if there is nothing to send.
    @Nullable Load next() {
        if (size == 0) {
            return null;
        }
        return item(0).length > maxFrameBytes ? part() : frame();
    }

    private Load part() {
        byte[] item = item(0);
        int from = offset;
        int length = Math.min(item.length - from, Math.min(MAX_CHUNK_BYTES, maxFrameBytes));
        Load part = new Part(sequences[head], item, key(0), from, length);
        offset += length;
        if (offset == item.length) {
            offset = 0;
            forget(1, item.length);
        }
        return part;
    }

    private Load frame() {
        int most = Math.min(size, MAX_FRAME_ITEMS);
        int count = 0;
        int length = 0;
        while (count < most && item(count).length <= maxFrameBytes - length) {
            length += item(count++).length;
        }
        long[] numbers = new long[count];
        byte[][] data = new byte[count][];
        long[] itemKeys = new long[keys == null ? 0 : count];
        for (int i = 0; i < count; i++) {
            numbers[i] = sequences[place(i)];
            data[i] = item(i);
            if (keys != null) {
                itemKeys[i] = key(i);
            }
        }
        forget(count, length);
        return new Frame(numbers, data, itemKeys, length);
    }

    private void forget(int count, int length) {
        for (int i = 0; i < count; i++) {
            items[place(i)] = null;
        }
        head = place(count);
        size -= count;
        bytes -= length;
    }

    private long key(int index) {
        return keys == null ? 0 : keys.of(sequences[place(index)]);
    }

    private byte[] item(int index) {
        byte[] item = items[place(index)];
        if (item == null) {
            throw new IllegalStateException("outbox: no item " + index + " of " + size);
        }
        return item;
    }

    private int place(int index) {
        return (head + index) & (items.length - 1);
    }

    private void grow() {
        long[] moreSequences = new long[2 * items.length];
        byte[] @Nullable [] moreItems = new byte[2 * items.length][];
        for (int i = 0; i < size; i++) {
            moreSequences[i] = sequences[place(i)];
            moreItems[i] = items[place(i)];
        }
        sequences = moreSequences;
        items = moreItems;
        head = 0;
    }
}
