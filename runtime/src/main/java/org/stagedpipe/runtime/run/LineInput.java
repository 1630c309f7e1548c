package org.stagedpipe.runtime.run;

import org.jspecify.annotations.Nullable;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/// The lines of a stream: each that is not empty is an item.
///
/// @param stream owned by the caller
record LineInput(InputStream stream) implements Lines.Input {

    private static final int MAX_ITEM_BYTES = 100 << 20;

    @Override
    public void submitAll(Items items, RunProgress progress)
            throws IOException, InterruptedException {
        InputStream in = new BufferedInputStream(stream, 1 << 16);
        for (byte[] line = line(in); line != null; line = line(in)) {
            if (line.length > 0) {
                items.submit(line);
                progress.submitted();
            }
        }
    }

    /// The bytes up to the end of the line, null at the end of the stream.
    private static byte @Nullable [] line(InputStream in) throws IOException {
        int next = in.read();
        if (next < 0) {
            return null;
        }
        ByteArrayOutputStream line = new ByteArrayOutputStream(256);
        for (; next >= 0 && next != '\n'; next = in.read()) {
            line.write(next);
            if (line.size() > MAX_ITEM_BYTES) {
                throw new IOException(
                        "standard input: a line of more than "
                                + MAX_ITEM_BYTES
                                + " bytes (expected: items of at most 100 MiB)");
            }
        }
        byte[] bytes = line.toByteArray();
        boolean isWindows = bytes.length > 0 && bytes[bytes.length - 1] == '\r';
        return isWindows ? Arrays.copyOf(bytes, bytes.length - 1) : bytes;
    }
}
