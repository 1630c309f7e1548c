package org.stagedpipe.worker.part;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.WorkResponse;
import org.stagedpipe.worker.memory.Spool;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;

/// Messages of a part that wait on the disk, in their order: in blocks of one file, which is there while any of them is. One thread
/// adds, one takes, any closes; none of them waits for another one's file access.
final class Shelf implements AutoCloseable {

    private static final int BLOCK_BYTES = 16 << 10;

    private final Spool spool;

    // Guarded by this.
    private final Deque<Kept> line = new ArrayDeque<>();
    private final BitSet taken = new BitSet(); // blocks
    private @Nullable FileChannel file;
    private boolean isClosed;

    Shelf(Spool spool) {
        this.spool = spool;
    }

    /// @param blocks which of the file, in this order
    private record Kept(FileChannel file, int[] blocks, int bytes) {}

    synchronized boolean isEmpty() {
        return line.isEmpty();
    }

    /// Adds a message; false if the disk has no room for it, or it cannot be written, or all is closed.
    boolean add(WorkResponse message) {
        try {
            boolean isAdded = write(message);
            spool.works();
            return isAdded;
        } catch (IOException e) {
            if (!isClosed()) {
                spool.fails(e);
            }
            return false;
        }
    }

    private synchronized boolean isClosed() {
        return isClosed;
    }

    private boolean write(WorkResponse message) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(message.toByteArray());
        Kept kept = room(bytes.limit());
        if (kept == null) {
            return false;
        }
        boolean isWritten = false;
        try {
            for (int block : kept.blocks) {
                bytes.limit(Math.min(bytes.position() + BLOCK_BYTES, kept.bytes));
                write(kept.file, bytes, (long) block * BLOCK_BYTES);
            }
            isWritten = true;
        } finally {
            if (!isWritten) {
                free(kept);
            }
        }
        synchronized (this) {
            if (isClosed) {
                throw new IOException("the part has ended");
            }
            line.add(kept);
        }
        return true;
    }

    private static void write(FileChannel file, ByteBuffer bytes, long at) throws IOException {
        long from = at - bytes.position();
        while (bytes.hasRemaining()) {
            file.write(bytes, from + bytes.position());
        }
    }

    private synchronized @Nullable Kept room(int bytes) throws IOException {
        if (isClosed) {
            throw new IOException("the part has ended");
        }
        int count = (bytes + BLOCK_BYTES - 1) / BLOCK_BYTES;
        if (!spool.take((long) count * BLOCK_BYTES)) {
            return null;
        }
        FileChannel out = file == null ? open(count) : file;
        file = out;
        int[] blocks = new int[count];
        for (int i = 0; i < count; i++) {
            blocks[i] = taken.nextClearBit(i == 0 ? 0 : blocks[i - 1]);
            taken.set(blocks[i]);
        }
        return new Kept(out, blocks, bytes);
    }

    private FileChannel open(int count) throws IOException {
        try {
            return spool.open();
        } catch (IOException e) {
            spool.give((long) count * BLOCK_BYTES);
            throw e;
        }
    }

    /// The first one, which stays.
    ///
    /// @throws IOException if it cannot be read, or all is closed
    WorkResponse first() throws IOException {
        Kept kept;
        synchronized (this) {
            kept = line.peek();
        }
        if (kept == null) {
            throw new IOException("the part has ended");
        }
        ByteBuffer bytes = ByteBuffer.allocate(kept.bytes);
        for (int block : kept.blocks) {
            bytes.limit(Math.min(bytes.position() + BLOCK_BYTES, kept.bytes));
            read(kept.file, bytes, (long) block * BLOCK_BYTES);
        }
        return WorkResponse.parseFrom(bytes.flip());
    }

    private static void read(FileChannel file, ByteBuffer bytes, long at) throws IOException {
        long from = at - bytes.position();
        while (bytes.hasRemaining()) {
            if (file.read(bytes, from + bytes.position()) < 0) {
                throw new EOFException("it ends at " + (from + bytes.position()));
            }
        }
    }

    /// The first one leaves.
    synchronized void remove() {
        if (!isClosed) {
            free(line.remove());
        }
    }

    private synchronized void free(Kept kept) {
        if (!isClosed) {
            for (int block : kept.blocks) {
                taken.clear(block);
            }
            spool.give((long) kept.blocks.length * BLOCK_BYTES);
            closeIfUnused();
        }
    }

    private void closeIfUnused() {
        FileChannel open = file;
        if (open != null && taken.isEmpty()) {
            file = null;
            try {
                open.close();
            } catch (IOException e) {
                // its bytes are of no use, and its name is gone already
            }
        }
    }

    /// Nobody wants any of them; nothing is added any more.
    @Override
    public synchronized void close() {
        if (!isClosed) {
            isClosed = true;
            line.clear();
            spool.give((long) taken.cardinality() * BLOCK_BYTES);
            taken.clear();
            closeIfUnused();
        }
    }
}
