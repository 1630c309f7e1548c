package org.stagedpipe.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The states of a client's stream.
final class GroupStateTest {

    private static final Path SOURCE =
            Path.of("src/main/java/org/stagedpipe/coordinator/group/GroupState.java");
    private static final Pattern ARROW = Pattern.compile("(\\w+) --(\\w+)--> (?=(\\w+))");

    @Test
    void isDrawnAsItRuns() throws Exception {
        TreeSet<String> drawn = new TreeSet<>();
        for (String line : Files.readAllLines(SOURCE)) {
            if (line.startsWith("///")) {
                Matcher arrow = ARROW.matcher(line);
                while (arrow.find()) {
                    drawn.add(arrow.group(1) + " " + arrow.group(2) + " " + arrow.group(3));
                }
            }
        }
        TreeSet<String> table = new TreeSet<>();
        for (GroupState state : GroupState.values()) {
            for (GroupState.Event event : GroupState.Event.values()) {
                GroupState after = state.after(event);
                if (after != null) {
                    table.add(state + " " + event + " " + after);
                }
            }
        }

        assertEquals(table, drawn);
    }

    @Test
    void endsFromEveryState() {
        for (GroupState state : GroupState.values()) {
            assertEquals(
                    state == GroupState.CLOSED ? null : GroupState.CLOSED,
                    state.after(GroupState.Event.BREAK),
                    state.label());
        }
    }
}
