package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

class SeatStateTest {

    private static final Pattern ARROW = Pattern.compile("([A-Z]+) --([A-Z_]+)--> ([A-Z]+)");

    @Test
    void drawingIsTheTable() throws Exception {
        Path source = Path.of("src/main/java/org/stagedpipe/overseer/SeatState.java");
        TreeSet<String> drawn = new TreeSet<>();
        Matcher arrow = ARROW.matcher(Files.readString(source));
        while (arrow.find()) {
            drawn.add(arrow.group(1) + " " + arrow.group(2) + " " + arrow.group(3));
        }
        TreeSet<String> table = new TreeSet<>();
        for (SeatState state : SeatState.values()) {
            for (SeatState.Event event : SeatState.Event.values()) {
                SeatState next = state.after(event);
                if (next != state) {
                    table.add(state + " " + event + " " + next);
                }
            }
        }
        assertEquals(table, drawn);
        assertTrue(Files.readString(Path.of("README.md")).contains("SEEKING --elected--> LEADING"));
    }
}
