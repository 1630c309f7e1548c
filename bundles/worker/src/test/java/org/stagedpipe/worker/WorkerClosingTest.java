package org.stagedpipe.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.protocol.v1.Applied;
import org.stagedpipe.protocol.v1.PluginStatus.State;
import org.stagedpipe.transport.CallException;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/// Plugins whose close hangs.
@Timeout(60)
class WorkerClosingTest extends OneWorker {

    /// A thread that hears no interrupt.
    private static final String DEAF =
            """
            while (System.getProperty("plug.free") == null) {
                java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
                Thread.interrupted();
            }
            """;

    private final List<String> recycled = new CopyOnWriteArrayList<>();

    @Test
    void aCloseThatHangsIsInterrupted() throws Exception {
        PluginJar slow =
                closing(
                        """
                        try {
                            Thread.sleep(60_000);
                        } catch (InterruptedException e) {
                            note("interrupted");
                            throw e;
                        }
                        """);
        runs(slow);
        Eventually.holds("interrupted", () -> noted("interrupted") == 1, () -> overseer.heartbeat);
        overseer.plan(one);
        overseer.awaitStatus(slow.version(), State.UNLOADED);
        assertEquals(1, noted("close"));
        assertEquals(List.of(), recycled);
    }

    @Test
    void aVersionWhoseCloseHearsNoInterruptGoesAndCountsAsLeaked() throws Exception {
        PluginJar deaf = closing(DEAF);
        try {
            runs(deaf);
            assertGoesAsLeaked("part-close");
        } finally {
            System.setProperty("plug.free", "now");
        }
    }

    @Test
    void aVersionWhoseOpenHearsNoInterruptGoesAndCountsAsLeaked() throws Exception {
        PluginJar deaf = with("/*OPEN*/", DEAF);
        try {
            CallException refused = assertThrows(CallException.class, () -> group(deaf));
            assertEquals(CallException.Kind.REFUSED, refused.kind());
            assertGoesAsLeaked("part-open");
        } finally {
            System.setProperty("plug.free", "now");
        }
        Eventually.holds("what opens late is closed", () -> noted("close") == 1, () -> recycled);
    }

    /// The part is over though its thread hangs, and so is the version, which counts as leaked.
    private void assertGoesAsLeaked(String thread) throws Exception {
        Eventually.holds(
                "the part is over",
                () -> overseer.heartbeat.getLoad().getGroups() == 0,
                () -> overseer.heartbeat);
        overseer.plan(one);
        Eventually.holds("it recycles", () -> !recycled.isEmpty(), () -> overseer.heartbeat);
        assertTrue(recycled.getFirst().contains("plug 1.1.0, held by"), recycled::toString);
        assertTrue(recycled.getFirst().contains(thread), recycled::toString);
    }

    private PluginJar closing(String body) throws Exception {
        return with(
                "public void close(Resources resources) {\n        note(\"close\");",
                "public void close(Resources resources) throws Exception {\n"
                        + "        note(\"close\");\n"
                        + body);
    }

    /// A plugin with that in place of a part of its source.
    private PluginJar with(String part, String body) throws Exception {
        System.clearProperty("plug.free");
        worker.close();
        overseer.applied = Applied.getDefaultInstance();
        openTimeoutMs = 5_000; // a group has to open within it, and twice as long is waited for
        worker = worker(0, recycled::add);
        PluginJar jar = PluginJar.of("1.1.0", Map.of(part, body), Map.of());
        overseer.has(jar);
        overseer.plan(one, jar);
        assertEquals(State.READY, overseer.awaitApplied().getPlugins(1).getState());
        return jar;
    }

    /// A group to its end, which the coordinator hears although the plugin does not close it.
    private void runs(PluginJar jar) throws Exception {
        try (TestCoordinator group = group(jar)) {
            group.items("{\"text\":\"a\"}");
            assertEquals("{\"text\":\"a!1.1.0\",\"times\":1}", group.finish().result(0));
        }
    }
}
