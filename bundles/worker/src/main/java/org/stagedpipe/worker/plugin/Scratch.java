package org.stagedpipe.worker.plugin;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;

import org.jspecify.annotations.Nullable;

import java.io.OutputStream;
import java.util.Arrays;

/// Where one pipeline thread writes its results, one after the other: a small one is copied out of a buffer that stays, a
/// large one gets buffers of its own.
final class Scratch extends OutputStream {

    private static final int BUFFER_BYTES = 16 << 10;

    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int filled;
    private ByteString.@Nullable Output large;

    /// Forgets what was written.
    void begin() {
        filled = 0;
        large = null;
    }

    /// How much was written.
    int size() {
        return large == null ? filled : large.size();
    }

    /// What was written, for whoever wants it for longer.
    ByteString bytes() {
        ByteString.Output written = large;
        return written != null
                ? written.toByteString()
                : UnsafeByteOperations.unsafeWrap(Arrays.copyOf(buffer, filled));
    }

    @Override
    public void write(int value) {
        if (large == null && filled < BUFFER_BYTES) {
            buffer[filled++] = (byte) value;
        } else {
            large().write(value);
        }
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        if (large == null && length <= BUFFER_BYTES - filled) {
            System.arraycopy(bytes, offset, buffer, filled, length);
            filled += length;
        } else {
            large().write(bytes, offset, length);
        }
    }

    private ByteString.Output large() {
        ByteString.Output output = large;
        if (output == null) {
            output = ByteString.newOutput(BUFFER_BYTES);
            output.write(buffer, 0, filled);
            large = output;
        }
        return output;
    }
}
