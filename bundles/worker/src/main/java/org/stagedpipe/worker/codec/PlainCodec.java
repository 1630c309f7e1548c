package org.stagedpipe.worker.codec;

import org.stagedpipe.api.Codec;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/// Items in JSON whose type is a plain record: small and usual ones are read and written here, all others as every other
/// type. Nobody sees the difference, except in time: what is read here is what the other one would have read, and errors are
/// always its own.
final class PlainCodec<T> implements Codec<T> {

    /// A larger item would be in memory twice.
    private static final int MOST_BYTES = 64 << 10;

    private final PlainRecord type;
    private final Codec<T> other;

    /// @param other for what is not read or written here
    PlainCodec(PlainRecord type, Codec<T> other) {
        this.type = type;
        this.other = other;
    }

    @Override
    @SuppressWarnings("unchecked") // the record's type is what items are
    public T decode(InputStream in) throws IOException {
        if (in.available() > MOST_BYTES) {
            return other.decode(in);
        }
        byte[] json = in.readAllBytes();
        Object value = PlainReader.read(type, json);
        return value != null ? (T) value : other.decode(new ByteArrayInputStream(json));
    }

    @Override
    public void encode(T value, OutputStream out) throws IOException {
        boolean isPlain = value != null && value.getClass() == type.type();
        if (!isPlain || !new PlainWriter(MOST_BYTES).write(type, value, out)) {
            other.encode(value, out);
        }
    }
}
