package org.stagedpipe.worker.codec;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectReader;

import org.stagedpipe.api.Codec;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/// Items in JSON.
final class JsonCodec<T> implements Codec<T> {

    private final ObjectReader reader;
    private final Writers writers;

    JsonCodec(ObjectReader reader, Writers writers) {
        this.reader = reader;
        this.writers = writers;
    }

    @Override
    public T decode(InputStream in) throws IOException {
        if (in.available() == 0) {
            throw new IOException("no bytes (expected: JSON)");
        }
        try {
            T value = reader.readValue(new Utf8Input(in));
            if (value == null) {
                throw new IOException("null (expected: a value)");
            }
            return value;
        } catch (JsonProcessingException e) {
            throw JsonTexts.readable(e);
        }
    }

    @Override
    public void encode(T value, OutputStream out) throws IOException {
        if (value == null) {
            throw new IOException("the last stage left no data (expected: a value)");
        }
        try {
            writers.of(value).writeValue(out, value);
        } catch (JsonProcessingException e) {
            throw JsonTexts.readable(e);
        }
    }
}
