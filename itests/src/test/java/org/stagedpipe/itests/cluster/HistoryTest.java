package org.stagedpipe.itests.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A checker that never finds anything proves nothing: these must fail.
@Timeout(60)
class HistoryTest {

    private final History history = new History();

    @Test
    void readsOfWhatIsBeingWrittenMaySeeEither() throws Exception {
        history.wrote("1", 0, 10);
        history.wrote("2", 20, 40);
        history.read("1", 25, 30);
        history.read("2", 26, 35);
        history.read("2", 50, 60);
        assertTrue(history.isLinearizable("0"));
    }

    @Test
    void aWriteWithoutAnAnswerMayHaveHappenedOrNot() throws Exception {
        history.perhapsWrote("1", 0);
        history.read("0", 10, 20);
        history.read("1", 30, 40);
        history.perhapsWrote("2", 50);
        assertTrue(history.isLinearizable("0"));
    }

    @Test
    void findsALostWrite() throws Exception {
        history.wrote("1", 0, 10);
        history.wrote("2", 20, 30);
        history.read("1", 40, 50);
        assertFalse(history.isLinearizable("0"));
    }

    @Test
    void findsAReadOfAnOverseerThatDoesNotLeadAnyMore() throws Exception {
        history.wrote("1", 0, 10);
        history.wrote("2", 20, 60);
        history.read("2", 25, 30);
        history.read("1", 40, 50);
        assertFalse(history.isLinearizable("0"));
    }

    @Test
    void findsAWriteThatComesBack() throws Exception {
        history.perhapsWrote("1", 0);
        history.wrote("2", 10, 20);
        history.read("1", 30, 40);
        history.read("2", 50, 60);
        assertFalse(history.isLinearizable("0"));
    }

    @Test
    void oneCallMayOutlastManyOthers() throws Exception {
        history.wrote("1", 0, 1);
        history.wrote("2", 2, 10_000);
        for (int i = 1; i < 300; i++) {
            history.read("1", 10L * i, 10L * i + 8);
        }
        history.read("2", 9_000, 9_001);
        assertTrue(history.isLinearizable("0"));
    }

    @Test
    void takesLongHistories() throws Exception {
        for (int i = 0; i < 2_000; i++) {
            history.wrote("" + i, 10L * i, 10L * i + 8);
            history.read("" + i, 10L * i + 4, 10L * i + 9);
            if (i % 10 == 0) {
                history.perhapsWrote("never " + i, 10L * i + 1);
            }
        }
        assertTrue(history.isLinearizable("none"));
    }

    /// As long as 30 rounds make it: a label goes to and fro, and in each round an answer is lost.
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void takesManyWritesOfOneValueOfWhichNobodyKnows(boolean isLinearizable) throws Exception {
        int writes = 3_000;
        for (int i = 0; i < writes; i++) {
            long at = 100L * i;
            String value = "" + i % 2;
            if (i % 100 == 99) {
                history.perhapsWrote(value, at);
                boolean happened = i % 200 == 199;
                value = happened ? value : "" + (i + 1) % 2;
            } else {
                history.wrote(value, at, at + 10);
            }
            for (int read = 20; read < 80; read += 15) {
                history.read(value, at + read, at + read + 20); // two at a time
            }
        }
        history.wrote("last", 100L * writes, 100L * writes + 10);
        history.read(isLinearizable ? "last" : "lost", 100L * writes + 20, 100L * writes + 30);
        assertEquals(isLinearizable, history.isLinearizable("none"));
    }
}
