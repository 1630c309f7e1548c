package org.stagedpipe.console.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import picocli.CommandLine.TypeConversionException;

import java.time.Duration;

class DurationConverterTest {

    @Test
    void zeroIsADurationOnlyWhereItMeansSomething() {
        assertEquals(Duration.ZERO, new DurationConverter.OrZero().convert("0s"));
        assertEquals(Duration.ofSeconds(2), new DurationConverter.OrZero().convert("2s"));
        assertThrows(
                TypeConversionException.class, () -> new DurationConverter.OrZero().convert("-1s"));
        assertThrows(TypeConversionException.class, () -> new DurationConverter().convert("0s"));
    }
}
