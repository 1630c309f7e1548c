package org.stagedpipe.worker.codec;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Refuses what Jackson lets pass as UTF-8 and is none: characters in a longer form than they have (`c0 af` as `/`, which a check of the bytes
/// does not find), halves of pairs, and what is beyond the last character. Jackson refuses all else.
///
/// Looks at what was just read, eight bytes at a time while these are ASCII.
final class Utf8Input extends FilterInputStream {

    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long NOT_ASCII = 0x8080808080808080L;

    private int last; // the byte before

    Utf8Input(InputStream in) {
        super(in);
    }

    @Override
    public int read() throws IOException {
        int next = super.read();
        if (next >= 0) {
            check(next);
        }
        return next;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        int count = super.read(target, offset, length);
        int end = offset + count;
        for (int at = offset; at < end; ) {
            if (at + Long.BYTES <= end && ((long) LONGS.get(target, at) & NOT_ASCII) == 0) {
                last = 0;
                at += Long.BYTES;
            } else {
                check(target[at++] & 0xff);
            }
        }
        return count;
    }

    private void check(int next) throws IOException {
        boolean isWrong =
                switch (last) {
                    case 0xe0 -> next < 0xa0;
                    case 0xed -> next >= 0xa0;
                    case 0xf0 -> next < 0x90;
                    case 0xf4 -> next >= 0x90;
                    default -> next == 0xc0 || next == 0xc1 || next >= 0xf5;
                };
        if (isWrong) {
            throw new IOException("not UTF-8: byte 0x" + Integer.toHexString(next));
        }
        last = next;
    }
}
