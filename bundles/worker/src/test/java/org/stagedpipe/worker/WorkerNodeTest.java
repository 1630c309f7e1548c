package org.stagedpipe.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.protocol.v1.Applied;
import org.stagedpipe.protocol.v1.FetchRequest;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.protocol.v1.PluginStatus;
import org.stagedpipe.protocol.v1.PluginStatus.State;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/// A worker in a real container, between an overseer and coordinators on real connections.
@Timeout(40)
class WorkerNodeTest {

    private static final String OPEN = "{\"suffix\":\"!\"}";

    @TempDir static Path storage;
    @TempDir Path data;

    private static Container container;
    private static PluginJar one;
    private static PluginJar two;

    private TestOverseer overseer;
    private String overseers;
    private WorkerNode worker;

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

    private WorkerNode worker() throws Exception {
        return worker(4, why -> {});
    }

    private WorkerNode worker(int leakBudget, Consumer<String> recycle) throws Exception {
        WorkerNode node = new WorkerNode(settings(leakBudget), container.context(), recycle);
        node.open();
        return node;
    }

    private WorkerSettings settings(int leakBudget) {
        return WorkerSettings.read(
                Map.of(
                        "name", "w1",
                        "port", "0",
                        "overseers", overseers,
                        "data", data.toString(),
                        "activateTimeoutMs", "2000",
                        "unloadTimeoutMs", "500",
                        "openTimeoutMs", "2000",
                        "fetchTimeoutMs", "5000",
                        "stopTimeoutMs", "2000",
                        "leakBudget", String.valueOf(leakBudget)),
                2,
                new WorkerSettings.Heap(256 << 20, 0));
    }

    @AfterEach
    void close() {
        worker.close();
        overseer.close();
        assertEquals(List.of(), container.plugins());
    }

    private static int noted(String what) {
        return System.getProperties().get("plug." + what) instanceof Integer count ? count : 0;
    }

    private TestCoordinator group(PluginJar jar) throws Exception {
        return TestCoordinator.opened(worker.endpoint(), jar.version(), OPEN);
    }

    @Test
    void endsThePartOfALowerEpochAndRefusesOneThatComesLater() throws Exception {
        UUID id = UUID.randomUUID();
        try (TestCoordinator old = new TestCoordinator(worker.endpoint());
                TestCoordinator now = new TestCoordinator(worker.endpoint());
                TestCoordinator late = new TestCoordinator(worker.endpoint())) {
            old.open(one.version(), OPEN, id, 3);
            old.awaitOpened();
            now.open(one.version(), OPEN, id, 4);
            now.awaitOpened();
            CallException ended = assertThrows(CallException.class, old::readToEnd);
            assertEquals(Kind.CONFLICT, ended.kind());
            assertEquals("the group was opened again with epoch 4", ended.getMessage());
            now.items("{\"text\":\"a\"}");
            assertTrue(now.finish().result(0).contains("a!"), now.result(0));

            late.open(one.version(), OPEN, id, 3); // also when the newer part has ended
            CallException refused = assertThrows(CallException.class, late::awaitOpened);
            assertEquals(Kind.CONFLICT, refused.kind());
            assertTrue(
                    refused.getMessage()
                            .endsWith(
                                    ": epoch 3 (expected: at least 4, which this worker has"
                                            + " seen)"),
                    refused.getMessage());
        }
    }

    @Test
    void runsWhatIsPlanned() throws Exception {
        overseer.plan(one);
        assertEquals(State.READY, overseer.awaitApplied().getPlugins(0).getState());
        try (TestCoordinator group = group(one)) {
            group.items("{\"text\":\"a\"}", "{\"text\":\"b\",\"times\":2,\"other\":1}");
            group.items("{\"text\":\"throw\"}", "{\"text\":", "", "{\"text\":\"none\"}");
            group.redelivery(3);
            group.items("{\"text\":\"c\"}");
            group.finish();
            assertEquals("{\"text\":\"a!1.0.0\",\"times\":1}", group.result(0));
            assertEquals("{\"text\":\"bb!1.0.0\",\"times\":1}", group.result(1));
            assertEquals("{\"text\":\"c!1.0.0\",\"times\":3}", group.result(6));
            ItemFault thrown = group.faults.get(2L);
            assertNotNull(thrown);
            assertEquals(ItemFault.Kind.STAGE, thrown.getKind());
            assertEquals("first", thrown.getStage());
            assertEquals("IllegalArgumentException: cannot digest this", thrown.getText());
            assertEquals(ItemFault.Kind.BAD_DATA, kind(group, 3));
            assertEquals("no bytes (expected: JSON)", text(group, 4));
            assertEquals(ItemFault.Kind.BAD_DATA, kind(group, 4));
            assertEquals(ItemFault.Kind.BAD_RESULT, kind(group, 5));
            assertEquals(1, noted("close"));
        }
    }

    private static ItemFault.Kind kind(TestCoordinator group, long sequence) {
        ItemFault fault = group.faults.get(sequence);
        return fault == null ? ItemFault.Kind.KIND_UNSPECIFIED : fault.getKind();
    }

    private static String text(TestCoordinator group, long sequence) {
        ItemFault fault = group.faults.get(sequence);
        return fault == null ? "no fault" : fault.getText();
    }

    @Test
    void bigItemsTravelInChunks() throws Exception {
        overseer.plan(one);
        overseer.awaitApplied();
        String text = "x".repeat(3_000_000);
        ByteString item = ByteString.copyFromUtf8("{\"text\":\"" + text + "\"}");
        try (TestCoordinator group = group(one)) {
            for (int at = 0; at < item.size(); at += 262_144) {
                group.chunk(
                        item.size(), at, item.substring(at, Math.min(at + 262_144, item.size())));
            }
            group.finish();
            assertEquals("{\"text\":\"" + text + "!1.0.0\",\"times\":1}", group.result(0));
        }
    }

    @Test
    void groupsFinishOnTheOldVersionAndItIsUnloaded() throws Exception {
        overseer.plan(one);
        overseer.awaitApplied();
        try (TestCoordinator old = group(one)) {
            old.items("{\"text\":\"a\"}");
            old.read(1);
            overseer.plan(two);
            assertEquals(State.READY, overseer.awaitApplied().getPlugins(0).getState());
            assertEquals(1, overseer.awaitStatus(one.version(), State.DRAINING).getGroups());
            try (TestCoordinator young = group(two)) {
                young.items("{\"text\":\"a\"}");
                assertEquals("{\"text\":\"a!2.0.0\",\"times\":1}", young.finish().result(0));
            }
            old.items("{\"text\":\"b\"}");
            assertEquals("{\"text\":\"b!1.0.0\",\"times\":1}", old.finish().result(1));
        }
        overseer.awaitStatus(one.version(), State.UNLOADED);
        assertEquals(1, container.plugins().size());
    }

    @Test
    void whatHoldsAnUninstalledPluginIsNamed() throws Exception {
        java.util.concurrent.ExecutorService pool =
                java.util.concurrent.Executors.newSingleThreadExecutor(
                        task -> new Thread(task, "pooled"));
        System.getProperties().put("plug.pool", pool);
        Map<String, PluginJar> leaking =
                Map.of(
                        "thread: thread \"forgotten\"",
                                leaking(
                                        "1.1.0",
                                        "new Thread(() -> { try { Thread.sleep(60_000); } catch"
                                                + " (InterruptedException e) { return; } },"
                                                + " \"forgotten\").start();"),
                        "thread local: a ThreadLocal of thread \"pooled\"",
                                leaking(
                                        "1.2.0",
                                        "((java.util.concurrent.ExecutorService)"
                                                + " System.getProperties().get(\"plug.pool\"))"
                                                + ".execute(() -> new ThreadLocal<Object>()"
                                                + ".set(new Text(\"x\", 1)));"),
                        "service: a registered service",
                                leaking(
                                        "1.3.0",
                                        "org.osgi.framework.FrameworkUtil.getBundle(Plug.class)"
                                                + ".getBundleContext().getBundle(0)"
                                                + ".getBundleContext()"
                                                + ".registerService(Runnable.class,"
                                                + " () -> note(\"run\"), null);"),
                        "static: static props of java.lang.System",
                                leaking(
                                        "1.4.0",
                                        "System.getProperties().put(\"plug.leak\", new Text(\"x\","
                                                + " 1));"));
        try {
            overseer.plan(leaking.values().toArray(PluginJar[]::new));
            overseer.awaitApplied();
            overseer.plan(one);
            for (Map.Entry<String, PluginJar> leak : leaking.entrySet()) {
                Eventually.holds(
                        leak.getKey(),
                        () ->
                                overseer.status(leak.getValue().version())
                                        .getText()
                                        .contains("held by " + leak.getKey()),
                        () -> overseer.heartbeat);
            }
            assertEquals(4, overseer.heartbeat.getLoad().getLeakedLoaders());
        } finally {
            pool.shutdownNow();
            Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().equals("forgotten"))
                    .forEach(Thread::interrupt);
        }
    }

    @Test
    void aWorkerThatLeaksPastItsBudgetIsStartedAnew() throws Exception {
        worker.close();
        overseer.applied = Applied.getDefaultInstance();
        List<String> recycled = new CopyOnWriteArrayList<>();
        worker = worker(1, recycled::add);
        PluginJar first = holdingItself("1.1.0");
        PluginJar second = holdingItself("1.2.0");
        overseer.plan(first);
        overseer.awaitApplied();
        overseer.plan(one);
        Eventually.holds(
                "one is held",
                () -> overseer.status(first.version()).getText().contains("held by"),
                () -> overseer.heartbeat);
        assertEquals(List.of(), recycled);
        overseer.plan(second);
        overseer.awaitStatus(second.version(), State.READY);
        overseer.plan(one);
        Eventually.holds("it recycles", () -> !recycled.isEmpty(), () -> overseer.heartbeat);
        assertEquals(1, recycled.size());
        String why = recycled.getFirst();
        assertTrue(
                why.startsWith(
                        "worker w1: 2 class loaders of uninstalled plugins are held (expected: at"
                                + " most 1): plug 1.1.0, held by static: static props of"),
                why);
        System.getProperties().keySet().removeIf(key -> key.toString().startsWith("plug."));
    }

    private PluginJar holdingItself(String version) throws Exception {
        return leaking(
                version,
                "System.getProperties().put(\"plug.leak" + version + "\", new Text(\"x\", 1));");
    }

    private PluginJar leaking(String version, String activate) throws Exception {
        PluginJar jar = PluginJar.of(version, Map.of("/*ACTIVATE*/", activate), Map.of());
        overseer.has(jar);
        return jar;
    }

    @Test
    void aVersionThatIsNotPlannedIsFetchedOnDemand() throws Exception {
        overseer.plan(two);
        overseer.awaitApplied();
        try (TestCoordinator group = group(one)) {
            group.items("{\"text\":\"a\"}");
            assertEquals("{\"text\":\"a!1.0.0\",\"times\":1}", group.finish().result(0));
        }
        overseer.awaitStatus(one.version(), State.UNLOADED);
    }

    @Test
    void whatIsNotInTheRepositoryIsNotFound() throws Exception {
        PluginJar unknown = PluginJar.of("plug", "9.0.0", new byte[] {1, 2, 3});
        CallException refused = assertThrows(CallException.class, () -> group(unknown));
        assertEquals(Kind.NOT_FOUND, refused.kind());
        assertEquals("plug 9.0.0 is not in the repository: no such bundle", refused.getMessage());
    }

    @Test
    void theClientReadsWhyItsGroupIsRefused() throws Exception {
        overseer.plan(one);
        overseer.awaitApplied();
        CallException unreadable =
                assertThrows(
                        CallException.class,
                        () ->
                                TestCoordinator.opened(
                                        worker.endpoint(), one.version(), "{\"sufix\":1}"));
        assertEquals(Kind.INVALID, unreadable.kind());
        assertEquals(
                "configuration: unknown key \"sufix\" (expected: one of delay, suffix) at line 1,"
                        + " column 12",
                unreadable.getMessage());
        CallException refused =
                assertThrows(
                        CallException.class,
                        () ->
                                TestCoordinator.opened(
                                        worker.endpoint(),
                                        one.version(),
                                        "{\"suffix\":\"refuse\"}"));
        assertEquals(Kind.REFUSED, refused.kind());
        assertEquals(
                "plug 1.0.0 could not open the group: IllegalStateException: no such database",
                refused.getMessage());
        assertEquals(0, noted("close"));
    }

    @Test
    void anInterruptedFetchGoesOnWhereItEnded() throws Exception {
        overseer.fetchAtMost = 2_000;
        overseer.plan(one);
        assertEquals(State.READY, overseer.awaitApplied().getPlugins(0).getState());
        assertTrue(overseer.fetches.size() > 1, "fetches: " + overseer.fetches);
    }

    @Test
    void aFetchGoesOnAtTheNextOverseerWhenTheFirstIsLost() throws Exception {
        worker.close();
        try (TestOverseer second = TestOverseer.open()) {
            second.has(one);
            second.plan(one);
            overseers += "," + second.endpoint();
            overseer.plan(one);
            overseer.fetchAtMost = 2_000;
            overseer.freezes = true;
            worker = worker();
            Eventually.holds(
                    "some bytes came",
                    () -> partOf(one).toFile().length() == 2_000,
                    () -> overseer.fetches);
            overseer.close();
            assertEquals(State.READY, second.awaitApplied().getPlugins(0).getState());
            assertEquals(
                    List.of(2_000L), second.fetches.stream().map(FetchRequest::getOffset).toList());
            try (TestCoordinator group = group(one)) {
                group.items("{\"text\":\"a\"}");
                assertEquals("{\"text\":\"a!1.0.0\",\"times\":1}", group.finish().result(0));
            }
            worker.close();
        }
    }

    private Path partOf(PluginJar jar) {
        byte[] sha256 = jar.version().getSha256().toByteArray();
        return data.resolve("blobs").resolve(HexFormat.of().formatHex(sha256) + ".part");
    }

    @Test
    void aRestartFetchesOnlyTheDifference() throws Exception {
        overseer.plan(one);
        overseer.awaitApplied();
        worker.close();
        overseer.fetches.clear();
        overseer.plan(one, two);
        worker = worker();
        Applied applied = overseer.awaitApplied();
        assertEquals(State.READY, applied.getPlugins(0).getState());
        assertEquals(State.READY, applied.getPlugins(1).getState());
        assertEquals(
                List.of(two.version().getSha256()),
                overseer.fetches.stream().map(FetchRequest::getSha256).toList());
    }

    @Test
    void aRestartFetchesNothingAgain() throws Exception {
        overseer.plan(one);
        overseer.awaitApplied();
        assertEquals(1, overseer.fetches.size());
        worker.close();
        assertTrue(overseer.goodbye);
        assertEquals(List.of(), container.plugins());
        overseer.applied = org.stagedpipe.protocol.v1.Applied.getDefaultInstance();
        worker = worker();
        assertEquals(State.READY, overseer.awaitApplied().getPlugins(0).getState());
        assertEquals(1, overseer.fetches.size());
    }

    @Test
    void otherBytesAreNeverInstalled() throws Exception {
        PluginJar wrong = PluginJar.of("plug", "3.0.0", two.bytes().toByteArray());
        overseer.has(
                new PluginJar(
                        wrong.version().toBuilder()
                                .setSha256(ByteString.copyFrom(new byte[32]))
                                .build(),
                        wrong.bytes()));
        PluginJar asked =
                new PluginJar(
                        wrong.version().toBuilder()
                                .setSha256(ByteString.copyFrom(new byte[32]))
                                .build(),
                        wrong.bytes());
        String text = failure(asked);
        assertTrue(text.contains("sha-256"), text);
        assertEquals(List.of(), container.plugins());
    }

    private String failure(PluginJar jar) throws Exception {
        overseer.has(jar);
        overseer.plan(jar);
        PluginStatus status = overseer.awaitApplied().getPlugins(0);
        assertEquals(State.FAILED, status.getState(), status.toString());
        return status.getText();
    }

    @Test
    void d13AnIncompatibleApiIsNamed() throws Exception {
        PluginJar jar =
                PluginJar.of(
                        "1.1.0",
                        Map.of(),
                        Map.of("Import-Package", "org.stagedpipe.api;version=\"[2.0,3)\",*"));
        assertEquals(
                "plug 1.1.0 cannot be started: needs package org.stagedpipe.api in version 2.0.0 up"
                        + " to 3.0.0, this worker has 1.0.0: build the plugin against the API that"
                        + " this cluster runs",
                failure(jar));
    }

    @Test
    void aMissingImportIsNamed() throws Exception {
        PluginJar jar =
                PluginJar.of("1.1.0", Map.of(), Map.of("Import-Package", "com.acme.tool,*"));
        assertEquals(
                "plug 1.1.0 cannot be started: needs package com.acme.tool, this worker has none",
                failure(jar));
    }

    @Test
    void aFailedActivationIsExplained() throws Exception {
        PluginJar jar =
                PluginJar.of(
                        "1.1.0",
                        Map.of(
                                "/*ACTIVATE*/",
                                "if (true) throw new IllegalStateException(\"no licence\");"),
                        Map.of());
        String text = failure(jar);
        assertTrue(text.contains("no licence"), text);
        assertFalse(text.contains("\n"), text);
    }

    @Test
    void anActivationThatBlocksFails() throws Exception {
        PluginJar jar =
                PluginJar.of(
                        "1.1.0",
                        Map.of(
                                "/*ACTIVATE*/",
                                "try { Thread.sleep(60_000); } catch (InterruptedException e) {"
                                        + " throw new IllegalStateException(e); }"),
                        Map.of());
        assertEquals("plug 1.1.0: its activation has not ended within 2000 ms", failure(jar));
    }

    @Test
    void anActivationThatNeverEndsIsGivenUpAndTheOthersGoOn() throws Exception {
        PluginJar hanging =
                PluginJar.of(
                        "1.1.0",
                        Map.of(
                                "/*ACTIVATE*/",
                                "while (System.getProperty(\"plug.free\") == null) {"
                                    + " java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);"
                                    + " Thread.interrupted(); }"),
                        Map.of());
        overseer.has(hanging);
        overseer.plan(one);
        overseer.awaitApplied();
        try (TestCoordinator group = group(one)) {
            overseer.plan(one, hanging);
            overseer.awaitStatus(hanging.version(), State.INSTALLING);
            group.items("{\"text\":\"a\"}");
            group.read(1); // while it hangs

            Applied applied = overseer.awaitApplied();
            assertEquals(State.READY, applied.getPlugins(0).getState());
            assertEquals(State.FAILED, applied.getPlugins(1).getState());
            assertEquals(
                    "plug 1.1.0: its activation has not ended within 2000 ms",
                    applied.getPlugins(1).getText());

            overseer.plan(one, two);
            assertEquals(State.READY, overseer.awaitApplied().getPlugins(1).getState());
            try (TestCoordinator other = group(two)) {
                other.items("{\"text\":\"a\"}");
                assertEquals("{\"text\":\"a!2.0.0\",\"times\":1}", other.finish().result(0));
            }
            group.items("{\"text\":\"b\"}");
            assertEquals("{\"text\":\"b!1.0.0\",\"times\":1}", group.finish().result(1));
        } finally {
            System.setProperty("plug.free", "now");
        }
        Eventually.holds(
                "the hanging one is removed",
                () -> container.plugins().size() == 2,
                () -> container.plugins());
    }

    @Test
    void aBundleWithoutAPipelineIsRefused() throws Exception {
        PluginJar jar =
                PluginJar.of("1.1.0", Map.of(), Map.of("-removeheaders", "Stagedpipe-Plugin"));
        assertEquals(
                "plug 1.1.0: manifest header Stagedpipe-Plugin is missing (expected: it to be"
                        + " there)",
                failure(jar));
    }

    @Test
    void cancelReachesARunningStage() throws Exception {
        overseer.plan(one);
        overseer.awaitApplied();
        try (TestCoordinator group = group(one)) {
            group.items("{\"text\":\"block\"}");
            Eventually.holds("blocked", () -> noted("blocked") == 1, () -> "");
            group.cancel("enough");
            group.readToEnd();
            ItemFault fault = group.faults.get(0L);
            assertNotNull(fault);
            assertTrue(fault.getAborted());
            assertEquals(ItemFault.Kind.CANCELLED, fault.getKind());
            assertEquals("enough", fault.getText());
        }
        assertEquals(1, noted("interrupted"));
        assertEquals(1, noted("close"));
    }

    @Test
    void theLossOfTheCoordinatorReachesARunningStage() throws Exception {
        overseer.plan(one);
        overseer.awaitApplied();
        try (TestCoordinator group = group(one)) {
            group.items("{\"text\":\"block\"}");
            Eventually.holds("blocked", () -> noted("blocked") == 1, () -> "");
        }
        Eventually.holds("closed", () -> noted("close") == 1, () -> overseer.heartbeat);
        assertEquals(1, noted("interrupted"));
    }

    @Test
    void aBrokenRuleEndsItsOwnStreamOnly() throws Exception {
        overseer.plan(one);
        overseer.awaitApplied();
        try (TestCoordinator good = group(one);
                TestCoordinator bad = group(one)) {
            bad.chunk(100, 50, ByteString.copyFromUtf8("x"));
            CallException ended = assertThrows(CallException.class, bad::readToEnd);
            assertEquals(Kind.INVALID, ended.kind());
            good.items("{\"text\":\"a\"}");
            assertEquals("{\"text\":\"a!1.0.0\",\"times\":1}", good.finish().result(0));
        }
        Eventually.holds("closed", () -> noted("close") == 2, () -> overseer.heartbeat);
    }

    @Test
    void aStopHandsGroupsBack() throws Exception {
        overseer.plan(one);
        overseer.awaitApplied();
        try (TestCoordinator group = group(one)) {
            group.items("{\"text\":\"a\"}");
            group.read(1);
            worker.close();
            CallException ended = assertThrows(CallException.class, group::readToEnd);
            assertEquals(Kind.UNREACHABLE, ended.kind());
            assertEquals("worker w1 stops", ended.getMessage());
        }
        assertEquals(1, noted("close"));
    }

    @Test
    void theHeartbeatTellsTheLoad() throws Exception {
        overseer.plan(one);
        overseer.awaitApplied();
        try (TestCoordinator group = group(one)) {
            group.items("{\"text\":\"block\"}");
            Eventually.holds(
                    "one item of one group in flight",
                    () ->
                            overseer.heartbeat.getLoad().getGroups() == 1
                                    && overseer.heartbeat.getLoad().getItemsInFlight() == 1
                                    && overseer.heartbeat.getLoad().getBytesInFlight() > 0,
                    () -> overseer.heartbeat);
        }
        Eventually.holds(
                "nothing in flight",
                () ->
                        overseer.heartbeat.getLoad().getGroups() == 0
                                && overseer.heartbeat.getLoad().getBytesInFlight() == 0,
                () -> overseer.heartbeat);
    }
}
