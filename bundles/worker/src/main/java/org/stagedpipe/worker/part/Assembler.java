package org.stagedpipe.worker.part;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.transport.CallException;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/// Puts the chunks of one stream together to items, without copying them. For one thread at a time.
final class Assembler {

    static final long MAX_ITEM_BYTES = 104_857_600;
    private static final int MAX_CHUNK_BYTES = 262_144;

    private final List<ByteString> parts = new ArrayList<>();
    private long sequence;
    private long size;
    private long key;
    private long received;
    private boolean begun;

    /// Whether an item is half there.
    boolean isBusy() {
        return begun;
    }

    /// Of the item that is half there.
    long sequence() {
        return sequence;
    }

    /// Forgets the item that is half there; answers its sequence if there is one.
    OptionalLong abandon() {
        OptionalLong half = begun ? OptionalLong.of(sequence) : OptionalLong.empty();
        parts.clear();
        received = 0;
        begun = false;
        return half;
    }

    /// Takes a chunk and answers the whole item if it was the last one, else null.
    ///
    /// @throws CallException if the chunk breaks the rules; the stream cannot go on then
    @Nullable ByteString take(Chunk chunk) throws CallException {
        if (begun) {
            checkFollows(chunk);
        } else {
            begin(chunk);
        }
        long end = received + chunk.getData().size();
        if (chunk.getData().size() > MAX_CHUNK_BYTES) {
            throw broken(chunk, "data of " + chunk.getData().size() + " bytes", MAX_CHUNK_BYTES);
        }
        if (end > size) {
            throw broken(chunk, "ends at " + end, size);
        }
        if (chunk.getData().isEmpty() && size > 0) {
            throw new CallException(
                    CallException.Kind.INVALID,
                    "chunk of item " + sequence + ": no data (expected: some)");
        }
        parts.add(chunk.getData());
        received = end;
        return received == size ? whole() : null;
    }

    private void begin(Chunk chunk) throws CallException {
        long announced = chunk.getSize();
        if (announced < 0 || announced > MAX_ITEM_BYTES) {
            throw broken(chunk, "size " + Long.toUnsignedString(announced), MAX_ITEM_BYTES);
        }
        if (chunk.getOffset() != 0) {
            throw new CallException(
                    CallException.Kind.INVALID,
                    "chunk of item "
                            + Long.toUnsignedString(chunk.getSequence())
                            + ": offset "
                            + Long.toUnsignedString(chunk.getOffset())
                            + " (expected: 0, it is the first one)");
        }
        sequence = chunk.getSequence();
        size = announced;
        key = chunk.getKey();
        begun = true;
    }

    private void checkFollows(Chunk chunk) throws CallException {
        if (chunk.getSequence() != sequence
                || chunk.getSize() != size
                || chunk.getOffset() != received) {
            throw new CallException(
                    CallException.Kind.INVALID,
                    "chunk of item "
                            + Long.toUnsignedString(chunk.getSequence())
                            + ", size "
                            + Long.toUnsignedString(chunk.getSize())
                            + ", offset "
                            + Long.toUnsignedString(chunk.getOffset())
                            + " (expected: item "
                            + sequence
                            + ", size "
                            + size
                            + ", offset "
                            + received
                            + ")");
        }
        if (chunk.getKey() != key) {
            throw new CallException(
                    CallException.Kind.INVALID,
                    "chunk of item "
                            + sequence
                            + ": key "
                            + chunk.getKey()
                            + " (expected: "
                            + key
                            + ", as in its first one)");
        }
    }

    private static CallException broken(Chunk chunk, String what, long most) {
        return new CallException(
                CallException.Kind.INVALID,
                "chunk of item "
                        + Long.toUnsignedString(chunk.getSequence())
                        + ": "
                        + what
                        + " (expected: at most "
                        + most
                        + ")");
    }

    private ByteString whole() {
        ByteString item = ByteString.copyFrom(parts); // a rope: the bytes stay where they are
        parts.clear();
        received = 0;
        begun = false;
        return item;
    }
}
