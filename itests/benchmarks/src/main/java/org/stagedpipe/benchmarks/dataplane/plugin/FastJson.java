package org.stagedpipe.benchmarks.dataplane.plugin;

import com.dslplatform.json.DslJson;
import com.dslplatform.json.JsonReader;
import com.dslplatform.json.JsonWriter;
import com.dslplatform.json.runtime.Settings;

import org.stagedpipe.api.Codec;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Objects;

/// JSON of a public record by dsl-json, which takes about half of what Jackson does. dsl-json comes in the plugin's bundle, so
/// all that it keeps goes with the version; its readers and writers are the pipelines' threads' own.
///
/// @param <T> the record
final class FastJson<T> implements Codec<T> {

    private final JsonReader.ReadObject<T> read;
    private final JsonWriter.WriteObject<T> write;
    private final ThreadLocal<JsonReader<Object>> readers;
    private final ThreadLocal<JsonWriter> writers;

    FastJson(Class<T> type) {
        DslJson<Object> json = new DslJson<>(Settings.basicSetup());
        this.read = Objects.requireNonNull(json.tryFindReader(type), type::getName);
        this.write = Objects.requireNonNull(json.tryFindWriter(type), type::getName);
        this.readers = ThreadLocal.withInitial(json::newReader);
        this.writers = ThreadLocal.withInitial(json::newWriter);
    }

    @Override
    public T decode(InputStream in) throws IOException {
        byte[] bytes = in.readAllBytes();
        JsonReader<Object> reader = readers.get().process(bytes, bytes.length);
        reader.getNextToken();
        T value = read.read(reader);
        if (value == null || !isBlank(bytes, reader.getCurrentIndex())) {
            throw new IOException("bytes after a value, or none (expected: one JSON object)");
        }
        return value;
    }

    private static boolean isBlank(byte[] bytes, int from) {
        for (int i = from; i < bytes.length; i++) {
            if (!Character.isWhitespace(bytes[i])) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void encode(T value, OutputStream out) throws IOException {
        JsonWriter writer = writers.get();
        writer.reset();
        write.write(writer, value);
        writer.toStream(out);
    }
}
