package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.stagedpipe.engine.GroupTest.next;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Windows that count bytes.
@Timeout(30)
class WindowBytesTest {

    /// The data is its size.
    private static Group<Integer, String> tenBytes(Pipelines<Integer, String> pipelines) {
        return pipelines.group("").windowBytes(10, request -> request.data()).open();
    }

    @Test
    void aRequestCountsAsManyBytesAsItWasSubmittedWith() throws Exception {
        try (var pipelines = Pipelines.of(Machines.<Integer, String>mapping(x -> 10 * x)).open();
                var group = tenBytes(pipelines)) {
            group.submit(5);
            Eventually.holds("its result has 50", () -> pipelines.stats().completed() == 1);
            assertEquals(1, group.offer(5));
            assertEquals(Group.FULL, group.offer(1));
            next(group);
            assertEquals(2, group.offer(5), "as many are given back");
            assertEquals(Group.FULL, group.offer(1));
        }
    }
}
