package org.stagedpipe.worker.codec;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.JsonParserDelegate;
import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.DeserializationConfig;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.Module;
import com.fasterxml.jackson.databind.deser.BeanDeserializerModifier;
import com.fasterxml.jackson.databind.deser.std.DelegatingDeserializer;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.type.ArrayType;
import com.fasterxml.jackson.databind.type.LogicalType;

import java.io.IOException;
import java.math.BigDecimal;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;

/// A whole number is read as it stands, or refused: `2.0`, as programs that know no others write it, is 2, but `1.5` is not 1, as Jackson has it.
final class WholeNumbers {

    private static final Set<Class<?>> WHOLE =
            Set.of(int.class, long.class, short.class, byte.class);

    private WholeNumbers() {}

    /// Comes after the module of optional values, whose place it takes for whole ones.
    static Module module() {
        return new SimpleModule("whole numbers")
                .addDeserializer(
                        OptionalInt.class,
                        new Optionally<>(
                                OptionalInt.empty(),
                                Integer.class,
                                value -> OptionalInt.of(value.intValue())))
                .addDeserializer(
                        OptionalLong.class,
                        new Optionally<>(
                                OptionalLong.empty(),
                                Long.class,
                                value -> OptionalLong.of(value.longValue())))
                .setDeserializerModifier(
                        new BeanDeserializerModifier() {
                            @Override
                            public JsonDeserializer<?> modifyDeserializer(
                                    DeserializationConfig config,
                                    BeanDescription bean,
                                    JsonDeserializer<?> given) {
                                return given.logicalType() == LogicalType.Integer
                                        ? new Reading(given)
                                        : given;
                            }

                            @Override
                            public JsonDeserializer<?> modifyArrayDeserializer(
                                    DeserializationConfig config,
                                    ArrayType type,
                                    BeanDescription bean,
                                    JsonDeserializer<?> given) {
                                return WHOLE.contains(type.getContentType().getRawClass())
                                        ? new Reading(given) // it reads its elements itself
                                        : given;
                            }
                        });
    }

    /// Of these the module that knows them reads numbers by itself.
    private static final class Optionally<O> extends StdDeserializer<O> {

        private static final long serialVersionUID = 1L;

        private final transient Class<? extends Number> whole;
        private final transient O none;
        private final transient Function<Number, O> some;

        Optionally(O none, Class<? extends Number> whole, Function<Number, O> some) {
            super(none.getClass());
            this.none = none;
            this.whole = whole;
            this.some = some;
        }

        @Override
        public O deserialize(JsonParser in, DeserializationContext context) throws IOException {
            Number value = context.readValue(in, whole);
            return value == null ? none : some.apply(value); // of an empty text
        }

        @Override
        public O getNullValue(DeserializationContext context) {
            return none;
        }

        @Override
        public O getAbsentValue(DeserializationContext context) {
            return none;
        }
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
            return in.hasToken(JsonToken.VALUE_NUMBER_INT)
                    ? super.deserialize(in, context)
                    : super.deserialize(new Exact(in, handledType()), context);
        }
    }

    /// Answers a number with a point or an exponent as the whole number that it is.
    private static final class Exact extends JsonParserDelegate {

        private final Class<?> wanted;

        Exact(JsonParser in, Class<?> wanted) {
            super(in);
            this.wanted = wanted;
        }

        @Override
        public int getValueAsInt() throws IOException {
            return isWritten()
                    ? super.getValueAsInt()
                    : (int) whole(Integer.MIN_VALUE, Integer.MAX_VALUE);
        }

        @Override
        public long getValueAsLong() throws IOException {
            return isWritten() ? super.getValueAsLong() : whole(Long.MIN_VALUE, Long.MAX_VALUE);
        }

        @Override
        public short getShortValue() throws IOException {
            return isWritten()
                    ? super.getShortValue()
                    : (short) whole(Short.MIN_VALUE, Short.MAX_VALUE);
        }

        @Override
        public byte getByteValue() throws IOException {
            return isWritten()
                    ? super.getByteValue()
                    : (byte) whole(Byte.MIN_VALUE, Byte.MAX_VALUE);
        }

        @Override
        public BigDecimal getDecimalValue() throws IOException {
            return isWritten() ? super.getDecimalValue() : whole();
        }

        /// Whether it is a whole number by its look.
        private boolean isWritten() {
            return !hasToken(JsonToken.VALUE_NUMBER_FLOAT);
        }

        private long whole(long least, long most) throws IOException {
            BigDecimal value = whole();
            if (value.compareTo(BigDecimal.valueOf(least)) < 0
                    || value.compareTo(BigDecimal.valueOf(most)) > 0) {
                throw refused("a whole number from " + least + " to " + most);
            }
            return value.longValueExact();
        }

        private BigDecimal whole() throws IOException {
            BigDecimal value = super.getDecimalValue();
            if (value.stripTrailingZeros().scale() > 0) {
                throw refused("a whole number");
            }
            return value;
        }

        private IOException refused(String expected) throws IOException {
            return MismatchedInputException.from(
                    this, wanted, getText() + " (expected: " + expected + ")");
        }
    }
}
