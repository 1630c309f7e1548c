package org.stagedpipe.worker.codec;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.databind.type.TypeFactory;
import com.fasterxml.jackson.databind.util.LRUMap;
import com.fasterxml.jackson.databind.util.StdDateFormat;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;

import org.stagedpipe.api.Codec;

import java.lang.reflect.Type;
import java.util.List;

/// JSON for one version of a plugin.
///
/// Its mapper and the type cache in it are its own: both hold on to the plugin's classes, and both go with this object.
public final class Json {

    private static final int MAX_TEXT_CHARS = 104_857_600; // one item may be one text

    /// How much heap there has to be for each character of a text: up to 6 bytes while it is read (its bytes, the reader's buffers, the
    /// text as it is put together and as it is kept), for two at a time.
    private static final int BYTES_A_CHAR = 12;

    private static final int CACHED_TYPES = 200;

    /// An empty text is none of these: what is missing is null.
    private static final List<LogicalType> NEVER_EMPTY =
            List.of(
                    LogicalType.Integer,
                    LogicalType.Float,
                    LogicalType.Boolean,
                    LogicalType.DateTime);

    private final ObjectMapper mapper;

    /// For a plugin whose classes that loader finds.
    public Json(ClassLoader loader) {
        this(
                loader,
                (int) Math.min(MAX_TEXT_CHARS, Runtime.getRuntime().maxMemory() / BYTES_A_CHAR));
    }

    /// @param maxTextChars a longer text would end the process, and every other one that it is tried on
    Json(ClassLoader loader, int maxTextChars) {
        JsonFactory factory =
                JsonFactory.builder()
                        .streamReadConstraints(
                                StreamReadConstraints.builder()
                                        .maxStringLength(maxTextChars)
                                        .build())
                        .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
                        .build();
        TypeFactory types =
                TypeFactory.defaultInstance()
                        .withCache(new LRUMap<>(16, CACHED_TYPES)) // the default one is static
                        .withClassLoader(loader);
        JsonMapper.Builder builder =
                JsonMapper.builder(factory)
                        .typeFactory(types)
                        .addModules(
                                SecretJson.module(),
                                new JavaTimeModule(),
                                Times.module(),
                                new Jdk8Module(),
                                Numbers.module())
                        .enable(
                                DeserializationFeature.FAIL_ON_TRAILING_TOKENS,
                                DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
                        .defaultDateFormat(new StdDateFormat().withLenient(false))
                        .disable( // times stay as they are: with their offset and zone, as texts
                                DeserializationFeature.ADJUST_DATES_TO_CONTEXT_TIME_ZONE,
                                DeserializationFeature.READ_DATE_TIMESTAMPS_AS_NANOSECONDS)
                        .disable(
                                SerializationFeature.WRITE_DATES_AS_TIMESTAMPS,
                                SerializationFeature.WRITE_DATE_TIMESTAMPS_AS_NANOSECONDS,
                                SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS);
        for (LogicalType type : NEVER_EMPTY) {
            builder.withCoercionConfig(
                    type,
                    its -> its.setCoercion(CoercionInputShape.EmptyString, CoercionAction.Fail));
        }
        builder.withCoercionConfig(
                LogicalType.Boolean,
                its -> its.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail));
        mapper = builder.build();
    }

    /// For items: keys that the type does not have are left out. What is written may be of another type than what is read:
    /// the stages of a plugin may turn one into the other.
    ///
    /// @throws IllegalArgumentException if the type cannot be used
    public <T> Codec<T> data(Type type) {
        JavaType declared = mapper.constructType(type);
        return new JsonCodec<>(
                mapper.readerFor(declared)
                        .without(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES),
                Writers.of(mapper, declared));
    }

    /// For configurations: a key that the type does not have is refused. For a plugin whose configuration is [Void] the
    /// value is null and the bytes are none, `{}` or `null`; for others no bytes are `{}`. A [org.stagedpipe.api.Secret] is a text, or
    /// `{"$secret": "NAME"}` for one of this worker's.
    ///
    /// @throws IllegalArgumentException if the type cannot be used
    public <T> ConfigurationReader<T> configuration(Type type) {
        return type == Void.class
                ? new NoConfiguration<>()
                : new JsonConfiguration<>(
                        mapper.readerFor(mapper.constructType(type))
                                .with(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES));
    }
}
