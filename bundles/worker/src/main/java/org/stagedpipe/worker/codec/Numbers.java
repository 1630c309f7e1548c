package org.stagedpipe.worker.codec;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.JsonParserDelegate;
import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.DeserializationConfig;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.Module;
import com.fasterxml.jackson.databind.deser.BeanDeserializerModifier;
import com.fasterxml.jackson.databind.deser.std.DelegatingDeserializer;
import com.fasterxml.jackson.databind.deser.std.JsonNodeDeserializer;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.type.ArrayType;

import java.io.IOException;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;

/// A number is read as it stands, or refused: `2.0`, as programs that know no whole numbers write it, is 2, but `1.5` is not 1, 200 no byte of
/// -56, and `1e400` not infinite, as Jackson has it.
final class Numbers {

    /// Whose deserializers read the elements themselves.
    private static final Set<Class<?>> ELEMENTS =
            Set.of(int.class, long.class, short.class, byte.class, double.class, float.class);

    private Numbers() {}

    /// Comes after the module of optional values, whose place it takes for numbers.
    static Module module() {
        return new SimpleModule("numbers")
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
                .addDeserializer(
                        OptionalDouble.class,
                        new Optionally<>(
                                OptionalDouble.empty(),
                                Double.class,
                                value -> OptionalDouble.of(value.doubleValue())))
                .addDeserializer(JsonNode.class, tree(JsonNode.class))
                .addDeserializer(ObjectNode.class, tree(ObjectNode.class))
                .addDeserializer(ArrayNode.class, tree(ArrayNode.class))
                .setDeserializerModifier(new Modifier());
    }

    /// No modifier is asked for these.
    @SuppressWarnings("unchecked") // it is a deserializer of that type
    private static <N extends JsonNode> JsonDeserializer<N> tree(Class<N> type) {
        return (JsonDeserializer<N>)
                (JsonDeserializer<?>) new Untyped(JsonNodeDeserializer.getDeserializer(type));
    }

    private static final class Modifier extends BeanDeserializerModifier {

        private static final long serialVersionUID = 1L;

        @Override
        public JsonDeserializer<?> modifyDeserializer(
                DeserializationConfig config, BeanDescription bean, JsonDeserializer<?> given) {
            return switch (given.logicalType()) {
                case Integer -> new Whole(given);
                case Float -> new Finite(given);
                case Untyped -> new Untyped(given);
                case null, default -> given;
            };
        }

        @Override
        public JsonDeserializer<?> modifyArrayDeserializer(
                DeserializationConfig config,
                ArrayType type,
                BeanDescription bean,
                JsonDeserializer<?> given) {
            return ELEMENTS.contains(type.getContentType().getRawClass())
                    ? new Whole(given)
                    : given;
        }
    }

    /// Of whole numbers, and of arrays of numbers.
    private static final class Whole extends DelegatingDeserializer {

        private static final long serialVersionUID = 1L;

        private final boolean isLarge;

        Whole(JsonDeserializer<?> given) {
            super(given);
            Class<?> type = given.handledType();
            isLarge =
                    type == int.class
                            || type == Integer.class
                            || type == long.class
                            || type == Long.class;
        }

        @Override
        protected JsonDeserializer<?> newDelegatingInstance(JsonDeserializer<?> other) {
            return new Whole(other);
        }

        @Override
        public Object deserialize(JsonParser in, DeserializationContext context)
                throws IOException {
            if (isLarge && in.hasToken(JsonToken.VALUE_NUMBER_INT)) {
                return super.deserialize(in, context); // which is exact
            }
            Object value = super.deserialize(new ExactParser(in, handledType()), context);
            if (value instanceof Byte small
                    && in.hasToken(JsonToken.VALUE_STRING)
                    && small != Integer.parseInt(in.getText().strip())) {
                throw ExactParser.refused(in, handledType(), "a whole number from -128 to 127");
            }
            return value;
        }
    }

    private static final class Finite extends DelegatingDeserializer {

        private static final long serialVersionUID = 1L;

        /// As what is infinite is written.
        private static final Set<String> INFINITE =
                Set.of("Infinity", "+Infinity", "-Infinity", "INF", "+INF", "-INF");

        Finite(JsonDeserializer<?> given) {
            super(given);
        }

        @Override
        protected JsonDeserializer<?> newDelegatingInstance(JsonDeserializer<?> other) {
            return new Finite(other);
        }

        @Override
        public Object deserialize(JsonParser in, DeserializationContext context)
                throws IOException {
            Object value;
            try {
                value = super.deserialize(in, context);
            } catch (NumberFormatException e) { // a decimal one, whose exponent has too many digits
                throw ExactParser.refused(in, handledType(), "a number");
            }
            if ((value instanceof Double wide && wide.isInfinite()
                            || value instanceof Float narrow && narrow.isInfinite())
                    && !INFINITE.contains(in.getText().strip())) {
                throw ExactParser.tooLarge(in, value.getClass());
            }
            return value;
        }
    }

    /// Of whatever stands there: objects and arrays too, in which the same parser is asked.
    private static final class Untyped extends DelegatingDeserializer {

        private static final long serialVersionUID = 1L;

        Untyped(JsonDeserializer<?> given) {
            super(given);
        }

        @Override
        protected JsonDeserializer<?> newDelegatingInstance(JsonDeserializer<?> other) {
            return new Untyped(other);
        }

        @Override
        public Object deserialize(JsonParser in, DeserializationContext context)
                throws IOException {
            return super.deserialize(
                    in instanceof FiniteParser ? in : new FiniteParser(in), context);
        }
    }

    private static final class FiniteParser extends JsonParserDelegate {

        FiniteParser(JsonParser in) {
            super(in);
        }

        @Override
        public Number getNumberValue() throws IOException {
            Number value = super.getNumberValue();
            if (value instanceof Double wide && wide.isInfinite()) {
                throw ExactParser.tooLarge(this, Double.class);
            }
            return value;
        }

        @Override
        public double getDoubleValue() throws IOException {
            double value = super.getDoubleValue();
            if (Double.isInfinite(value)) {
                throw ExactParser.tooLarge(this, Double.class);
            }
            return value;
        }
    }

    /// Of these the module that knows them reads numbers by itself.
    private static final class Optionally<O> extends StdDeserializer<O> {

        private static final long serialVersionUID = 1L;

        private final transient Class<? extends Number> boxed;
        private final transient O none;
        private final transient Function<Number, O> some;

        Optionally(O none, Class<? extends Number> boxed, Function<Number, O> some) {
            super(none.getClass());
            this.none = none;
            this.boxed = boxed;
            this.some = some;
        }

        @Override
        public O deserialize(JsonParser in, DeserializationContext context) throws IOException {
            return some.apply(context.readValue(in, boxed));
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
}
