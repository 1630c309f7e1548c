package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.protocol.v1.Capability;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.nio.file.Path;
import java.util.List;

/// A container's package `log` shows classes of its package `text`, which a library exports, too: who gets both gets one `text`.
class UsesTest {

    private static final String API = "org.stagedpipe.api;version=\"[1.0,2)\"";
    private static final String LATER = ",text;version=\"[2,3)\"";
    private static final Capability TEXT = TestNode.offered("osgi.wiring.package", "text");
    private static final Capability LOG =
            TestNode.offered("osgi.wiring.package", "log").toBuilder()
                    .putDirectives("uses", "text,absent")
                    .build();

    @TempDir private Path data;

    @Test
    void aLibraryThatClashesWithTheContainerIsFoundBeforeAnyWorkerHearsOfThePlugin()
            throws Exception {
        try (TestOverseer cluster = new TestOverseer(data);
                TestNode worker = offering(cluster, List.of(TEXT, LOG))) {
            CallException refused =
                    assertThrows(CallException.class, () -> install(cluster, API + ",log" + LATER));
            assertEquals(Kind.REFUSED, refused.kind());
            assertTrue(
                    refused.getMessage()
                            .startsWith(
                                    "fish 1.0.0 does not resolve on worker w1: Uses constraint"),
                    refused.getMessage());
            assertTrue(worker.plans.stream().allMatch(plan -> plan.getPluginsCount() == 0));
            assertEquals("resolves on 1 worker", install(cluster, API + ",log,text"));
        }
    }

    @Test
    void aLibraryServesWhoGetsNothingElseThatUsesIt() throws Exception {
        try (TestOverseer cluster = new TestOverseer(data);
                TestNode _ = offering(cluster, List.of(TEXT, LOG))) {
            assertEquals("resolves on 1 worker, with text 2.0.0", install(cluster, API + LATER));
        }
    }

    /// No telling which one it uses.
    @Test
    void nothingIsSaidOfAPackageThatTheContainerOffersTwice() throws Exception {
        try (TestOverseer cluster = new TestOverseer(data);
                TestNode _ = offering(cluster, List.of(TEXT, LOG, TEXT))) {
            assertEquals(
                    "resolves on 1 worker, with text 2.0.0",
                    install(cluster, API + ",log" + LATER));
        }
    }

    private static TestNode offering(TestOverseer cluster, List<Capability> platform)
            throws Exception {
        TestNode worker = TestNode.worker("w1", cluster.overseer.nodesAt(), platform).open();
        cluster.awaitReady("w1");
        byte[] library = TestBundle.library("text", "2.0.0", "text;version=2.0", API);
        cluster.operator.publish(Mode.LIBRARY, library, 0);
        return worker;
    }

    /// What is said of how it resolves.
    private static String install(TestOverseer cluster, String imports) throws Exception {
        return cluster.operator.install(TestBundle.of("fish", "1.0.0").importing(imports)).stream()
                .filter(step -> step.getStep().equals("resolve"))
                .findFirst()
                .orElseThrow()
                .getText();
    }
}
