package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What a run tells of itself, and what of it is split off for a request that others wait for.
class RunTest {

    /// Only carried along.
    private static final Group<Integer, String> GROUP =
            Machines.asleep(Machines.<Integer, String>mapping(x -> x)).group("").open();

    private final Segment<Integer, String> segment = new Segment<>();

    /// Behind 0 to 9, which another thread has.
    private final Run<Integer, String> run = new Run<>(GROUP, segment, 10, 20);

    RunTest() {
        for (int i = 0; i < 20; i++) {
            segment.set(i, new EngineRequest<>(GROUP, i, 1, 0, null));
        }
    }

    @Test
    void nothingRunsBeforeTheFirstRequestIsClaimed() {
        assertNull(run.running(), "9 is another thread's");
        assertEquals(0, run.begun());
        run.claim();
        assertSame(segment.get(10), run.running());
        assertTrue(run.beginsWith(segment.require(10)));
        run.claim();
        assertSame(segment.get(11), run.running());
        assertFalse(run.beginsWith(segment.require(11)));
        assertEquals(2, run.begun());
        assertEquals(8, run.rest());
    }

    @Test
    void allButTheFirstOneIsSplitOff() {
        run.claim();
        assertPart(12, 20, run.splitBehindFirst());
        assertEquals(12, run.end());
        assertNull(run.splitBehindFirst(), "there is one");
        run.claim();
        assertNull(run.splitBehindFirst(), "there is none");
    }

    private static void assertPart(int first, int end, @Nullable Run<Integer, String> part) {
        assertNotNull(part);
        assertEquals(first, part.first());
        assertEquals(end, part.end());
    }
}
