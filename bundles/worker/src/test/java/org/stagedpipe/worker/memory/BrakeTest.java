package org.stagedpipe.worker.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

class BrakeTest {

    private static final Marks MARKS =
            new Marks(
                    0.80,
                    0.65,
                    0.25,
                    Duration.ofMillis(500),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(15),
                    Duration.ofSeconds(60));

    private static Reading gauge(double gauge) {
        return new Reading(gauge, 0, 0, 0);
    }

    /// A brake that has been on since 1,000 ms.
    private static Brake paused() {
        return Brake.OPEN.after(gauge(0.9), false, MARKS, 1_000).brake();
    }

    @ParameterizedTest
    @CsvSource({
        // state, eased at, heap, direct, resident, collecting, idle, now, what follows
        "FLOWING, 0, 0.79, 0.50, 0.30, 0.25, false, 5000, FLOWING",
        "FLOWING, 0, 0.80, 0.50, 0.30, 0.00, false, 5000, PAUSED",
        "FLOWING, 0, 0.10, 0.80, 0.30, 0.00, false, 5000, PAUSED",
        "FLOWING, 0, 0.10, 0.50, 0.80, 0.00, false, 5000, PAUSED",
        "FLOWING, 0, 0.10, 0.10, 0.00, 0.26, false, 5000, PAUSED",
        "FLOWING, 0, 0.70, 0.00, 0.00, 0.00, true, 99000, FLOWING",
        "PAUSED, 0, 0.66, 0.00, 0.00, 0.00, false, 5000, PAUSED",
        "PAUSED, 0, 0.65, 0.00, 0.00, 0.00, false, 5000, EASING",
        "PAUSED, 0, 0.65, 0.66, 0.00, 0.00, false, 5000, PAUSED",
        "PAUSED, 0, 0.10, 0.00, 0.00, 0.30, false, 5000, PAUSED",
        "PAUSED, 0, 0.95, 0.00, 0.00, 0.00, false, 99000, PAUSED",
        "PAUSED, 0, 0.70, 0.00, 0.00, 0.00, true, 60999, PAUSED",
        "PAUSED, 0, 0.70, 0.00, 0.00, 0.00, true, 61000, RECYCLING",
        "PAUSED, 0, 0.60, 0.00, 0.00, 0.00, true, 99000, EASING",
        "PAUSED, 0, 0.60, 0.00, 0.00, 0.30, true, 99000, PAUSED",
        "EASING, 4500, 0.65, 0.00, 0.00, 0.00, false, 4999, EASING",
        "EASING, 4500, 0.65, 0.00, 0.00, 0.00, false, 5000, FLOWING",
        "EASING, 4500, 0.66, 0.00, 0.00, 0.00, false, 5000, PAUSED",
        "EASING, 4500, 0.85, 0.00, 0.00, 0.00, false, 5000, PAUSED",
        "EASING, 4500, 0.90, 0.00, 0.00, 0.00, true, 99000, PAUSED",
        "EASING, 4500, 0.30, 0.00, 0.00, 0.40, false, 5000, PAUSED",
        "RECYCLING, 0, 0.10, 0.00, 0.00, 0.00, true, 99000, RECYCLING",
    })
    void theCases(
            BrakeState from,
            long easedMs,
            double heap,
            double direct,
            double resident,
            double collecting,
            boolean idle,
            long nowMs,
            BrakeState to) {
        Brake before =
                from == BrakeState.FLOWING
                        ? Brake.OPEN
                        : new Brake(from, 1_000, "why", easedMs, nowMs, idle ? 1_000 : 0);
        Reading reading = new Reading(heap, direct, resident, collecting);
        assertEquals(to, before.after(reading, idle, MARKS, nowMs).brake().state());
    }

    @Test
    void theDrawingIsTheTable() throws Exception {
        String source =
                Files.readString(
                        Path.of("src/main/java/org/stagedpipe/worker/memory/BrakeState.java"));
        StringBuilder drawn = new StringBuilder();
        source.lines()
                .filter(line -> line.startsWith("/// ") && line.contains("-->"))
                .forEach(line -> drawn.append(line.substring(4)).append('\n'));
        assertEquals(BrakeState.drawing(), drawn.toString());
    }

    @Test
    void saysWhyAndSinceWhen() {
        assertEquals("heap after collection at 90 % (pauses at 80 %)", paused().why());
        assertEquals(1_000, paused().sinceMs());
        Reading direct = new Reading(0.5, 0.81, 0.7, 0);
        assertEquals("direct memory", direct.gaugeOf());
        Brake longer = paused().after(direct, false, MARKS, 3_000).brake();
        assertEquals(1_000, longer.sinceMs());
        assertEquals("heap after collection at 90 % (pauses at 80 %)", longer.why());
        assertEquals(
                "time in collections at 40 % (pauses at 25 %)",
                Brake.OPEN.after(new Reading(0.1, 0, 0, 0.4), false, MARKS, 1).brake().why());
    }

    @Test
    void asksForACollectionAfterASecondAndThenEveryTenForOneThatStopsEverything() {
        assertEquals("2000 COLLECTION, 12000 COMPACTION, 22000 COMPACTION, ", asks(99_000));
        assertEquals(Brake.Ask.NOTHING, Brake.OPEN.after(gauge(0.7), false, MARKS, 99_000).asks());
    }

    @Test
    void asksForOneThatStopsEverythingSoonAfterNothingIsReserved() {
        assertEquals("2000 COMPACTION, 12000 COMPACTION, 22000 COMPACTION, ", asks(1_000));
        assertEquals("2000 COLLECTION, 6000 COMPACTION, 16000 COMPACTION, ", asks(5_000));
        assertEquals(
                "2000 COLLECTION, 3250 COMPACTION, 13250 COMPACTION, 23250 COMPACTION, ",
                asks(2_250));
    }

    /// What fills the heap no other one frees; direct memory is given back by any.
    @Test
    void asksForOneThatStopsEverythingOnlyWhereTheHeapIsFull() {
        Reading direct = new Reading(0.1, 0.9, 0, 0);
        Reading resident = new Reading(0.65, 0, 0.9, 0);
        String expected = "2000 COLLECTION, 12000 COLLECTION, 22000 COLLECTION, ";
        assertEquals(expected, asks(1_000, direct));
        assertEquals(expected, asks(1_000, resident));
        assertEquals(
                "2000 COMPACTION, 12000 COMPACTION, 22000 COMPACTION, ",
                asks(1_000, new Reading(0.66, 0.9, 0, 0)));
    }

    /// What is asked for in a pause from 1,000 ms on to 25,000.
    ///
    /// @param idleFromMs nothing is reserved
    private static String asks(long idleFromMs) {
        return asks(idleFromMs, gauge(0.7));
    }

    private static String asks(long idleFromMs, Reading later) {
        Brake brake = Brake.OPEN;
        StringBuilder asked = new StringBuilder();
        for (long now = 1_000; now <= 25_000; now += 250) {
            Brake.Step step =
                    brake.after(now == 1_000 ? gauge(0.9) : later, now >= idleFromMs, MARKS, now);
            brake = step.brake();
            if (step.asks() != Brake.Ask.NOTHING) {
                asked.append(now).append(' ').append(step.asks()).append(", ");
            }
        }
        return asked.toString();
    }

    @Test
    void asksForNoCollectionWhereTheTimeGoesIntoThem() {
        Brake brake = Brake.OPEN;
        for (long now = 1_000; now <= 25_000; now += 250) {
            Brake.Step step = brake.after(new Reading(0.5, 0, 0, 0.4), true, MARKS, now);
            brake = step.brake();
            assertTrue(brake.isPaused());
            assertEquals(Brake.Ask.NOTHING, step.asks(), "at " + now);
        }
    }

    /// A worker that is busy for longer than that is healthy: its gauge falls with the collection that follows.
    @Test
    void isToBeStartedAnewAfterAMinuteWithNothingReservedNotAtTheEndOfALongItem() {
        Brake brake = paused();
        for (long now = 1_250; now <= 62_000; now += 250) {
            brake = brake.after(gauge(0.9), false, MARKS, now).brake();
        }
        for (long now = 62_250; now < 122_250; now += 250) {
            brake = brake.after(gauge(0.9), true, MARKS, now).brake();
            assertEquals(BrakeState.PAUSED, brake.state(), "at " + now);
        }
        Brake busyAgain = brake.after(gauge(0.9), false, MARKS, 122_250).brake();
        assertEquals(
                BrakeState.PAUSED,
                busyAgain.after(gauge(0.9), true, MARKS, 122_500).brake().state());
        assertEquals(
                BrakeState.RECYCLING,
                brake.after(gauge(0.9), true, MARKS, 122_250).brake().state());
    }

    @Test
    void whatIsDownTwiceGoesOn() {
        Brake brake = paused();
        for (long now = 2_000; now <= 2_250; now += 250) {
            brake = brake.after(gauge(0.6), false, MARKS, now).brake();
            assertTrue(brake.isPaused());
        }
        brake = brake.after(gauge(0.66), false, MARKS, 2_500).brake();
        for (long now = 2_750; now <= 3_000; now += 250) {
            brake = brake.after(gauge(0.6), false, MARKS, now).brake();
            assertTrue(brake.isPaused());
        }
        assertEquals(Brake.OPEN, brake.after(gauge(0.6), false, MARKS, 3_250).brake());
    }

    @Test
    void handsBackAfterFifteenSeconds() {
        assertFalse(paused().after(gauge(0.7), false, MARKS, 15_999).handsBack());
        assertTrue(paused().after(gauge(0.7), false, MARKS, 16_000).handsBack());
    }
}
