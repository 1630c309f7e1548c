package org.stagedpipe.console.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class TableTest {

    @Test
    void noTextOfAClientMovesTheCursorOrBeginsARow() {
        String text =
                new Table("CLIENT", "TEXT")
                        .row("\u001b[2Jann", "one\ntwo\u009bthree\u2028")
                        .text(false);
        assertEquals("CLIENT   TEXT\n?[2Jann  one?two?three?\n", text);
    }
}
