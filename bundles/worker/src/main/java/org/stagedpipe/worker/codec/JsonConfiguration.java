package org.stagedpipe.worker.codec;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectReader;

import org.stagedpipe.api.Codec;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/// Configurations in JSON; read only.
final class JsonConfiguration<T> implements Codec<T> {

    private final ObjectReader reader;

    JsonConfiguration(ObjectReader reader) {
        this.reader = reader;
    }

    @Override
    public T decode(InputStream in) throws IOException {
        try {
            T value = in.available() == 0 ? reader.readValue("{}") : reader.readValue(in);
            if (value == null) {
                throw new IOException("null (expected: an object)");
            }
            return value;
        } catch (JsonProcessingException e) {
            throw JsonTexts.secretive(e);
        }
    }

    @Override
    public void encode(T value, OutputStream out) {
        throw new UnsupportedOperationException("a configuration is only read");
    }
}
