package org.stagedpipe.worker.plugin;

import com.google.protobuf.ByteString;

import org.stagedpipe.api.Bytes;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/// An item's bytes where the transport left them.
record ItemBytes(ByteString bytes) implements Bytes {

    @Override
    public int size() {
        return bytes.size();
    }

    @Override
    public byte[] toByteArray() {
        return bytes.toByteArray();
    }

    @Override
    public InputStream newInput() {
        return bytes.newInput();
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
        if (out instanceof Scratch scratch) {
            scratch.write(bytes);
        } else if (out instanceof LentScratch lent) {
            lent.write(bytes);
        } else {
            bytes.writeTo(out);
        }
    }
}
