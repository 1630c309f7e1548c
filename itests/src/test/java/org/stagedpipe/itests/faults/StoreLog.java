package org.stagedpipe.itests.faults;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// A log of an overseer's store, as ZooKeeper writes it: a head, then records, then zeros for those to come, all big-endian.
///
/// ```text
/// 0   magic "ZKLG", version, id of the store    16 bytes
/// 16  record: Adler-32 (8), length (4), that many bytes, 'B'
///     …
///     zeros
/// ```
final class StoreLog {

    private static final int HEAD = 16;
    private static final int LENGTH_AT = 8;
    private static final int BODY_AT = 12;

    private StoreLog() {}

    /// Writes the first half of its last record once more behind it, and cuts the file there.
    ///
    /// @return how many bytes that is
    static int cutInAnother(Path log) throws IOException {
        byte[] bytes = Files.readAllBytes(log);
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        int last = 0;
        int end = HEAD;
        while (end + BODY_AT < bytes.length && buffer.getInt(end + LENGTH_AT) > 0) {
            last = end;
            end += BODY_AT + buffer.getInt(end + LENGTH_AT) + 1;
        }
        if (last == 0 || bytes[end - 1] != 'B') {
            throw new IOException(log + ": no record (expected: at least one whole one)");
        }
        int half = (end - last) / 2;
        byte[] cut = Arrays.copyOf(bytes, end + half);
        System.arraycopy(bytes, last, cut, end, half);
        Files.write(log, cut);
        return half;
    }
}
