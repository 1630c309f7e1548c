package org.stagedpipe.itests.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// Who is slowed by a fault of somebody else is found.
class PaceTest {

    private static final Pace.Times TIMES = new Pace.Times(10_000, 12_000, 16_500);

    @Test
    void halfOfThePaceIsEnough() {
        Pace kept = pace(every(10, 10_000, 12_000), every(20, 12_000, 16_500));
        assertEquals(new Pace(100, 50, 0), kept);
        assertTrue(kept.isKept());
        assertFalse(pace(every(10, 10_000, 12_000), every(25, 12_000, 16_500)).isKept());
    }

    @Test
    void nobodyIsSilentForASecond() {
        Pace silent =
                pace(
                        every(10, 10_000, 12_000),
                        every(10, 12_000, 14_000),
                        every(10, 15_000, 16_500));
        assertEquals(1, silent.silent());
        assertFalse(silent.isKept());
    }

    @Test
    void whatStandsStillBeforeShowsNothing() {
        assertFalse(pace(every(10, 12_000, 16_500)).isKept());
    }

    private static LongStream every(long ms, long from, long to) {
        return LongStream.iterate(from, at -> at < to, at -> at + ms);
    }

    private static Pace pace(LongStream... parts) {
        List<Book.Arrival> arrivals =
                Stream.of(parts)
                        .flatMap(LongStream::boxed)
                        .map(at -> new Book.Arrival(1, at, at))
                        .toList();
        return Pace.of(arrivals, TIMES);
    }
}
