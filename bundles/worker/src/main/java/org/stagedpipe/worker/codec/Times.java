package org.stagedpipe.worker.codec;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.JsonTokenId;
import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.BeanProperty;
import com.fasterxml.jackson.databind.DeserializationConfig;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.Module;
import com.fasterxml.jackson.databind.deser.BeanDeserializerModifier;
import com.fasterxml.jackson.databind.deser.std.DelegatingDeserializer;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.datatype.jsr310.deser.DurationDeserializer;
import com.fasterxml.jackson.datatype.jsr310.deser.InstantDeserializer;
import com.fasterxml.jackson.datatype.jsr310.deser.LocalDateDeserializer;
import com.fasterxml.jackson.datatype.jsr310.deser.LocalDateTimeDeserializer;
import com.fasterxml.jackson.datatype.jsr310.deser.LocalTimeDeserializer;
import com.fasterxml.jackson.datatype.jsr310.deser.MonthDayDeserializer;
import com.fasterxml.jackson.datatype.jsr310.deser.OffsetTimeDeserializer;
import com.fasterxml.jackson.datatype.jsr310.deser.YearMonthDeserializer;
import com.fasterxml.jackson.datatype.jsr310.ser.ZonedDateTimeSerializer;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.YearMonth;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.regex.Pattern;

/// Times stay what they are. A number counts milliseconds, however it is written: to Jackson one with a point or an exponent counts seconds. A text
/// that Jackson would read as another time, or only a part of, is refused, as is an array of numbers, unless its field has a format of its own.
final class Times {

    private static final String MOMENT = "ISO 8601, or a number of milliseconds";

    /// `20260101` would be a moment of 1970.
    private static final Pattern DIGITS = Pattern.compile("\\s*[+-]?[\\d.]+\\s*");

    /// Its time of day would be lost.
    private static final Pattern WITH_TIME = Pattern.compile(".*T.*");

    /// Its offset would be lost.
    private static final Pattern WITH_OFFSET = Pattern.compile(".*Z\\s*");

    private static final Pattern NONE = Pattern.compile("(?!)");

    private Times() {}

    /// Comes after the module of times, whose place it takes.
    static Module module() {
        return new SimpleModule("times")
                .addDeserializer(Instant.class, moment(InstantDeserializer.INSTANT))
                .addDeserializer(OffsetDateTime.class, moment(InstantDeserializer.OFFSET_DATE_TIME))
                .addDeserializer(ZonedDateTime.class, moment(InstantDeserializer.ZONED_DATE_TIME))
                .addDeserializer(Duration.class, moment(DurationDeserializer.INSTANCE))
                .addDeserializer(
                        LocalDate.class,
                        typed(
                                new Reading(
                                        LocalDateDeserializer.INSTANCE,
                                        WITH_TIME,
                                        "a date of ISO 8601",
                                        false)))
                .addDeserializer(
                        LocalDateTime.class,
                        typed(
                                new Reading(
                                        LocalDateTimeDeserializer.INSTANCE,
                                        WITH_OFFSET,
                                        "a date and a time of ISO 8601, without an offset",
                                        false)))
                .addDeserializer(
                        LocalTime.class, part(LocalTimeDeserializer.INSTANCE, "a time of day"))
                .addDeserializer(
                        OffsetTime.class,
                        part(OffsetTimeDeserializer.INSTANCE, "a time of day with an offset"))
                .addDeserializer(
                        YearMonth.class, part(YearMonthDeserializer.INSTANCE, "a year and a month"))
                .addDeserializer(
                        MonthDay.class, part(MonthDayDeserializer.INSTANCE, "a month and a day"))
                .addSerializer(
                        ZonedDateTime.class, // the zone, too
                        new ZonedDateTimeSerializer(DateTimeFormatter.ISO_ZONED_DATE_TIME))
                .setDeserializerModifier(new Modifier());
    }

    private static <T> JsonDeserializer<T> moment(JsonDeserializer<T> given) {
        return typed(new Reading(given, DIGITS, MOMENT, true));
    }

    private static <T> JsonDeserializer<T> part(JsonDeserializer<?> given, String name) {
        return typed(new Reading(given, NONE, name + " of ISO 8601", false));
    }

    @SuppressWarnings("unchecked") // it reads what the given one reads
    private static <T> JsonDeserializer<T> typed(Reading reading) {
        return (JsonDeserializer<T>) reading;
    }

    /// For `Date` and its like, which are no module's.
    private static final class Modifier extends BeanDeserializerModifier {

        private static final long serialVersionUID = 1L;

        @Override
        public JsonDeserializer<?> modifyDeserializer(
                DeserializationConfig config, BeanDescription bean, JsonDeserializer<?> given) {
            return given.logicalType() == LogicalType.DateTime
                    ? new Reading(given, DIGITS, MOMENT, true)
                    : given;
        }
    }

    private static final class Reading extends DelegatingDeserializer {

        private static final long serialVersionUID = 1L;

        private final Pattern refused;
        private final String expected;
        private final boolean isMoment;
        private final boolean hasFormat;

        /// @param refused texts
        /// @param expected instead
        /// @param isMoment whether a number counts milliseconds; else it is refused
        Reading(JsonDeserializer<?> given, Pattern refused, String expected, boolean isMoment) {
            this(given, refused, expected, isMoment, false);
        }

        private Reading(
                JsonDeserializer<?> given,
                Pattern refused,
                String expected,
                boolean isMoment,
                boolean hasFormat) {
            super(given);
            this.refused = refused;
            this.expected = expected;
            this.isMoment = isMoment;
            this.hasFormat = hasFormat;
        }

        @Override
        protected JsonDeserializer<?> newDelegatingInstance(JsonDeserializer<?> other) {
            return new Reading(other, refused, expected, isMoment, hasFormat);
        }

        /// For a field, which may say how it is written.
        @Override
        public JsonDeserializer<?> createContextual(
                DeserializationContext context, @Nullable BeanProperty property)
                throws JsonMappingException {
            JsonDeserializer<?> its = super.createContextual(context, property);
            if (property == null || !(its instanceof Reading reading)) {
                return its;
            }
            JsonFormat.Value format =
                    property.findPropertyFormat(context.getConfig(), handledType());
            return format.hasPattern() || format.hasShape()
                    ? new Reading(reading.getDelegatee(), refused, expected, isMoment, true)
                    : reading;
        }

        @Override
        public Object deserialize(JsonParser in, DeserializationContext context)
                throws IOException {
            if (!hasFormat && isRefused(in)) {
                throw in.isExpectedStartArrayToken()
                        ? MismatchedInputException.from(
                                in, handledType(), "an array (expected: " + expected + ")")
                        : ExactParser.refused(in, handledType(), expected);
            }
            return super.deserialize(
                    isMoment && in.hasToken(JsonToken.VALUE_NUMBER_FLOAT)
                            ? new WholeMilliseconds(in, handledType())
                            : in,
                    context);
        }

        private boolean isRefused(JsonParser in) throws IOException {
            return in.hasToken(JsonToken.VALUE_STRING)
                    ? refused.matcher(in.getText()).matches()
                    : !isMoment
                            && (in.isExpectedStartArrayToken() || in.currentToken().isNumeric());
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
