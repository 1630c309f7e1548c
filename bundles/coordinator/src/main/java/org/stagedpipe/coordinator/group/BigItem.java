package org.stagedpipe.coordinator.group;

import com.google.protobuf.ByteString;

import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.util.ArrayList;
import java.util.List;

/// The bytes of one big item or result, collected from its chunks and cut into chunks again; they are not copied, except
/// for crumbs, which would cost more to keep than they hold.
final class BigItem {

    private static final int CRUMB_BYTES = 16 << 10;

    private final long sequence;
    private final long size;
    private final List<ByteString> pieces = new ArrayList<>();
    private final ByteString.Output crumbs = ByteString.newOutput();
    private long received;

    private BigItem(long sequence, long size) {
        this.sequence = sequence;
        this.size = size;
    }

    /// From its first chunk, whose data is yet to be added.
    ///
    /// @throws CallException if it is not a first one
    static BigItem begin(Chunk first) throws CallException {
        if (first.getOffset() != 0) {
            throw wrong(first, "offset 0, its first one");
        }
        if (first.getSize() < 0) {
            throw wrong(first, "a size below 2^63");
        }
        return new BigItem(first.getSequence(), first.getSize());
    }

    /// Whether more chunks belong to it.
    boolean isPartial() {
        return received < size;
    }

    /// The next chunk.
    ///
    /// @throws CallException if it does not continue the item
    void add(Chunk chunk) throws CallException {
        check(chunk);
        if (chunk.getData().size() < CRUMB_BYTES) {
            chunk.getData().forEach(crumbs::write);
            if (crumbs.size() >= Limits.CHUNK_BYTES) {
                sweep();
            }
        } else {
            sweep();
            pieces.add(chunk.getData());
        }
        received += chunk.getData().size();
        if (!isPartial()) {
            sweep();
        }
    }

    /// The next chunk of an item whose data is of no use.
    ///
    /// @throws CallException if it does not continue the item
    void skip(Chunk chunk) throws CallException {
        check(chunk);
        received += chunk.getData().size();
    }

    long sequence() {
        return sequence;
    }

    long size() {
        return size;
    }

    /// For a text: how far it has come.
    String progress() {
        return "item " + sequence + " has " + received + " of " + size + " bytes";
    }

    /// Cuts the whole item into chunks of bounded size, one at a time.
    Cutter cutter() {
        return new Cutter();
    }

    /// A place in the item.
    final class Cutter {
        private int piece;
        private int from; // in the piece
        private long offset;
        private boolean begun;

        boolean isDone() {
            return begun && offset == size;
        }

        Chunk next() {
            begun = true;
            ByteString data = ByteString.EMPTY;
            if (piece < pieces.size()) {
                ByteString whole = pieces.get(piece);
                int to = Math.min(whole.size(), from + Limits.CHUNK_BYTES);
                data = whole.substring(from, to);
                from = to == whole.size() ? 0 : to;
                piece += from == 0 ? 1 : 0;
            }
            Chunk chunk =
                    Chunk.newBuilder()
                            .setSequence(sequence)
                            .setSize(size)
                            .setOffset(offset)
                            .setData(data)
                            .build();
            offset += data.size();
            return chunk;
        }
    }

    private void check(Chunk chunk) throws CallException {
        int bytes = chunk.getData().size();
        if (chunk.getSequence() != sequence || chunk.getSize() != size) {
            throw wrong(chunk, "the rest first: " + progress());
        }
        if (chunk.getOffset() != received) {
            throw wrong(chunk, "offset " + received + ": " + progress());
        }
        if (bytes > size - received) {
            throw wrong(chunk, "at most " + (size - received) + " bytes: " + progress());
        }
        if (bytes == 0 && size > 0) {
            throw wrong(chunk, "some data: " + progress());
        }
        if (bytes > Limits.MAX_FRAME_BYTES) {
            throw wrong(chunk, "at most " + Limits.MAX_FRAME_BYTES + " bytes");
        }
    }

    private void sweep() {
        if (crumbs.size() > 0) {
            pieces.add(crumbs.toByteString());
            crumbs.reset();
        }
    }

    private static CallException wrong(Chunk chunk, String expected) {
        return new CallException(
                Kind.INVALID,
                "chunk of item "
                        + Long.toUnsignedString(chunk.getSequence())
                        + ", "
                        + chunk.getData().size()
                        + " bytes at "
                        + Long.toUnsignedString(chunk.getOffset())
                        + " of "
                        + Long.toUnsignedString(chunk.getSize())
                        + " (expected: "
                        + expected
                        + ")");
    }
}
