package org.stagedpipe.worker.plugin;

import com.google.protobuf.ByteString;

import java.io.FilterInputStream;
import java.io.IOException;

/// An item's bytes as a codec reads them. Whoever wants all of them gets them with one copy, also where they came in chunks:
/// the stream of such bytes would copy them twice.
final class ItemInput extends FilterInputStream {

    private final ByteString bytes;
    private boolean isTouched;

    ItemInput(ByteString bytes) {
        super(bytes.newInput());
        this.bytes = bytes;
    }

    @Override
    public int read() throws IOException {
        isTouched = true;
        return super.read();
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        isTouched = true;
        return super.read(target, offset, length);
    }

    @Override
    public long skip(long count) throws IOException {
        isTouched = true;
        return super.skip(count);
    }

    @Override
    public byte[] readAllBytes() throws IOException {
        if (isTouched) {
            return super.readAllBytes();
        }
        skip(bytes.size());
        return bytes.toByteArray();
    }
}
