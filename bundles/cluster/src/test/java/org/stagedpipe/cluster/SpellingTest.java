package org.stagedpipe.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;

class SpellingTest {

    @Test
    void countsLetters() {
        assertEquals(0, Spelling.distance("echo", "echo"));
        assertEquals(1, Spelling.distance("echo", "eco"));
        assertEquals(1, Spelling.distance("eco", "echo"));
        assertEquals(2, Spelling.distance("ehco", "echo"));
        assertEquals(4, Spelling.distance("", "echo"));
    }

    @Test
    void findsTheNearestWithinAThird() {
        List<String> known = List.of("birdstrikes", "bird", "counter");
        assertEquals(Optional.of("birdstrikes"), Spelling.nearest("birdstrike", known));
        assertEquals(Optional.of("bird"), Spelling.nearest("birt", known));
        assertEquals(Optional.empty(), Spelling.nearest("warehouse", known));
        assertEquals(Optional.empty(), Spelling.nearest("x".repeat(1_000_000), known));
        assertEquals(Optional.empty(), Spelling.nearest("bird", List.of()));
    }

    @Test
    void asksForTheNearest() {
        List<String> known = List.of("birdstrikes", "counter");
        assertEquals(Optional.of("did you mean counter?"), Spelling.hint("conter", known));
        assertEquals(Optional.empty(), Spelling.hint("warehouse", known));
    }

    @Test
    void takesTheFirstByNameOfTwoThatAreAsNear() {
        assertEquals(Optional.of("cat"), Spelling.nearest("at", List.of("mat", "cat")));
    }
}
