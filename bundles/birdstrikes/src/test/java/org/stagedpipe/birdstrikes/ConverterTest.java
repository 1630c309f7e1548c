package org.stagedpipe.birdstrikes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.stagedpipe.api.FaultException;

import java.time.LocalDate;
import java.util.List;

class ConverterTest {

    private static final String GOOD = CleanerTest.GOOD;

    @Test
    void typesEveryField() throws Exception {
        Strike strike = convert(GOOD.replace("None", "Minor").replace("0,0,0", "1,2,3"));
        assertEquals(7, strike.line());
        assertEquals(new Strike.Place("DENVER INTL AIRPORT", "CO", null), strike.place());
        assertEquals(
                new Strike.Flight(
                        "B-737-300",
                        "UNITED AIRLINES",
                        LocalDate.of(1990, 1, 8),
                        "Day",
                        "Climb",
                        300),
                strike.flight());
        assertEquals(new Strike.Wildlife("Large", "Turkey vulture"), strike.wildlife());
        assertEquals(new Strike.Damage("Minor", 1, 2, 3), strike.damage());
    }

    @Test
    void derivesTheKeyFromTheRawLine() throws Exception {
        // printf '%s' "$line" | sha256sum
        assertEquals(
                "989540cfa0c700490f9919c2bc6823cb94d68722be58334a114c1029b4d27e33",
                convert(GOOD).key());
    }

    @Test
    void leavesAMissingSpeedNull() throws Exception {
        assertNull(convert(GOOD.replace("0,300", "0,")).flight().speedKnots());
    }

    @Test
    void readsStatesByNameAndByCode() throws Exception {
        assertEquals("NC", convert(GOOD.replace("Colorado", "north carolina")).place().state());
        assertEquals("DC", convert(GOOD.replace("Colorado", "DC")).place().state());
    }

    @Test
    void namesLineFieldValueAndExpectation() {
        assertBad("Flight Date: \"1990-13-08\" (expected: a date as yyyy-mm-dd)", "01-08", "13-08");
        assertBad("Origin State: \"Bavaria\" (expected: a state of", "Colorado", "Bavaria");
        assertBad("Cost Total $: \"-1\" (expected: a whole number >= 0)", "0,300", "-1,300");
        assertBad("Cost Total $: blank (expected: a value)", "0,300", ",300");
        assertBad("Speed IAS in knots: \"fast\" (expected: a whole number", "0,300", "0,fast");
        assertBad("Speed IAS in knots: \"3000000000\" (expected", "0,300", "0,3000000000");
        assertBad("Wildlife Species: blank (expected: a value)", "Turkey vulture", " ");
    }

    private static void assertBad(String expected, String part, String instead) {
        String line = GOOD.replace(part, instead);
        String text = assertThrows(FaultException.class, () -> convert(line)).text();
        assertEquals("line 7: " + expected, text.substring(0, 8 + expected.length()), text);
        assertEquals(" in: " + line, text.substring(text.length() - line.length() - 5), text);
    }

    private static Strike convert(String line) throws FaultException {
        return Converter.convert(Cleaner.clean(new Lines(List.of(new Line(7, line)))))
                .rows()
                .getFirst();
    }
}
