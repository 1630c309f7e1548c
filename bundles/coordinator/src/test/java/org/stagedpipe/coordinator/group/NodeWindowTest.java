package org.stagedpipe.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

/// The bytes that all groups share.
final class NodeWindowTest {

    private final NodeWindow window = new NodeWindow(100);
    private final List<String> granted = new ArrayList<>();

    @Test
    void letsInWhatFits() {
        assertNull(take(60, "a"));
        assertNull(take(40, "b"));
        assertNotNull(take(1, "c"));
        assertEquals(100, window.bytes());
        assertEquals(List.of(), granted);
    }

    @Test
    void keepsTheLine() {
        take(100, "a");
        take(50, "b");
        take(10, "c");
        window.release(20);
        assertEquals(List.of(), granted, "c does not overtake b");
        window.release(40);
        assertEquals(List.of("b", "c"), granted);
        assertEquals(100, window.bytes());
    }

    @Test
    void letsOneIntoAnEmptyWindowWhateverItsSize() {
        assertNull(take(500, "a"));
        assertNotNull(take(1, "b"));
        window.release(500);
        assertEquals(List.of("b"), granted);
    }

    @Test
    void letsInAnyCaseInWhoHoldsNothing() {
        take(100, "a");
        assertNull(window.take(10, true, () -> granted.add("b")));
        assertEquals(110, window.bytes());
    }

    @Test
    void givesBackWhatWasGrantedToWhoLeaves() {
        take(100, "a");
        NodeWindow.Ticket waits = take(10, "b");
        NodeWindow.Ticket gets = take(20, "c");
        assertNotNull(waits);
        assertNotNull(gets);
        window.leave(waits);
        window.release(100);
        assertEquals(List.of("c"), granted);
        window.leave(gets);
        assertEquals(0, window.bytes());
    }

    private NodeWindow.@Nullable Ticket take(long bytes, String name) {
        return window.take(bytes, false, () -> granted.add(name));
    }
}
