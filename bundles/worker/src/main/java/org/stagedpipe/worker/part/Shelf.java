package org.stagedpipe.worker.part;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.WorkResponse;
import org.stagedpipe.worker.memory.Spool;
import org.stagedpipe.worker.plugin.ForeignThreads;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;

/// Messages of a part that wait on the disk, in their order: in blocks of one file, which is there while any of them is. One thread
/// adds, one takes, any closes; none of them waits for another one's file access, and who asks or closes for none at all.
final class Shelf implements AutoCloseable {

    private static final int BLOCK_BYTES = 16 << 10;

    private final Spool spool;

    // Guarded by this, which nobody holds while he waits for the disk.
    private final Deque<Kept> line = new ArrayDeque<>();
    private final BitSet taken = new BitSet(); // blocks
    private @Nullable FileChannel file;

    /// How large the file may be, which is what the spool counts: it does not shrink.
    private int fileBlocks;

    private boolean isClosed;

    Shelf(Spool spool) {
        this.spool = spool;
    }

    /// @param blocks which of the file, in this order
    private record Kept(FileChannel file, int[] blocks, int bytes) {}

    /// A file that is to be closed.
    private record Unused(FileChannel file, int blocks) {}

    synchronized boolean isEmpty() {
        return line.isEmpty();
    }

    /// Adds a message; false if the disk has no room for it, or it cannot be written, or all is closed.
    boolean add(WorkResponse message) {
        try {
            Kept kept = room(message.getSerializedSize());
            if (kept == null) {
                spool.refused();
                return false;
            }
            write(message, kept);
            spool.wasWritten();
            return true;
        } catch (IOException e) {
            if (!isClosed()) {
                spool.failedToWrite(e);
            }
            return false;
        }
    }

    private synchronized boolean isClosed() {
        return isClosed;
    }

    private void write(WorkResponse message, Kept kept) throws IOException {
        boolean isWritten = false;
        try {
            ByteBuffer bytes = ByteBuffer.wrap(message.toByteArray());
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
            requireOpen();
            line.add(kept);
        }
    }

    private static void write(FileChannel file, ByteBuffer bytes, long at) throws IOException {
        long from = at - bytes.position();
        while (bytes.hasRemaining()) {
            file.write(bytes, from + bytes.position());
        }
    }

    private void requireOpen() throws IOException {
        if (isClosed) {
            throw new IOException("the part has ended");
        }
    }

    /// Null if there is none.
    private @Nullable Kept room(int bytes) throws IOException {
        int count = 1 + (bytes - 1) / BLOCK_BYTES;
        synchronized (this) {
            requireOpen();
            if (file != null) {
                return place(file, count, bytes);
            }
        }
        if (!spool.take((long) count * BLOCK_BYTES)) {
            return null;
        }
        Unused opened = new Unused(open(count), count); // there is no other one: one thread adds
        synchronized (this) {
            if (!isClosed) {
                file = opened.file;
                fileBlocks = count;
                return place(opened.file, count, bytes);
            }
        }
        close(opened);
        throw new IOException("the part has ended");
    }

    private FileChannel open(int count) throws IOException {
        try {
            return spool.open();
        } catch (IOException e) {
            spool.give((long) count * BLOCK_BYTES);
            throw e;
        }
    }

    private @Nullable Kept place(FileChannel in, int count, int bytes) {
        int[] blocks = new int[count];
        for (int i = 0; i < count; i++) {
            blocks[i] = taken.nextClearBit(i == 0 ? 0 : blocks[i - 1] + 1);
        }
        int growth = Math.max(0, blocks[count - 1] + 1 - fileBlocks);
        if (!spool.take((long) growth * BLOCK_BYTES)) {
            return null;
        }
        fileBlocks += growth;
        for (int block : blocks) {
            taken.set(block);
        }
        return new Kept(in, blocks, bytes);
    }

    /// The first one, which stays.
    ///
    /// @throws IOException if it cannot be read, or all is closed
    WorkResponse first() throws IOException {
        try {
            WorkResponse first = read();
            spool.wasRead();
            return first;
        } catch (IOException e) {
            if (!isClosed()) {
                spool.failedToRead(e);
            }
            throw e;
        }
    }

    private WorkResponse read() throws IOException {
        Kept kept;
        synchronized (this) {
            requireOpen();
            kept = line.element();
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
    void remove() {
        Kept first;
        synchronized (this) {
            if (isClosed) {
                return;
            }
            first = line.remove();
        }
        free(first);
    }

    private void free(Kept kept) {
        Unused unused;
        synchronized (this) {
            if (isClosed) {
                return;
            }
            for (int block : kept.blocks) {
                taken.clear(block);
            }
            unused = unused();
        }
        if (unused != null) {
            close(unused);
        }
    }

    /// The file, if nothing is in it any more; whoever gets it closes it, without the monitor.
    private @Nullable Unused unused() {
        if (file == null || !taken.isEmpty()) {
            return null;
        }
        Unused unused = new Unused(file, fileBlocks);
        file = null;
        return unused;
    }

    private void close(Unused unused) {
        try {
            unused.file.close();
        } catch (IOException e) {
            // its bytes are of no use, and its name is gone already
        } finally {
            spool.give((long) unused.blocks * BLOCK_BYTES);
        }
    }

    /// Nobody wants any of them; nothing is added any more. The disk may take its time for that, on another thread.
    @Override
    public void close() {
        Unused unused;
        synchronized (this) {
            isClosed = true;
            line.clear();
            taken.clear();
            unused = unused();
        }
        if (unused != null) {
            ForeignThreads.unstarted("part-spool-close", () -> close(unused)).start();
        }
    }
}
