package org.stagedpipe.worker.codec;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectReader;

import org.stagedpipe.worker.secret.GroupSecrets;

import java.io.IOException;
import java.io.InputStream;
import java.time.DateTimeException;

/// Configurations in JSON.
final class JsonConfiguration<T> implements ConfigurationReader<T> {

    private final ObjectReader reader;

    JsonConfiguration(ObjectReader reader) {
        this.reader = reader;
    }

    @Override
    public T read(InputStream in, GroupSecrets secrets) throws IOException {
        ObjectReader its = SecretJson.reader(reader, secrets);
        try {
            T value = in.available() == 0 ? its.readValue("{}") : its.readValue(new Utf8Input(in));
            if (value == null) {
                throw new IOException("null (expected: an object)");
            }
            return value;
        } catch (JsonProcessingException e) {
            throw JsonTexts.secretive(e, secrets);
        } catch (NumberFormatException | DateTimeException e) { // of Jackson, with the value
            throw new IOException("cannot be read: a number or a time (expected: a smaller one)");
        }
    }
}
