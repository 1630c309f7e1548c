package org.stagedpipe.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.protocol.v1.Applied;
import org.stagedpipe.protocol.v1.PluginStatus.State;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/// Versions that hang while they are uninstalled.
@Timeout(60)
class WorkerUnloadTest extends OneWorker {

    private static final String LATE = "plug 1.1.0: its unload has not ended within 6000 ms";

    WorkerUnloadTest() {
        activateTimeoutMs = 6_000; // which an unload gets too
    }

    @Test
    void aVersionThatHangsWhileItGoesIsRefusedUntilItHasGone() throws Exception {
        PluginJar hanging = hanging();
        try {
            planned(hanging);
            overseer.plan(one);
            overseer.awaitStatus(hanging.version(), State.UNLOADING);
            CallException refused = assertThrows(CallException.class, () -> group(hanging));
            assertEquals(Kind.UNREACHABLE, refused.kind());
            assertEquals(LATE, refused.getMessage());

            overseer.plan(one, hanging);
            Applied applied = overseer.awaitApplied();
            assertEquals(State.READY, applied.getPlugins(0).getState());
            assertEquals(State.FAILED, applied.getPlugins(1).getState());
            assertEquals(
                    "plug 1.1.0: an earlier attempt at it has not ended yet",
                    applied.getPlugins(1).getText());
        } finally {
            System.setProperty("plug.free", "now");
        }
        overseer.awaitStatus(hanging.version(), State.READY);
        try (TestCoordinator group = group(hanging)) {
            group.items("{\"text\":\"a\"}");
            assertEquals("{\"text\":\"a!1.1.0\",\"times\":1}", group.finish().result(0));
        }
    }

    @Test
    void aVersionThatIsWantedAgainFailsOnceItHangs() throws Exception {
        PluginJar hanging = hanging();
        try {
            planned(hanging);
            overseer.plan(one);
            overseer.awaitStatus(hanging.version(), State.UNLOADING);
            overseer.plan(one, hanging);
            Applied applied = overseer.awaitApplied();
            assertEquals(State.FAILED, applied.getPlugins(1).getState());
            assertEquals(LATE, applied.getPlugins(1).getText());
        } finally {
            System.setProperty("plug.free", "now");
        }
    }

    @Test
    void aVersionThatNeverGoesCountsAsLeaked() throws Exception {
        worker.close();
        overseer.applied = Applied.getDefaultInstance();
        List<String> recycled = new CopyOnWriteArrayList<>();
        worker = worker(0, recycled::add);
        PluginJar hanging = hanging();
        try {
            planned(hanging);
            overseer.plan(one);
            Eventually.holds("it recycles", () -> !recycled.isEmpty(), () -> overseer.heartbeat);
            assertTrue(recycled.getFirst().contains("plug 1.1.0, held by"), recycled::toString);
            Eventually.holds(
                    "it is counted",
                    () -> overseer.heartbeat.getLoad().getLeakedLoaders() == 1,
                    () -> overseer.heartbeat);
        } finally {
            System.setProperty("plug.free", "now");
        }
    }

    private void planned(PluginJar jar) throws Exception {
        overseer.plan(one, jar);
        assertEquals(State.READY, overseer.awaitApplied().getPlugins(1).getState());
    }

    /// Until `plug.free` is set.
    private PluginJar hanging() throws Exception {
        PluginJar jar =
                PluginJar.of(
                        "1.1.0",
                        Map.of(
                                "/*ACTIVATE*/",
                                "} @org.osgi.service.component.annotations.Deactivate void stop() {"
                                    + " while (System.getProperty(\"plug.free\") == null) {"
                                    + " java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);"
                                    + " Thread.interrupted(); }"),
                        Map.of());
        overseer.has(jar);
        return jar;
    }
}
