package org.stagedpipe.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stagedpipe.coordinator.group.FollowingState.Event;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The states of a group that follows its plugin's versions.
final class FollowingStateTest {

    private static final Pattern ARROW = Pattern.compile("(\\w+) --(\\w+)--> (?=(\\w+))");

    /// Each pair of a state and an event: what is not drawn is not legal.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "src/main/java/org/stagedpipe/coordinator/group/FollowingState.java",
                "README.md"
            })
    void isDrawnAsItRuns(Path file) throws Exception {
        Set<String> drawn = new TreeSet<>();
        Matcher arrow = ARROW.matcher(Files.readString(file));
        while (arrow.find()) {
            drawn.add(arrow.group(1) + " " + arrow.group(2) + " " + arrow.group(3));
        }
        Set<String> table = new TreeSet<>();
        for (FollowingState state : FollowingState.values()) {
            for (Event event : Event.values()) {
                FollowingState after = state.after(event);
                if (after != null) {
                    table.add(state + " " + event + " " + after);
                }
            }
        }
        assertEquals(table, drawn);
    }

    /// Else a group that ends on its way would keep what is prepared for it.
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SETTLED")
    void staysFromEveryStateOnTheWay(FollowingState state) {
        assertEquals(FollowingState.SETTLED, state.after(Event.STAY));
    }

    /// Only a client that was told answers, or what is held would be given to workers that are not there yet.
    @Test
    void arrivesByAnAnswerOnly() {
        for (FollowingState state : FollowingState.values()) {
            assertEquals(
                    state == FollowingState.TOLD ? FollowingState.SETTLED : null,
                    state.after(Event.ANSWER),
                    state.name());
        }
    }
}
