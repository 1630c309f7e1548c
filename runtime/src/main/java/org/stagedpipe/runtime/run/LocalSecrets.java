package org.stagedpipe.runtime.run;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.Module;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;

import org.stagedpipe.api.Secret;

import java.io.IOException;

/// Secrets in JSON, as on a worker that has none of its own: texts in a configuration; never written.
final class LocalSecrets {

    private LocalSecrets() {}

    static Module module() {
        return new SimpleModule("secrets")
                .addDeserializer(Secret.class, new Reading())
                .addSerializer(Secret.class, new Writing());
    }

    /// One that reads a configuration.
    static ObjectReader configuration(ObjectReader reader) {
        return reader.withAttribute(Secret.class, true);
    }

    private static final class Reading extends JsonDeserializer<Secret> {

        @Override
        public Secret deserialize(JsonParser in, DeserializationContext context)
                throws IOException {
            if (context.getAttribute(Secret.class) == null) {
                throw JsonMappingException.from(
                        in, "a secret (expected: in a group's configuration, nowhere else)");
            }
            if (!in.hasToken(JsonToken.VALUE_STRING)) {
                throw JsonMappingException.from(
                        in, "no secret (expected: its text; only a worker knows others by a name)");
            }
            return Secret.of(in.getText());
        }
    }

    private static final class Writing extends JsonSerializer<Secret> {

        @Override
        public void serialize(Secret secret, JsonGenerator out, SerializerProvider provider)
                throws IOException {
            throw JsonMappingException.from(
                    out, "a secret is never written (expected: data without one)");
        }
    }
}
