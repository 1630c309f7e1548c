package org.stagedpipe.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;

/// How many items a group may have under way, with a window of 16 MiB.
final class RationTest {

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final long MIB = 1 << 20;

    private final Ration ration =
            new Ration(
                    new Limits(
                            4_096, 16 * MIB, 100 * MIB, MIB, 64, SECOND, SECOND, SECOND, SECOND,
                            SECOND));

    @ParameterizedTest(name = "after {0} results of {2} bytes and {1} faults of {3} bytes: {4}")
    @CsvSource({
        " 0,  0,        0,        0,     64", // nothing is known
        " 0, 64,        0,     6400,    128", // nor by faults
        " 0, 64,        0, 67108864,     16", // but that they are large
        " 1,  0,      100,        0, 167772",
        "64,  0,     6400,        0, 167772",
        "64,  0,  4194304,        0,    256", // of 64 KiB
        " 1, 63,  1048576,     6300,     16",
        " 1, 63,      100,   258048,   4159", // faults of 4 KiB beside small results
        "63,  1,     6300,     4096, 103563", // one of them beside many
        " 1,  0,        0,        0, 16777216",
        " 1,  0, 33554432,        0,      1", // larger than the window
    })
    void givesWhatHasRoomForAnswersOfTheLastSize(
            int results, int faults, long bytes, long faultBytes, int room) {
        ration.answered(results, bytes, faults, faultBytes);
        assertEquals(room, ration.room(0, false));
    }

    @Test
    void followsTheSizeOfTheResults() {
        ration.answered(1, 100, 0, 0);
        ration.answered(1, 4 * MIB + 100, 0, 0);
        assertEquals(15, ration.room(0, false)); // a quarter of the way
        ration.answered(0, 0, 100, 10_000);
        assertEquals(15, ration.room(0, false));
    }

    @Test
    void whatIsHereAndWhatIsUnderWayHasRoom() {
        ration.answered(1, MIB, 0, 0);
        assertEquals(6, ration.room(10, false));
        ration.holds(4 * MIB);
        assertEquals(2, ration.room(10, false));
        ration.holds(-3 * MIB);
        assertEquals(5, ration.room(10, false));
    }

    @Test
    void knowsByHowMuchResultsAreLargerThanTheirItems() {
        assertEquals(0, ration.growth());
        ration.came(4, 400);
        assertEquals(0, ration.growth(), "nothing is known of results");
        ration.answered(1, 1_000, 0, 0);
        assertEquals(900, ration.growth());
        ration.came(1, 500);
        assertEquals(800, ration.growth());
        ration.came(1, 0); // on the disk
        assertEquals(850, ration.growth());
        for (int i = 0; i < 20; i++) {
            ration.answered(1, 0, 0, 0);
        }
        assertEquals(0, ration.growth());
        for (int i = 0; i < 20; i++) {
            ration.answered(1, 16 * MIB, 0, 0);
        }
        assertEquals((256 << 10) - 150, ration.growth(), "in chunks, which go to the disk");
    }

    @Test
    void wholeResultsTakeRoomWhereTheirItemsStay() {
        ration.besideItems();
        ration.came(1, 1_000);
        assertEquals(0, ration.growth());
        ration.answered(1, 1_000, 0, 0);
        assertEquals(1_000, ration.growth());
    }

    /// All items of an ordered group may fail while the first one runs.
    @Test
    void faultsTakeRoomAsResultsDoBeforeAFirstOne() {
        ration.came(1, 100);
        ration.answered(0, 0, 64, 64 * 4_000);
        assertEquals(3_900, ration.growth());
        ration.besideItems();
        assertEquals(4_000, ration.growth());
        assertEquals(128, ration.room(0, false), "few, as long as nothing is known of results");
        ration.answered(1, 100, 0, 0);
        assertEquals(100, ration.growth());
    }

    /// In an ordered group all that is held may wait for it; unless it waits for the client.
    @Test
    void oneMayAlwaysBeUnderWay() {
        ration.answered(1, MIB, 0, 0);
        ration.holds(20 * MIB);
        assertEquals(1, ration.room(0, false));
        assertEquals(0, ration.room(1, false));
        assertEquals(0, ration.room(0, true));
    }
}
