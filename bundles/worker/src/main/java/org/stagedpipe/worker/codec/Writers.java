package org.stagedpipe.worker.codec;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializerProvider;

import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Writes values of one declared type as a property of that type would be written: by their own class, with the type arguments of the declared one.
///
/// A value does not know those: of a list alone nobody could tell that its elements are of a type that has subtypes (`@JsonTypeInfo`), and their names, by
/// which they are read again, would be missing. Where no type argument has any, a value's class says all. Safe for use by many threads.
final class Writers {

    private final ObjectWriter plain;
    private final @Nullable JavaType declared; // null: a value's class says all
    private final Map<Class<?>, ObjectWriter> typed =
            new ConcurrentHashMap<>(); // by a value's class

    private Writers(ObjectWriter plain, @Nullable JavaType declared) {
        this.plain = plain.without(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
        this.declared = declared;
    }

    /// @throws IllegalArgumentException if the type cannot be used
    static Writers of(ObjectMapper mapper, JavaType declared) {
        try {
            SerializerProvider provider = mapper.getSerializerProviderInstance();
            return new Writers(
                    mapper.writer(), hasSubtypesInside(declared, provider) ? declared : null);
        } catch (JsonMappingException e) {
            throw new IllegalArgumentException(e.getOriginalMessage(), e);
        }
    }

    private static boolean hasSubtypesInside(JavaType type, SerializerProvider provider)
            throws JsonMappingException {
        JavaType content =
                type.getContentType(); // also of an array, which contains no type by that name
        if (content != null && hasSubtypesInside(content, provider)) {
            return true;
        }
        for (int i = 0; i < type.containedTypeCount(); i++) {
            JavaType argument = type.containedType(i);
            if (provider.findTypeSerializer(argument) != null
                    || hasSubtypesInside(argument, provider)) {
                return true;
            }
        }
        return false;
    }

    /// What writes that value.
    ObjectWriter of(Object value) {
        JavaType type = declared;
        return type == null || !type.getRawClass().isInstance(value)
                ? plain
                : typed.computeIfAbsent(value.getClass(), its -> writer(type, its));
    }

    private ObjectWriter writer(JavaType type, Class<?> its) {
        JavaType specialized = plain.getTypeFactory().constructSpecializedType(type, its, true);
        JavaType content = specialized.getContentType();
        boolean isLost = // of a class whose parameters are not those of the declared one
                content != null
                        && content.isJavaLangObject()
                        && !type.getContentType().isJavaLangObject();
        return plain.forType(isLost ? type : specialized);
    }
}
