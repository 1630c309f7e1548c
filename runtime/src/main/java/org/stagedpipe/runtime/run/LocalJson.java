package org.stagedpipe.runtime.run;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.TypeFactory;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Codec;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Type;

/// JSON for the plugin of this process, by the rules of a worker: items may have keys that their type does not have,
/// configurations may not.
final class LocalJson {

    private static final int MAX_TEXT_CHARS = 104_857_600; // one item may be one text

    private final ObjectMapper mapper;

    LocalJson(ClassLoader loader) {
        StreamReadConstraints texts =
                StreamReadConstraints.builder().maxStringLength(MAX_TEXT_CHARS).build();
        mapper =
                JsonMapper.builder(JsonFactory.builder().streamReadConstraints(texts).build())
                        .typeFactory(TypeFactory.defaultInstance().withClassLoader(loader))
                        .addModule(LocalSecrets.module())
                        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                        .build();
    }

    <T> Codec<T> data(Type type) {
        return new JsonOf<>(
                mapper.readerFor(mapper.constructType(type))
                        .without(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES),
                mapper.writer().without(JsonGenerator.Feature.AUTO_CLOSE_TARGET),
                false);
    }

    <T> Codec<T> configuration(Type type) {
        return type == Void.class
                ? new NoConfiguration<>()
                : new JsonOf<>(
                        LocalSecrets.configuration(mapper.readerFor(mapper.constructType(type))),
                        mapper.writer(),
                        true);
    }

    /// @param mayBeEmpty whether no bytes are an empty object
    private record JsonOf<T>(ObjectReader reader, ObjectWriter writer, boolean mayBeEmpty)
            implements Codec<T> {

        @Override
        public T decode(InputStream in) throws IOException {
            boolean isEmpty = in.available() == 0;
            if (isEmpty && !mayBeEmpty) {
                throw new IOException("no bytes (expected: JSON)");
            }
            try {
                @Nullable T value = isEmpty ? reader.readValue("{}") : reader.readValue(in);
                if (value == null) {
                    throw new IOException("null (expected: a value)");
                }
                return value;
            } catch (JsonProcessingException e) {
                JsonLocation at = e.getLocation();
                String where = at == null ? "" : " at column " + at.getColumnNr();
                throw new IOException(what(e) + where, e);
            }
        }

        private static String what(JsonProcessingException e) {
            return e instanceof UnrecognizedPropertyException unknown
                    ? "unknown key \""
                            + unknown.getPropertyName()
                            + "\" (expected: one of "
                            + unknown.getKnownPropertyIds()
                            + ")"
                    : e.getOriginalMessage();
        }

        @Override
        public void encode(T value, OutputStream out) throws IOException {
            if (value == null) {
                throw new IOException("the last stage left no data (expected: a value)");
            }
            writer.writeValue(out, value);
        }
    }
}
