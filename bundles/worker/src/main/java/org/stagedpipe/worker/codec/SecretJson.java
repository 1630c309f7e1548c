package org.stagedpipe.worker.codec;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.Module;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;

import org.stagedpipe.api.Secret;
import org.stagedpipe.worker.secret.GroupSecrets;
import org.stagedpipe.worker.secret.SecretException;

import java.io.IOException;

/// Secrets in JSON: read in a configuration only, as a text or as the name of one of the worker's; never written.
final class SecretJson {

    private static final String REFERENCE = "$secret";

    private SecretJson() {}

    static Module module() {
        return new SimpleModule("secrets")
                .addDeserializer(Secret.class, new Reading())
                .addSerializer(Secret.class, new Writing());
    }

    /// One that reads a configuration, whose secrets it gives to these.
    static ObjectReader reader(ObjectReader reader, GroupSecrets secrets) {
        return reader.withAttribute(GroupSecrets.class, secrets);
    }

    private static final class Reading extends JsonDeserializer<Secret> {

        @Override
        public Secret deserialize(JsonParser in, DeserializationContext context)
                throws IOException {
            if (!(context.getAttribute(GroupSecrets.class) instanceof GroupSecrets secrets)) {
                throw new SecretRefusal(
                        in, "a secret (expected: in a group's configuration, nowhere else)");
            }
            try {
                return in.hasToken(JsonToken.VALUE_STRING)
                        ? secrets.given(in.getText())
                        : secrets.named(name(in));
            } catch (SecretException e) {
                throw new SecretRefusal(in, e.getMessage());
            }
        }

        private static String name(JsonParser in) throws IOException {
            if (in.hasToken(JsonToken.START_OBJECT)
                    && REFERENCE.equals(in.nextFieldName())
                    && in.nextToken() == JsonToken.VALUE_STRING) {
                String name = in.getText();
                if (in.nextToken() == JsonToken.END_OBJECT) {
                    return name;
                }
            }
            throw new SecretRefusal(
                    in, "no secret (expected: a text, or {\"" + REFERENCE + "\": \"NAME\"})");
        }
    }

    private static final class Writing extends JsonSerializer<Secret> {

        @Override
        public void serialize(Secret secret, JsonGenerator out, SerializerProvider provider)
                throws IOException {
            throw new SecretRefusal(out, "a secret is never written (expected: data without one)");
        }
    }
}
