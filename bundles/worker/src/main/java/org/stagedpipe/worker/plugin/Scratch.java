package org.stagedpipe.worker.plugin;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;

import java.io.OutputStream;
import java.util.Arrays;

/// Where one pipeline thread writes its results, one after the other: what is written in small pieces is copied out of a
/// buffer that stays, a large piece is copied once, and [ByteString]s not at all.
final class Scratch extends OutputStream {

    private static final int BUFFER_BYTES = 16 << 10;

    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int filled;
    private ByteString before = ByteString.EMPTY; // what the buffer holds

    /// Forgets what was written.
    void begin() {
        filled = 0;
        before = ByteString.EMPTY;
    }

    /// How much was written.
    int size() {
        return before.size() + filled;
    }

    /// What was written, for whoever wants it for longer; this one forgets it.
    ByteString bytes() {
        empty();
        ByteString written = before;
        begin();
        return written;
    }

    @Override
    public void write(int value) {
        if (filled == BUFFER_BYTES) {
            empty();
        }
        buffer[filled++] = (byte) value;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        if (length > BUFFER_BYTES - filled) {
            empty();
        }
        if (length > BUFFER_BYTES) {
            append(Arrays.copyOfRange(bytes, offset, offset + length));
        } else {
            System.arraycopy(bytes, offset, buffer, filled, length);
            filled += length;
        }
    }

    /// Takes bytes that nobody changes, as they are.
    void write(ByteString piece) {
        empty();
        before = before.concat(piece);
    }

    private void empty() {
        if (filled > 0) {
            append(Arrays.copyOf(buffer, filled));
            filled = 0;
        }
    }

    private void append(byte[] piece) {
        before = before.concat(UnsafeByteOperations.unsafeWrap(piece));
    }
}
