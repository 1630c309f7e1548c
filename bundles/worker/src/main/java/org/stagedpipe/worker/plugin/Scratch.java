package org.stagedpipe.worker.plugin;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/// Where one pipeline thread writes its results, one after the other: what is written in small pieces is copied out of a
/// buffer that stays, a large piece is copied once, and [ByteString]s not at all.
final class Scratch extends OutputStream {

    private static final int BUFFER_BYTES = 16 << 10;
    private static final int MOST_BYTES = 104_857_600;

    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int filled;
    private boolean isTooLarge;
    private ByteString before = ByteString.EMPTY; // what the buffer holds

    /// Forgets what was written.
    void forget() {
        filled = 0;
        before = ByteString.EMPTY;
        isTooLarge = false;
    }

    /// How much was written.
    int size() {
        return before.size() + filled;
    }

    /// What was written, for whoever wants it for longer; this one forgets it.
    ///
    /// @throws IOException if it is too large, also where the codec took no notice
    ByteString bytes() throws IOException {
        refuseIfTooLarge();
        empty();
        ByteString written = before;
        forget();
        return written;
    }

    @Override
    public void write(int value) throws IOException {
        if (filled == BUFFER_BYTES) {
            empty();
        }
        check(1);
        buffer[filled++] = (byte) value;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        check(length);
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
    void write(ByteString piece) throws IOException {
        check(piece.size());
        empty();
        before = before.concat(piece);
    }

    /// Before it is copied: what no worker may answer needs no memory.
    private void check(int more) throws IOException {
        isTooLarge |= size() > MOST_BYTES - more;
        refuseIfTooLarge();
    }

    private void refuseIfTooLarge() throws IOException {
        if (isTooLarge) {
            throw new IOException(
                    "result of more than " + MOST_BYTES + " bytes (expected: at most that)");
        }
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
