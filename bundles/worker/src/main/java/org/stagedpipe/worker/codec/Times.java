package org.stagedpipe.worker.codec;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.JsonTokenId;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.Module;
import com.fasterxml.jackson.databind.deser.std.DelegatingDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.datatype.jsr310.deser.DurationDeserializer;
import com.fasterxml.jackson.datatype.jsr310.deser.InstantDeserializer;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.regex.Pattern;

/// A time that is a number counts milliseconds, however it is written: to Jackson one with a point or an exponent counts seconds. A text
/// of digits is none.
final class Times {

    /// Of which Jackson makes a number: `20260101` a moment of 1970.
    private static final Pattern DIGITS = Pattern.compile("[+-]?\\d*\\.?\\d*");

    private Times() {}

    /// Comes after the module of times, whose place it takes.
    static Module module() {
        return new SimpleModule("times")
                .addDeserializer(Instant.class, reading(InstantDeserializer.INSTANT))
                .addDeserializer(
                        OffsetDateTime.class, reading(InstantDeserializer.OFFSET_DATE_TIME))
                .addDeserializer(ZonedDateTime.class, reading(InstantDeserializer.ZONED_DATE_TIME))
                .addDeserializer(Duration.class, reading(DurationDeserializer.INSTANCE));
    }

    @SuppressWarnings("unchecked") // it reads what the given one reads
    private static <T> JsonDeserializer<T> reading(JsonDeserializer<T> given) {
        return (JsonDeserializer<T>) new Reading(given);
    }

    private static final class Reading extends DelegatingDeserializer {

        private static final long serialVersionUID = 1L;

        Reading(JsonDeserializer<?> given) {
            super(given);
        }

        @Override
        protected JsonDeserializer<?> newDelegatingInstance(JsonDeserializer<?> other) {
            return new Reading(other);
        }

        @Override
        public Object deserialize(JsonParser in, DeserializationContext context)
                throws IOException {
            if (in.hasToken(JsonToken.VALUE_STRING)
                    && DIGITS.matcher(in.getText().strip()).matches()
                    && !in.getText().isBlank()) {
                throw ExactParser.refused(
                        in, handledType(), "ISO 8601, or a number of milliseconds");
            }
            return super.deserialize(
                    in.hasToken(JsonToken.VALUE_NUMBER_FLOAT)
                            ? new WholeMilliseconds(in, handledType())
                            : in,
                    context);
        }
    }

    /// Shows a number with a point or an exponent as the whole one that it is.
    private static final class WholeMilliseconds extends ExactParser {

        WholeMilliseconds(JsonParser in, Class<?> wanted) {
            super(in, wanted);
        }

        @Override
        public int currentTokenId() {
            return JsonTokenId.ID_NUMBER_INT;
        }

        @Override
        public JsonToken currentToken() {
            return JsonToken.VALUE_NUMBER_INT;
        }

        @Override
        public long getLongValue() throws IOException {
            return whole();
        }
    }
}
