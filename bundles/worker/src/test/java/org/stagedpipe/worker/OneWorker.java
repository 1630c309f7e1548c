package org.stagedpipe.worker;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.protocol.v1.Applied;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/// A worker in a real container, between an overseer and coordinators on real connections.
abstract class OneWorker {

    static final String OPEN = "{\"suffix\":\"!\"}";

    @TempDir static Path storage;
    @TempDir Path data;
    @TempDir Path secrets; // of the worker, for groups

    static Container container;
    static PluginJar one;
    static PluginJar two;

    TestOverseer overseer;
    String overseers;
    WorkerNode worker;
    int activateTimeoutMs = 10_000; // as a worker that is not told
    int openTimeoutMs = 30_000; // the same
    int stuckReportMs = 600_000; // the same
    int handBackAfterMs = 15_000; // the same

    @BeforeAll
    static void start() throws Exception {
        container = Container.open(storage);
        one = PluginJar.of("1.0.0");
        two = PluginJar.of("2.0.0");
    }

    @AfterAll
    static void stop() throws Exception {
        container.close();
    }

    @BeforeEach
    void open() throws Exception {
        System.getProperties().keySet().removeIf(key -> key.toString().startsWith("plug."));
        overseer = TestOverseer.open();
        overseer.has(one);
        overseer.has(two);
        overseers = overseer.endpoint().toString();
        worker = worker();
    }

    WorkerNode worker() throws Exception {
        return worker(4, why -> {});
    }

    WorkerNode worker(int leakBudget, Consumer<String> recycle) throws Exception {
        WorkerNode node = new WorkerNode(settings(leakBudget), container.context(), recycle);
        node.open();
        return node;
    }

    /// Starts it anew with little time for an activation, for a test in which that passes; others must succeed in it.
    void hurry() throws Exception {
        worker.close();
        overseer.applied = Applied.getDefaultInstance();
        activateTimeoutMs = 6_000;
        worker = worker();
    }

    WorkerSettings settings(int leakBudget) {
        Map<String, String> properties =
                new HashMap<>(
                        Map.of(
                                "name", "w1",
                                "port", "0",
                                "overseers", overseers,
                                "data", data.toString(),
                                "activateTimeoutMs", String.valueOf(activateTimeoutMs),
                                "unloadTimeoutMs", "500",
                                "fetchTimeoutMs", "5000",
                                "stopTimeoutMs", "10000",
                                "leakBudget", String.valueOf(leakBudget)));
        properties.put("leakSpreadMs", "0");
        properties.put("openTimeoutMs", String.valueOf(openTimeoutMs));
        properties.put("stuckReportMs", String.valueOf(stuckReportMs));
        properties.put("handBackAfterMs", String.valueOf(handBackAfterMs));
        properties.put("secrets", secrets.toString());
        return WorkerSettings.read(properties, 2, new WorkerSettings.Heap(256 << 20, 0));
    }

    @AfterEach
    void close() throws Exception {
        worker.close();
        overseer.close();
        Eventually.holds( // a thread may be about to uninstall one
                "nothing is left", () -> container.plugins().isEmpty(), container::plugins);
    }

    static int noted(String what) {
        return System.getProperties().get("plug." + what) instanceof Integer count ? count : 0;
    }

    TestCoordinator group(PluginJar jar) throws Exception {
        return TestCoordinator.opened(worker.endpoint(), jar.version(), OPEN);
    }
}
