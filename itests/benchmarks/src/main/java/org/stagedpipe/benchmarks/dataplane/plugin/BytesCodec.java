package org.stagedpipe.benchmarks.dataplane.plugin;

import org.stagedpipe.api.Codec;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/// The bytes as they are.
final class BytesCodec implements Codec<byte[]> {

    @Override
    public byte[] decode(InputStream in) throws IOException {
        return in.readAllBytes();
    }

    @Override
    public void encode(byte[] value, OutputStream out) throws IOException {
        out.write(value);
    }
}
