package org.stagedpipe.cluster.catalogue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class LineageTest {

    @Test
    void aVersionIsOfWhoLedThen() {
        Lineage lineage = Lineage.NONE.with(3, 7).with(4, 7).with(5, 9);
        assertEquals(0, lineage.of(2));
        assertEquals(7, lineage.of(3));
        assertEquals(7, lineage.of(4));
        assertEquals(9, lineage.of(5));
        assertEquals(9, lineage.of(8));
        assertEquals(2, lineage.origins().size());
    }

    @Test
    void aVersionOfAnotherIsNotAdmitted() {
        Lineage lineage = Lineage.NONE.with(3, 7).with(5, 9);
        assertTrue(lineage.admits(4, 7));
        assertFalse(lineage.admits(5, 7));
        assertFalse(lineage.admits(4, 8));
        assertTrue(lineage.admits(5, 0), "a node that was told none");
        assertTrue(lineage.admits(2, 8), "of before it was kept");
    }

    @Test
    void onlyTheLastAreKept() {
        Lineage lineage = Lineage.NONE;
        for (long version = 1; version <= 1_000; version++) {
            lineage = lineage.with(version, version);
        }
        assertEquals(64, lineage.origins().size());
        assertEquals(0, lineage.of(936));
        assertEquals(937, lineage.of(937));
    }
}
