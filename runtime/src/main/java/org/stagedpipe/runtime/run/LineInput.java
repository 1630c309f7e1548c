package org.stagedpipe.runtime.run;

import org.jspecify.annotations.Nullable;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/// The lines of a stream: each that is not empty is an item.
///
/// @param stream owned by the caller
record LineInput(InputStream stream) implements Lines.Input {

    private static final int MAX_ITEM_BYTES = 100 << 20;
    private static final int PIECE_BYTES = 1 << 20;

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
        List<byte[]> pieces = new ArrayList<>(1); // a buffer that grows would be there twice
        ByteArrayOutputStream piece = new ByteArrayOutputStream(256);
        for (; next >= 0 && next != '\n'; next = in.read()) {
            if (piece.size() == PIECE_BYTES) {
                pieces.add(piece.toByteArray());
                piece.reset();
            }
            piece.write(next);
            if (pieces.size() * PIECE_BYTES + piece.size() > MAX_ITEM_BYTES) {
                throw new IOException(
                        "standard input: a line of more than "
                                + MAX_ITEM_BYTES
                                + " bytes (expected: items of at most 100 MiB)");
            }
        }
        pieces.add(piece.toByteArray());
        return joined(pieces);
    }

    /// Without the end of line that Windows has.
    private static byte[] joined(List<byte[]> pieces) {
        byte[] last = pieces.getLast();
        boolean isWindows = last.length > 0 && last[last.length - 1] == '\r';
        int size = (pieces.size() - 1) * PIECE_BYTES + last.length - (isWindows ? 1 : 0);
        byte[] line = new byte[size];
        for (int i = 0; i < pieces.size(); i++) {
            int from = i * PIECE_BYTES;
            System.arraycopy(pieces.get(i), 0, line, from, Math.min(PIECE_BYTES, size - from));
        }
        return line;
    }
}
