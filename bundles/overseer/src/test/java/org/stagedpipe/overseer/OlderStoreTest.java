package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.overseer.TestOverseer.until;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.transport.node.Overseers;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// An overseer whose store is older than what its nodes have obeyed.
class OlderStoreTest extends OneOverseer {

    /// An empty disk has the epoch that the first overseer began with.
    @Test
    void nodesThatKnowALaterCatalogueAreNoMembers(@TempDir Path kept, @TempDir Path empty)
            throws Exception {
        worker("w1");
        opened(coordinator(kept));
        cluster.awaitReady("w1", "c1"); // so what c1 keeps is there
        long committed =
                cluster.operator.install(FISH).stream()
                        .filter(step -> step.getStep().equals("commit"))
                        .mapToLong(step -> Long.parseLong(step.getText().split(" ")[1]))
                        .max()
                        .orElseThrow();
        until("it is told which catalogue that is", () -> seen(kept)[1] >= committed);
        close();
        long[] seen = seen(kept);

        cluster = new TestOverseer(empty);
        TestNode again = opened(coordinator(kept));
        String refused =
                "c1 has seen catalogue "
                        + seen[1]
                        + ", this overseer has 0 (expected: at least that)";
        until(
                "it is refused",
                () -> again.losses.stream().anyMatch(loss -> loss.contains(refused)));
        assertEquals(
                1,
                TestLog.warnings("a node is refused: " + refused).size(),
                "it says whom it refuses, once");
        for (int release = 0; release <= committed; release++) { // as many changes, others
            cluster.operator.install(TestBundle.of("crab" + release, "1.0.0"));
        }
        String other =
                "c1 has seen catalogue " + seen[1] + ", which this overseer's store has with";
        until(
                "it is refused for what it has seen, not for its number",
                () -> again.losses.stream().anyMatch(loss -> loss.contains(other)));
        assertTrue(again.views.isEmpty());
        assertArrayEquals(seen, seen(kept));
    }

    /// The epoch, the catalogue, and who made that.
    private static long[] seen(Path kept) throws Exception {
        String first = Files.readAllLines(kept.resolve("overseers")).getFirst();
        return Stream.of(first.split(" ")).mapToLong(OlderStoreTest::number).toArray();
    }

    private static long number(String text) {
        return text.length() < 10 ? Long.parseLong(text) : Long.parseUnsignedLong(text, 16);
    }

    private TestNode coordinator(Path kept) {
        return TestNode.coordinator("c1", Overseers.in(kept, List.of(cluster.overseer.nodesAt())));
    }
}
