package org.stagedpipe.console.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.stream.IntStream;

class NearestTest {

    @Test
    void saysWhatWasMeantOrTheFirstFew() {
        assertEquals("did you mean w1?", Nearest.hint("w2", List.of("w1", "other"), "nodes"));
        assertEquals("there are no nodes", Nearest.hint("fish", List.of(), "nodes"));
        assertEquals("expected: one of a, b", Nearest.hint("fish", List.of("b", "a"), "nodes"));
        List<String> many = IntStream.rangeClosed(1, 9).mapToObj(n -> "node-" + n).toList();
        assertEquals(
                "expected: one of node-1, node-2, node-3, node-4, node-5 and 4 more",
                Nearest.hint("fish", many, "nodes"));
    }
}
