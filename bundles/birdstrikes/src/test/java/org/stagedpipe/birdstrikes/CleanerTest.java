package org.stagedpipe.birdstrikes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.stagedpipe.api.FaultException;

import java.util.List;

class CleanerTest {

    static final String GOOD =
            "DENVER INTL AIRPORT,B-737-300,None,1990-01-08,UNITED AIRLINES,Colorado,Climb,Large,"
                    + "Turkey vulture,Day,0,0,0,300";

    @Test
    void dropsExactDuplicatesAndCountsThem() throws Exception {
        CleanLines clean =
                Cleaner.clean(
                        new Lines(
                                List.of(
                                        new Line(2, GOOD),
                                        new Line(3, GOOD + "\r"),
                                        new Line(4, GOOD.replace("300", "310")))));
        assertEquals(3, clean.read());
        assertEquals(List.of(2, 4), clean.lines().stream().map(l -> l.line().number()).toList());
    }

    @Test
    void takesThousandsSeparatorsOffNumbersOnly() throws Exception {
        CleanLine line = clean(GOOD.replace("0,0,0,300", "\"1,234\",\"1,234,567\",\"12,34\",300"));
        assertEquals("1234", line.value(Field.COST_OTHER));
        assertEquals("1234567", line.value(Field.COST_REPAIR));
        assertEquals("12,34", line.value(Field.COST_TOTAL));
    }

    @Test
    void makesBlanksNull() throws Exception {
        CleanLine line = clean(GOOD.replace("0,300", "0,  ").replace("Climb", " Climb "));
        assertNull(line.value(Field.SPEED));
        assertEquals("Climb", line.value(Field.PHASE));
    }

    @Test
    void namesTheLineThatHasTooFewFields() {
        assertEquals(
                "line 7: 3 fields (expected: 14) in: a,b,c",
                assertThrows(FaultException.class, () -> clean("a,b,c")).getMessage());
        assertEquals(
                "line 7: 0 fields (expected: 14) in: ",
                assertThrows(FaultException.class, () -> clean("")).getMessage());
    }

    @Test
    void namesTheLineThatHasAnOpenQuote() {
        String text = assertThrows(FaultException.class, () -> clean("\"a,b")).text();
        assertEquals("line 7: not CSV", text.substring(0, 15), text);
    }

    @Test
    void namesTheLineThatIsSeveral() {
        assertEquals(
                "line 7: 2 records (expected: 1) in: a,b\nc,d",
                assertThrows(FaultException.class, () -> clean("a,b\nc,d")).getMessage());
    }

    private static CleanLine clean(String text) throws FaultException {
        return Cleaner.clean(new Lines(List.of(new Line(7, text)))).lines().getFirst();
    }
}
