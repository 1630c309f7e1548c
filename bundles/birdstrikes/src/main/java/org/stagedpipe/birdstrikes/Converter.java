package org.stagedpipe.birdstrikes;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.FaultException;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// The second stage: texts become dates, numbers and codes. Every field must be there but the speed.
public final class Converter {

    private Converter() {}

    /// @throws FaultException if a field is missing or cannot be read
    public static Strikes convert(CleanLines batch) throws FaultException {
        List<Strike> rows = new ArrayList<>(batch.lines().size());
        for (CleanLine line : batch.lines()) {
            rows.add(strike(line));
        }
        return new Strikes(batch.read(), rows);
    }

    private static Strike strike(CleanLine line) throws FaultException {
        return new Strike(
                key(line.line().text()),
                line.line().number(),
                new Strike.Place(text(line, Field.AIRPORT), state(line), null),
                flight(line),
                new Strike.Wildlife(text(line, Field.SIZE), text(line, Field.SPECIES)),
                new Strike.Damage(
                        text(line, Field.DAMAGE),
                        dollars(line, Field.COST_OTHER),
                        dollars(line, Field.COST_REPAIR),
                        dollars(line, Field.COST_TOTAL)));
    }

    private static Strike.Flight flight(CleanLine line) throws FaultException {
        return new Strike.Flight(
                text(line, Field.AIRCRAFT),
                text(line, Field.OPERATOR),
                date(line),
                text(line, Field.TIME_OF_DAY),
                text(line, Field.PHASE),
                speed(line));
    }

    private static String text(CleanLine line, Field field) throws FaultException {
        String value = line.value(field);
        if (value == null) {
            throw BadLine.of(line.line(), field.header() + ": blank (expected: a value)");
        }
        return value;
    }

    private static String state(CleanLine line) throws FaultException {
        String name = text(line, Field.STATE);
        String code = States.code(name);
        if (code == null) {
            throw bad(line, Field.STATE, name, "a state of the United States");
        }
        return code;
    }

    private static LocalDate date(CleanLine line) throws FaultException {
        String value = text(line, Field.DATE);
        try {
            return LocalDate.parse(value);
        } catch (DateTimeParseException e) {
            throw bad(line, Field.DATE, value, "a date as yyyy-mm-dd");
        }
    }

    private static long dollars(CleanLine line, Field field) throws FaultException {
        return number(line, field, text(line, field), Long.MAX_VALUE);
    }

    private static @Nullable Integer speed(CleanLine line) throws FaultException {
        String value = line.value(Field.SPEED);
        return value == null
                ? null
                : Integer.valueOf((int) number(line, Field.SPEED, value, Integer.MAX_VALUE));
    }

    private static long number(CleanLine line, Field field, String value, long max)
            throws FaultException {
        try {
            long number = Long.parseLong(value);
            if (number >= 0 && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw bad(line, field, value, "a whole number >= 0");
    }

    private static FaultException bad(CleanLine line, Field field, String value, String expected) {
        return BadLine.of(
                line.line(), field.header() + ": \"" + value + "\" (expected: " + expected + ")");
    }

    private static String key(String text) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
