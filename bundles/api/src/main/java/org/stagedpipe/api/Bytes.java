package org.stagedpipe.api;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/// The bytes of an item as data, for plugins that read no JSON ([Codec#bytes]). They do not change. What is passed on as it came is not copied.
///
/// Large items may be views of the message that they came with: who wants to keep some bytes for longer than its request keeps
/// a copy. Used by many threads at once.
public interface Bytes {

    /// How many, at most 104,857,600.
    int size();

    /// A copy, the caller's own.
    byte[] toByteArray();

    /// Reads them from the first one on, without a copy; needs not be closed.
    InputStream newInput();

    /// Writes all of them; the stream stays open.
    ///
    /// @throws IOException if the stream fails
    void writeTo(OutputStream out) throws IOException;

    /// These bytes, which are not copied: nobody changes the array any more.
    static Bytes of(byte... bytes) {
        return new Bytes() {
            @Override
            public int size() {
                return bytes.length;
            }

            @Override
            public byte[] toByteArray() {
                return bytes.clone();
            }

            @Override
            public InputStream newInput() {
                return new ByteArrayInputStream(bytes);
            }

            @Override
            public void writeTo(OutputStream out) throws IOException {
                out.write(bytes);
            }
        };
    }
}
