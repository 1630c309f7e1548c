package org.stagedpipe.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.protocol.v1.Items;

import java.util.ArrayDeque;
import java.util.Queue;

/// Items on their way out, as messages: many small ones in a frame, a big one in chunks. Not safe for use by many
/// threads.
final class Outbox {

    static final int MAX_FRAME_ITEMS = 256;
    static final int MAX_CHUNK_BYTES = 256 << 10;

    private final int maxFrameBytes;
    private final @Nullable ItemKeys keys; // of a keyed group
    private final Queue<Item> items = new ArrayDeque<>();
    private int offset; // how much of a big first item is sent

    private record Item(long sequence, byte[] data) {}

    /// @param maxFrameBytes of the bodies of one frame, and of the data of one chunk; at least 1
    Outbox(int maxFrameBytes) {
        this(maxFrameBytes, null);
    }

    /// The same, of a keyed group.
    Outbox(int maxFrameBytes, @Nullable ItemKeys keys) {
        this.maxFrameBytes = maxFrameBytes;
        this.keys = keys;
    }

    void add(long sequence, byte[] data) {
        items.add(new Item(sequence, data));
    }

    boolean isEmpty() {
        return items.isEmpty();
    }

    void clear() {
        items.clear();
        offset = 0;
    }

    /// The next message, null if there is nothing to send.
    @Nullable GroupRequest next() {
        Item first = items.peek();
        if (first == null) {
            return null;
        }
        return first.data.length > maxFrameBytes
                ? GroupRequest.newBuilder().setChunk(chunk(first)).build()
                : GroupRequest.newBuilder().setItems(frame()).build();
    }

    private Chunk chunk(Item item) {
        int length = Math.min(item.data.length - offset, Math.min(MAX_CHUNK_BYTES, maxFrameBytes));
        ByteString part = UnsafeByteOperations.unsafeWrap(item.data, offset, length);
        Chunk chunk =
                Chunk.newBuilder()
                        .setSequence(item.sequence)
                        .setSize(item.data.length)
                        .setOffset(offset)
                        .setData(part)
                        .setKey(keys == null ? 0 : keys.of(item.sequence))
                        .build();
        offset += length;
        if (offset == item.data.length) {
            items.remove();
            offset = 0;
        }
        return chunk;
    }

    private Items frame() {
        int count = 0;
        int size = 0;
        for (Item item : items) {
            if (count == MAX_FRAME_ITEMS || item.data.length > maxFrameBytes - size) {
                break;
            }
            count++;
            size += item.data.length;
        }
        Items.Builder frame = Items.newBuilder();
        byte[] body = count == 1 ? items.element().data : new byte[size];
        for (int end = 0, i = 0; i < count; i++) {
            Item item = items.remove();
            frame.addSequences(item.sequence).addSizes(item.data.length);
            if (keys != null) {
                frame.addKeys(keys.of(item.sequence));
            }
            if (count > 1) {
                System.arraycopy(item.data, 0, body, end, item.data.length);
                end += item.data.length;
            }
        }
        return frame.setBody(UnsafeByteOperations.unsafeWrap(body)).build();
    }
}
