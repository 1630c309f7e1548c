package org.stagedpipe.runtime.run;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Fault;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/// The lines of a stream: each that has more than spaces and tabs is an item. One that is larger than items may be is not kept, and fails.
///
/// @param stream owned by the caller
/// @param maxItemBytes as many as an item may have
/// @param refused gets the fault of a line that is too large, or that the group refuses, when the items before it are submitted
record LineInput(InputStream stream, int maxItemBytes, Consumer<Fault> refused)
        implements Lines.Input {

    private static final int MAX_ITEM_BYTES = 100 << 20;
    private static final int PIECE_BYTES = 1 << 20;

    /// Of items as large as the cluster takes them.
    LineInput(InputStream stream, Consumer<Fault> refused) {
        this(stream, MAX_ITEM_BYTES, refused);
    }

    @Override
    public void submitAll(Items items, RunProgress progress)
            throws IOException, InterruptedException {
        InputStream in = new BufferedInputStream(stream, 1 << 16);
        long number = 1;
        for (Line line = line(in); line != null; line = line(in)) {
            if (line.bytes() > maxItemBytes) {
                progress.submitted(); // before it can have an outcome
                refused.accept(tooLarge(number, line.bytes()));
            } else if (!isBlank(line.item())) {
                submit(items, line.item(), number, progress);
            }
            number++;
        }
    }

    private static boolean isBlank(byte[] line) {
        for (byte next : line) {
            if (next != ' ' && next != '\t' && next != '\r') {
                return false;
            }
        }
        return true;
    }

    private void submit(Items items, byte[] item, long number, RunProgress progress)
            throws InterruptedException {
        progress.submitted(); // before it can have an outcome
        try {
            items.submit(item);
        } catch (RefusedLineException e) {
            refused.accept(e.fault(number));
        } catch (RuntimeException | InterruptedException e) { // the group has ended
            progress.notSubmitted();
            throw e;
        }
    }

    private Fault tooLarge(long number, long bytes) {
        String text =
                String.format(
                        Locale.ROOT,
                        "line %,d: %,d bytes (expected: at most %,d)",
                        number,
                        bytes,
                        maxItemBytes);
        return new Fault(Fault.Kind.TOO_LARGE, null, 0, text, false);
    }

    /// @param bytes of the line without its end
    /// @param item empty if there are too many of them
    private record Line(long bytes, byte[] item) {}

    /// The bytes up to the end of the line, null at the end of the stream.
    private @Nullable Line line(InputStream in) throws IOException {
        int next = in.read();
        if (next < 0) {
            return null;
        }
        List<byte[]> pieces = new ArrayList<>(1); // a buffer that grows would be there twice
        ByteArrayOutputStream piece = new ByteArrayOutputStream(256);
        long bytes = 0;
        int last = 0;
        for (; next >= 0 && next != '\n'; next = in.read()) {
            if (piece.size() == PIECE_BYTES) {
                if (bytes <= maxItemBytes) {
                    pieces.add(piece.toByteArray());
                } else {
                    pieces.clear();
                }
                piece.reset();
            }
            piece.write(next);
            bytes++;
            last = next;
        }
        if (last == '\r') { // the end of line that Windows has
            bytes--;
        }
        if (bytes > maxItemBytes) {
            return new Line(bytes, new byte[0]);
        }
        pieces.add(piece.toByteArray());
        return new Line(bytes, joined(pieces, (int) bytes));
    }

    private static byte[] joined(List<byte[]> pieces, int size) {
        byte[] line = new byte[size];
        for (int i = 0; i < pieces.size(); i++) {
            int from = i * PIECE_BYTES;
            System.arraycopy(pieces.get(i), 0, line, from, Math.min(PIECE_BYTES, size - from));
        }
        return line;
    }
}
