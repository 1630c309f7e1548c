package org.stagedpipe.worker.codec;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.JsonParserDelegate;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;

import java.io.IOException;
import java.math.BigDecimal;

/// Answers a number as what is asked for if it is that, else refuses it: a whole one may have a point or an exponent.
class ExactParser extends JsonParserDelegate {

    private final Class<?> wanted;

    /// @param wanted of whom errors speak
    ExactParser(JsonParser in, Class<?> wanted) {
        super(in);
        this.wanted = wanted;
    }

    @Override
    public int getValueAsInt() throws IOException {
        return isWhole()
                ? super.getValueAsInt()
                : (int) whole(Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    @Override
    public long getValueAsLong() throws IOException {
        return isWhole() ? super.getValueAsLong() : whole();
    }

    @Override
    public short getShortValue() throws IOException {
        return (short) whole(Short.MIN_VALUE, Short.MAX_VALUE);
    }

    @Override
    public byte getByteValue() throws IOException {
        return (byte) whole(Byte.MIN_VALUE, Byte.MAX_VALUE);
    }

    @Override
    public BigDecimal getDecimalValue() throws IOException {
        return isWhole() ? super.getDecimalValue() : integral();
    }

    @Override
    public double getDoubleValue() throws IOException {
        double value = super.getDoubleValue();
        if (Double.isInfinite(value)) {
            throw tooLarge(this, Double.class);
        }
        return value;
    }

    @Override
    public float getFloatValue() throws IOException {
        float value = super.getFloatValue();
        if (Float.isInfinite(value)) {
            throw tooLarge(this, Float.class);
        }
        return value;
    }

    /// The number, if it is whole and a long.
    final long whole() throws IOException {
        return whole(Long.MIN_VALUE, Long.MAX_VALUE);
    }

    private long whole(long least, long most) throws IOException {
        BigDecimal value = integral();
        if (value.compareTo(BigDecimal.valueOf(least)) < 0
                || value.compareTo(BigDecimal.valueOf(most)) > 0) {
            throw refused(this, wanted, "a whole number from " + least + " to " + most);
        }
        return value.longValueExact();
    }

    private BigDecimal integral() throws IOException {
        BigDecimal value;
        try {
            value = super.getDecimalValue();
        } catch (NumberFormatException e) { // its exponent has too many digits
            throw refused(this, wanted, "a whole number");
        }
        if (value.stripTrailingZeros().scale() > 0) {
            throw refused(this, wanted, "a whole number");
        }
        return value;
    }

    /// Whether it looks like a whole number.
    private boolean isWhole() {
        return !delegate.hasToken(JsonToken.VALUE_NUMBER_FLOAT);
    }

    static IOException tooLarge(JsonParser in, Class<?> wanted) throws IOException {
        return refused(
                in,
                wanted,
                wanted == Float.class
                        ? "at most " + Float.MAX_VALUE
                        : "at most " + Double.MAX_VALUE);
    }

    static IOException refused(JsonParser in, Class<?> wanted, String expected) throws IOException {
        return MismatchedInputException.from(
                in, wanted, in.getText() + " (expected: " + expected + ")");
    }
}
