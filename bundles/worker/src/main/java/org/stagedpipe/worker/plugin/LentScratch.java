package org.stagedpipe.worker.plugin;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.OutputStream;

/// What a plugin's own codec writes one result to. It refuses all that comes later, as the [Scratch] has another result by then.
final class LentScratch extends OutputStream {

    private volatile @Nullable Scratch scratch;

    LentScratch(Scratch scratch) {
        this.scratch = scratch;
    }

    @Override
    public void write(int value) throws IOException {
        open().write(value);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        open().write(bytes, offset, length);
    }

    /// Takes bytes that nobody changes, as they are.
    void write(ByteString piece) throws IOException {
        open().write(piece);
    }

    /// No more is taken.
    @Override
    public void close() {
        scratch = null;
    }

    private Scratch open() throws IOException {
        Scratch lent = scratch;
        if (lent == null) {
            throw new IOException(
                    "the result is closed (expected: all of it before close, and before encode"
                            + " ends)");
        }
        return lent;
    }
}
