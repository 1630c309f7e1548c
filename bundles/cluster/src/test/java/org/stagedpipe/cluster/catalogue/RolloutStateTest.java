package org.stagedpipe.cluster.catalogue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;

class RolloutStateTest {

    @Test
    void drawingIsTheTable() throws Exception {
        Path source = Path.of("src/main/java/org/stagedpipe/cluster/catalogue/RolloutState.java");
        List<String> drawn =
                Files.readAllLines(source).stream()
                        .dropWhile(line -> !line.equals("/// ```"))
                        .skip(1)
                        .takeWhile(line -> !line.equals("/// ```"))
                        .map(line -> line.substring("/// ".length()).replaceAll(" +", " "))
                        .toList();
        TreeSet<String> table = new TreeSet<>();
        for (RolloutState state : RolloutState.values()) {
            for (RolloutState.Event event : RolloutState.Event.values()) {
                state.after(event).ifPresent(next -> table.add(state + " " + event + " " + next));
            }
        }
        assertEquals(table, new TreeSet<>(drawn));
        assertEquals(table.size(), drawn.size());
    }

    @Test
    void nothingLeavesAnEnd() {
        for (RolloutState state : RolloutState.values()) {
            boolean leaves = false;
            for (RolloutState.Event event : RolloutState.Event.values()) {
                leaves |= state.after(event).isPresent();
            }
            assertTrue(leaves != state.isEnd(), state::toString);
        }
    }
}
