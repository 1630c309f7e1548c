package org.stagedpipe.coordinator.group;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;

/// The bytes of one big item or result, collected from its chunks and cut into chunks again. Those of a very big one, and of
/// one that finds no room in memory, go to a file of the node's spool. The others stay as they came; they are not copied, except for crumbs, which would cost more to
/// keep than they hold.
final class BigItem {

    private static final Logger LOG = LoggerFactory.getLogger(BigItem.class);
    private static final int CRUMB_BYTES = 16 << 10;

    private final long sequence;
    private final long size;
    private final long key;
    private final List<ByteString> pieces = new ArrayList<>();
    private final ByteString.Output crumbs = ByteString.newOutput();
    private final Spool spool;
    private final Consumer<BigItem> closed;
    private boolean isSpooled;
    private @Nullable FileChannel file;
    private @Nullable String failure;
    private long received;
    private boolean isSkipped;
    private int attempt;

    private BigItem(Chunk first, Spool spool, Consumer<BigItem> closed) {
        this.sequence = first.getSequence();
        this.size = first.getSize();
        this.key = first.getKey();
        this.spool = spool;
        this.closed = closed;
    }

    /// From its first chunk, whose data is yet to be added; its bytes stay in memory until it is spooled.
    ///
    /// @param closed told when it is closed
    /// @throws CallException if it is not a first one
    static BigItem begin(Chunk first, Spool spool, Consumer<BigItem> closed) throws CallException {
        if (first.getOffset() != 0) {
            throw wrong(first, "offset 0, its first one");
        }
        if (first.getSize() < 0) {
            throw wrong(first, "a size below 2^63");
        }
        return new BigItem(first, spool, closed);
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
        if (isSpooled) {
            write(chunk.getData());
            received += chunk.getData().size();
            return;
        }
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
        isSkipped = true;
        received += chunk.getData().size();
        close();
    }

    /// Moves what has come to the disk, where the rest goes too.
    void spool() {
        isSpooled = true;
        sweep();
        pieces.forEach(this::write);
        pieces.clear();
    }

    private void write(ByteString data) {
        if (failure != null) {
            return;
        }
        try {
            FileChannel out = file == null ? spool.open() : file;
            file = out;
            for (ByteBuffer buffer : data.asReadOnlyByteBufferList()) {
                while (buffer.hasRemaining()) {
                    out.write(buffer);
                }
            }
        } catch (IOException e) {
            fails(e);
            close();
        }
    }

    private void fails(IOException e) {
        failure = e.getMessage() == null ? e.toString() : e.getMessage();
    }

    /// Why its bytes could not be kept, or read; null if they are here.
    @Nullable String failure() {
        return failure;
    }

    boolean isSpooled() {
        return isSpooled;
    }

    /// Its bytes are of no use any more.
    void close() {
        closed.accept(this);
        FileChannel open = file;
        file = null;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                LOG.warn("spool: a file could not be closed: {}", e.getMessage());
            }
        }
    }

    long sequence() {
        return sequence;
    }

    long size() {
        return size;
    }

    /// Of a result: the delivery that made it.
    void madeBy(int delivery) {
        attempt = delivery;
    }

    int attempt() {
        return attempt;
    }

    /// Of an item in a keyed group, otherwise 0.
    long key() {
        return key;
    }

    /// Whether all its bytes are here.
    boolean isWhole() {
        return failure == null && !isPartial() && !isSkipped;
    }

    /// Its bytes, read as they are asked for.
    Iterator<ByteString> parts() {
        Cutter cutter = cutter();
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return !cutter.isDone();
            }

            @Override
            public ByteString next() {
                return cutter.next().getData();
            }
        };
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

        long sequence() {
            return sequence;
        }

        boolean isDone() {
            return begun && offset == size;
        }

        /// @throws UncheckedIOException if its bytes cannot be read from the disk: they are lost, see [#failure()]
        Chunk next() {
            begun = true;
            ByteString data = ByteString.EMPTY;
            if (isSpooled) {
                data = read(offset, (int) Math.min(Limits.CHUNK_BYTES, size - offset));
            } else if (piece < pieces.size()) {
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
                            .setKey(key)
                            .build();
            offset += data.size();
            return chunk;
        }
    }

    private ByteString read(long from, int length) {
        FileChannel in = file;
        if (in == null) {
            throw new IllegalStateException("item " + sequence + ": its bytes are gone");
        }
        ByteBuffer buffer = ByteBuffer.allocate(length);
        try {
            while (buffer.hasRemaining()) {
                if (in.read(buffer, from + buffer.position()) < 0) {
                    throw new EOFException("spool: it ends at " + (from + buffer.position()));
                }
            }
        } catch (IOException e) {
            fails(e);
            throw new UncheckedIOException(e);
        }
        return UnsafeByteOperations.unsafeWrap(buffer.array());
    }

    private void check(Chunk chunk) throws CallException {
        int bytes = chunk.getData().size();
        if (chunk.getSequence() != sequence) {
            throw wrong(chunk, "the rest first: " + progress());
        }
        if (chunk.getSize() != size) {
            throw wrong(chunk, "the size of its first chunk, " + size);
        }
        if (chunk.getKey() != key) {
            throw wrong(
                    chunk,
                    "the key of its first chunk, "
                            + Long.toUnsignedString(key)
                            + ", not "
                            + Long.toUnsignedString(chunk.getKey()));
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
