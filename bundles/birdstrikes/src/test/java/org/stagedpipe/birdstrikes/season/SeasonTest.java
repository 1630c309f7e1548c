package org.stagedpipe.birdstrikes.season;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.time.LocalDate;
import java.util.List;
import java.util.stream.IntStream;

class SeasonTest {

    @Test
    void followsWholeMonths() {
        List<String> year =
                IntStream.rangeClosed(1, 12)
                        .mapToObj(month -> Season.of(LocalDate.of(2001, month, 1)).text())
                        .toList();
        assertEquals(
                List.of(
                        "winter", "winter", "spring", "spring", "spring", "summer", "summer",
                        "summer", "autumn", "autumn", "autumn", "winter"),
                year);
    }
}
