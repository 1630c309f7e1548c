package org.stagedpipe.api;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/// Bytes as they are.
enum BytesCodec implements Codec<Bytes> {
    /// The only one.
    INSTANCE;

    @Override
    public Bytes decode(InputStream in) throws IOException {
        return Bytes.of(in.readAllBytes());
    }

    @Override
    public void encode(Bytes value, OutputStream out) throws IOException {
        if (value == null) {
            throw new IOException("the last stage left no data (expected: bytes)");
        }
        value.writeTo(out);
    }
}
