package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/// An overseer whose store has little room.
class RoomTest {

    private static final int LENGTH = 12_000; // of JSON in one write, of about 30 versions

    @TempDir private Path data;

    @Test
    void whatTheStoreCannotKeepIsRefusedBeforeItIsPushedUntilVersionsAreDeleted() throws Exception {
        try (TestOverseer cluster = TestOverseer.on(InMemoryEnsembles.holding(LENGTH), data);
                TestNode worker = TestNode.worker("w1", cluster.overseer.nodesAt()).open()) {
            cluster.awaitReady("w1");
            cluster.operator.install(reef("1.0.0"));
            int last = 0;
            CallException refused = null;
            while (refused == null && last < 100) {
                int next = last + 1;
                try {
                    cluster.operator.update(reef("1.0." + next));
                    last = next;
                } catch (CallException e) {
                    refused = e;
                }
            }
            String tooMany = "1.0." + (last + 1);
            assertTrue(
                    worker.plans.stream()
                            .flatMap(plan -> plan.getPluginsList().stream())
                            .noneMatch(plugin -> plugin.getVersion().equals(tooMany)),
                    "no worker hears of it");
            String said = String.valueOf(refused);
            assertTrue(refused != null && refused.kind() == Kind.REFUSED, said);
            assertTrue(said.contains("delete versions that nobody uses"), said);
            assertFalse(TestLog.warnings("reef 1.0." + last + ": what the store keeps").isEmpty());
            assertEquals(last + 1, blobs());
            assertEquals("done", cluster.operator.rollout().getState());
            NodeEntry overseer = cluster.nodes().getFirst();
            assertTrue(overseer.getStoreGauge() > 0.3, () -> "gauge " + overseer.getStoreGauge());

            cluster.operator.rollback("reef", "");
            for (int i = 1; i < 12; i++) {
                cluster.operator.delete("reef", "1.0." + i);
            }
            cluster.operator.update(reef(tooMany));
            TestBundle other = reef("1.0.1").containing("other");
            assertEquals(
                    Kind.EXISTS,
                    assertThrows(CallException.class, () -> cluster.operator.update(other)).kind());
        }
    }

    private static TestBundle reef(String version) {
        return TestBundle.of("reef", version);
    }

    private long blobs() throws Exception {
        try (Stream<Path> files = Files.walk(data.resolve("blobs"))) {
            return files.filter(Files::isRegularFile).count();
        }
    }
}
