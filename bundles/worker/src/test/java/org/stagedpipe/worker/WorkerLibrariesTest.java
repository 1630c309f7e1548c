package org.stagedpipe.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceListener;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.SynchronousBundleListener;
import org.stagedpipe.protocol.v1.Applied;
import org.stagedpipe.protocol.v1.PluginStatus;
import org.stagedpipe.protocol.v1.PluginStatus.State;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;

/// Plugins that need libraries beside what the worker has, in a real container.
@Timeout(40)
class WorkerLibrariesTest {

    @TempDir Path storage;
    @TempDir Path data;

    private Container container;
    private TestOverseer overseer;
    private WorkerNode worker;

    @BeforeEach
    void open() throws Exception {
        container = Container.open(storage);
        overseer = TestOverseer.open();
        worker = worker(10_000);
    }

    private WorkerNode worker(int activateTimeoutMs) throws Exception {
        WorkerNode node =
                new WorkerNode(
                        WorkerSettings.read(
                                Map.of(
                                        "name", "w1",
                                        "port", "0",
                                        "overseers", overseer.endpoint().toString(),
                                        "data", data.toString(),
                                        "activateTimeoutMs", String.valueOf(activateTimeoutMs),
                                        "unloadTimeoutMs", "2000",
                                        "fetchTimeoutMs", "5000",
                                        "stopTimeoutMs", "2000"),
                                2,
                                new WorkerSettings.Heap(256 << 20, 0)),
                        container.context(),
                        why -> {});
        node.open();
        return node;
    }

    @AfterEach
    void close() throws Exception {
        worker.close();
        overseer.close();
        assertEquals(0, container.plugins().size(), "left: " + container.plugins());
        container.close();
    }

    @Test
    void twoPluginsUseTwoVersionsOfOneLibraryAndOnlyWhatIsLackedIsFetched() throws Exception {
        LibraryJar older = LibraryJar.of("1.2.0");
        LibraryJar newer = LibraryJar.of("2.0.0");
        PluginJar plug = using("plug", "1.0.0", "[1,2)");
        PluginJar other = using("other", "1.0.0", "[2,3)");
        PluginJar updated = using("plug", "1.1.0", "[1,2)");
        overseer.needs(plug, older);
        overseer.needs(other, newer);
        overseer.needs(updated, older);
        for (LibraryJar library : new LibraryJar[] {older, newer}) {
            overseer.has(library);
        }
        overseer.fetchAtMost = 3_000; // a plugin needs several attempts

        overseer.plan(plug, other);
        overseer.awaitApplied();
        assertEquals("{\"text\":\"a!tool 1.2.0\",\"times\":1}", answer(plug));
        assertEquals("{\"text\":\"a!tool 2.0.0\",\"times\":1}", answer(other));
        assertEquals(4, container.plugins().size());

        overseer.fetchAtMost = Integer.MAX_VALUE;
        overseer.fetches.clear();
        overseer.plan(updated);
        assertEquals(State.READY, overseer.awaitApplied().getPlugins(0).getState());
        assertEquals(1, overseer.fetches.size(), "the plugin, not its library");
        overseer.awaitStatus(other.version(), State.UNLOADED);
        assertEquals("{\"text\":\"a!tool 1.2.0\",\"times\":1}", answer(updated));
        Eventually.holds(
                "the newer library left with its last plugin",
                () -> container.plugins().size() == 2,
                () -> container.plugins());
    }

    @Test
    void anUpdateRefreshesNothingButThePluginAndTheLibraryThatLeavesWithIt() throws Exception {
        LibraryJar older = LibraryJar.of("1.2.0");
        LibraryJar newer = LibraryJar.of("1.5.0");
        LibraryJar shared = util("1.0.0");
        PluginJar plug = exporting("1.0.0");
        PluginJar updated = exporting("1.1.0");
        PluginJar other = using("other", "1.0.0", "[1,2)");
        overseer.has(older);
        overseer.has(newer);
        overseer.has(shared);
        overseer.needs(plug, older, shared);
        overseer.needs(updated, newer, shared);
        overseer.needs(other, newer, shared);
        overseer.plan(plug, other);
        overseer.awaitApplied();
        overseer.plan(plug, other, updated);
        overseer.awaitApplied();
        Set<String> refreshed = new ConcurrentSkipListSet<>();
        SynchronousBundleListener listener =
                event -> {
                    if (event.getType() == BundleEvent.UNRESOLVED) {
                        refreshed.add(event.getBundle().getLocation());
                    }
                };
        container.context().addBundleListener(listener);
        overseer.plan(other, updated);
        overseer.awaitStatus(plug.version(), State.UNLOADED);
        Eventually.holds(
                "the older library left", () -> container.plugins().size() == 4, () -> refreshed);
        container.context().removeBundleListener(listener);
        assertEquals(
                Set.of(
                        "stagedpipe:" + hex(plug.version().getSha256()),
                        "stagedpipe:library:" + hex(older.library().getSha256())),
                refreshed);
        assertEquals("{\"text\":\"a!tool 1.5.0\",\"times\":1}", answer(other));
    }

    private static String hex(ByteString sha256) {
        return HexFormat.of().formatHex(sha256.toByteArray());
    }

    /// Versions that could be wired to each other's classes, and use two libraries.
    private PluginJar exporting(String version) throws Exception {
        PluginJar jar =
                PluginJar.of(
                        version,
                        Map.of(),
                        Map.of(
                                "Export-Package",
                                "plug;version=1.0",
                                "Import-Package",
                                "plug,util,tool;version=\"[1,2)\",*"));
        overseer.has(jar);
        return jar;
    }

    @Test
    void aVersionThatComesBackGetsTheLibraryThatItHadNotANewerOneThatIsHere() throws Exception {
        LibraryJar older = LibraryJar.of("1.2.0");
        LibraryJar newer = LibraryJar.of("1.5.0");
        PluginJar plug = using("plug", "1.0.0", "[1,2)");
        PluginJar updated = using("plug", "1.1.0", "[1,2)");
        PluginJar lacking = using("lacking", "1.0.0", "[1,2)");
        overseer.has(older);
        overseer.has(newer);
        overseer.needs(plug, older);
        overseer.needs(updated, newer);
        overseer.plan(updated);
        overseer.awaitApplied();

        overseer.plan(updated, plug, lacking);
        overseer.awaitApplied();
        assertEquals("{\"text\":\"a!tool 1.2.0\",\"times\":1}", answer(plug));
        assertEquals("{\"text\":\"a!tool 1.5.0\",\"times\":1}", answer(updated));
        assertEquals(
                "lacking 1.0.0 cannot be started: needs package tool in version 1.0.0 up to 2.0.0,"
                        + " this worker has none",
                overseer.applied.getPlugins(2).getText());
    }

    @Test
    void versionsThatShareALibraryAndDifferInWhatItUsesFollowEachOther() throws Exception {
        LibraryJar core =
                LibraryJar.of(
                        "test.core",
                        "1.0.0",
                        Map.of("Import-Package", "util", "Export-Package", "core;uses:=util"));
        PluginJar plug = using("1.0.0", core, util("1.2.0"));
        PluginJar updated = using("1.1.0", core, util("1.5.0"));
        overseer.plan(plug);
        assertEquals(State.READY, overseer.awaitApplied().getPlugins(0).getState());
        overseer.plan(plug, updated);
        PluginStatus failed = overseer.awaitApplied().getPlugins(1);
        assertEquals(State.FAILED, failed.getState());
        assertTrue(
                failed.getText().endsWith("; a library of it is in use with another plugin's"),
                failed.getText());
        overseer.plan(updated);
        overseer.awaitStatus(updated.version(), State.READY);
    }

    @Test
    void aVersionUsesItsOwnServicesNotThoseOfAnOlderOne() throws Exception {
        PluginJar plug = pooling("1.0.0");
        PluginJar updated = pooling("1.1.0");
        overseer.plan(plug);
        overseer.awaitStatus(plug.version(), State.READY);
        overseer.plan(plug, updated);
        overseer.awaitStatus(updated.version(), State.READY);
        assertEquals("{\"text\":\"a!pool of 1.0.0\",\"times\":1}", answer(plug));
        assertEquals("{\"text\":\"a!pool of 1.1.0\",\"times\":1}", answer(updated));
    }

    /// One with a second component, which the first one needs.
    private PluginJar pooling(String version) throws Exception {
        String pool =
                """
                @Component(service = java.util.function.Supplier.class)
                public static final class Pool implements java.util.function.Supplier<String> {
                    @Override
                    public String get() {
                        return "pool of %s";
                    }
                }

                @org.osgi.service.component.annotations.Reference
                private volatile java.util.function.Supplier<String> pool;

                private static void note(\
                """
                        .formatted(version);
        PluginJar jar =
                PluginJar.of(
                        version,
                        Map.of(
                                "\"" + version + "\"",
                                "pool.get()",
                                "private static void note(",
                                pool),
                        Map.of());
        overseer.has(jar);
        return jar;
    }

    @Test
    void aBundleHearsOfTheServicesThatItMayUse() throws Exception {
        LibraryJar tool = LibraryJar.of("1.2.0");
        PluginJar plug = using("plug", "1.0.0", "[1,2)");
        PluginJar other = PluginJar.of("2.0.0");
        overseer.has(tool);
        overseer.has(other);
        overseer.needs(plug, tool);
        overseer.plan(plug, other);
        overseer.awaitApplied();
        Bundle plugin = bundle("stagedpipe:" + hex(plug.version().getSha256()));
        Bundle apart = bundle("stagedpipe:" + hex(other.version().getSha256()));
        Bundle library = bundle("stagedpipe:library:" + hex(tool.library().getSha256()));
        Bundle system = container.context().getBundle();

        assertEquals(Set.of(plugin, library, system), whoHears(plugin));
        assertEquals(Set.of(apart, system), whoHears(apart));
        assertEquals(Set.of(plugin, library, system), whoHears(library));
        assertEquals(Set.of(plugin, apart, library, system), whoHears(system));
    }

    private Bundle bundle(String location) {
        return container.context().getBundle(location);
    }

    /// Who hears of a service of that bundle when it comes; the same find it then.
    private Set<Bundle> whoHears(Bundle provider) throws Exception {
        Set<Bundle> heard = new HashSet<>();
        Map<Bundle, ServiceListener> listeners = new HashMap<>();
        for (Bundle bundle : container.context().getBundles()) {
            if (bundle.getBundleId() == 0 || bundle.getLocation().startsWith("stagedpipe:")) {
                ServiceListener listener =
                        event -> {
                            if (event.getType() == ServiceEvent.REGISTERED) {
                                heard.add(bundle);
                            }
                        };
                bundle.getBundleContext().addServiceListener(listener, "(heard=*)");
                listeners.put(bundle, listener);
            }
        }
        ServiceRegistration<?> service =
                provider.getBundleContext()
                        .registerService(
                                Runnable.class,
                                () -> {},
                                new Hashtable<>(Map.of("heard", "by whom")));
        Set<Bundle> found = new HashSet<>();
        for (Bundle bundle : listeners.keySet()) {
            if (!bundle.getBundleContext()
                    .getServiceReferences(Runnable.class, "(heard=*)")
                    .isEmpty()) {
                found.add(bundle);
            }
        }
        service.unregister();
        listeners.forEach((bundle, its) -> bundle.getBundleContext().removeServiceListener(its));
        assertEquals(found, heard);
        return heard;
    }

    private LibraryJar util(String version) throws Exception {
        return LibraryJar.of(
                "test.util", version, Map.of("Export-Package", "util;version=" + version));
    }

    private PluginJar using(String version, LibraryJar core, LibraryJar util) throws Exception {
        PluginJar jar =
                PluginJar.of(
                        version,
                        Map.of(),
                        Map.of(
                                "Import-Package",
                                "core,util;version=\"[" + util.library().getVersion() + ",2)\",*"));
        overseer.has(jar);
        overseer.has(core);
        overseer.has(util);
        overseer.needs(jar, core, util);
        return jar;
    }

    @Test
    void aLibraryThatIsNotToBeHadFailsItsPluginOnly() throws Exception {
        PluginJar lacking = using("plug", "1.0.0", "[1,2)");
        PluginJar fine = PluginJar.of("2.0.0");
        overseer.has(fine);
        overseer.needs(lacking, LibraryJar.of("1.2.0"));
        overseer.plan(lacking, fine);
        PluginStatus failed = overseer.awaitApplied().getPlugins(0);
        assertEquals(State.FAILED, failed.getState());
        assertEquals("test.tool 1.2.0 is not in the repository: no such bundle", failed.getText());
        assertEquals(State.READY, overseer.awaitApplied().getPlugins(1).getState());
        assertTrue(container.plugins().stream().noneMatch(at -> at.contains("library")));
    }

    /// Whatever an overseer let in.
    @Test
    void aLibraryThatBreaksTheRulesFailsItsPluginOnly() throws Exception {
        ByteString tool = LibraryJar.of("1.2.0").bytes();
        byte[] slip = PluginJar.with(tool, "a/../../evil", new byte[1]);
        PluginJar first = needing("1.1.0", LibraryJar.of("test.tool", "1.2.0", slip));
        PluginJar second =
                needing(
                        "1.2.0",
                        LibraryJar.of(
                                "test.tool", "1.3.0", Map.of("Fragment-Host", "system.bundle")));
        PluginJar fine = PluginJar.of("2.0.0");
        overseer.has(fine);
        overseer.plan(first, second, fine);
        Applied applied = overseer.awaitApplied();
        assertEquals(State.FAILED, applied.getPlugins(0).getState());
        assertEquals(
                "test.tool 1.2.0: entry \"a/../../evil\" (expected: names below the jar's root,"
                        + " without \"..\")",
                applied.getPlugins(0).getText());
        assertEquals(State.FAILED, applied.getPlugins(1).getState());
        assertEquals(
                "test.tool 1.3.0: manifest header Fragment-Host: system.bundle (expected: no such"
                        + " header in a plugin or a library)",
                applied.getPlugins(1).getText());
        assertEquals(State.READY, applied.getPlugins(2).getState());
        assertTrue(container.plugins().stream().noneMatch(at -> at.contains("library")));
    }

    private PluginJar needing(String version, LibraryJar library) throws Exception {
        PluginJar plugin = PluginJar.of(version);
        overseer.has(plugin);
        overseer.has(library);
        overseer.needs(plugin, library);
        return plugin;
    }

    @Test
    void aLibraryWhoseStartNeverEndsHoldsUpNoOtherPlugin() throws Exception {
        worker.close();
        overseer.applied = Applied.getDefaultInstance();
        worker = worker(6_000);
        LibraryJar hanging =
                LibraryJar.of(
                        "1.2.0",
                        "while (System.getProperty(\"tool.free\") == null) {"
                                + " java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);"
                                + " Thread.interrupted(); }");
        LibraryJar fine = LibraryJar.of("2.0.0");
        overseer.has(hanging);
        overseer.has(fine);
        PluginJar plug = using("plug", "1.0.0", "[1,2)");
        PluginJar other = using("other", "1.0.0", "[2,3)");
        overseer.needs(plug, hanging);
        overseer.needs(other, fine);
        try {
            overseer.plan(plug);
            assertEquals(
                    "library test.tool 1.2.0: its start has not ended within 6000 ms",
                    overseer.awaitApplied().getPlugins(0).getText());

            overseer.plan(plug, other);
            assertEquals(
                    "library test.tool 1.2.0: its earlier removal has not ended yet",
                    overseer.awaitApplied().getPlugins(0).getText());
            assertEquals(State.READY, overseer.awaitApplied().getPlugins(1).getState());
            assertEquals("{\"text\":\"a!tool 2.0.0\",\"times\":1}", answer(other));
            overseer.plan();
            overseer.awaitStatus(other.version(), State.UNLOADED);
        } finally {
            System.setProperty("tool.free", "now");
        }
        Eventually.holds(
                "the hanging one is removed",
                () -> container.plugins().isEmpty(),
                () -> container.plugins());
        overseer.plan(plug);
        overseer.awaitStatus(plug.version(), State.READY);
        assertEquals("{\"text\":\"a!tool 1.2.0\",\"times\":1}", answer(plug));
        System.clearProperty("tool.free");
    }

    /// One that hangs may still use it, and nobody else would remove it afterwards.
    @Test
    void aLibraryStaysAsLongAsItsPluginHangsAndGoesWithIt() throws Exception {
        worker.close();
        overseer.applied = Applied.getDefaultInstance();
        worker = worker(1_000);
        LibraryJar library = LibraryJar.of("1.2.0");
        overseer.has(library);
        PluginJar plug =
                using(
                        "plug",
                        "1.0.0",
                        "[1,2)",
                        Map.of(
                                "/*ACTIVATE*/",
                                "while (System.getProperty(\"tool.let\") == null) {"
                                    + " java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);"
                                    + " Thread.interrupted(); }"));
        overseer.needs(plug, library);
        try {
            overseer.plan(plug);
            assertEquals(State.FAILED, overseer.awaitApplied().getPlugins(0).getState());
            overseer.plan(); // no plugin needs it any more
            overseer.awaitApplied();
            assertEquals(2, container.plugins().size(), () -> "" + container.plugins());
        } finally {
            System.setProperty("tool.let", "now");
        }
        Eventually.holds(
                "both are removed", () -> container.plugins().isEmpty(), () -> container.plugins());
        System.clearProperty("tool.let");
    }

    @Test
    void whatHoldsALibraryThatLeftIsNamedAndCounted() throws Exception {
        LibraryJar leaking =
                LibraryJar.of(
                        "1.2.0",
                        "new Thread(() -> { try { Thread.sleep(60_000); } catch"
                            + " (InterruptedException e) { return; } }, \"forgotten\").start();");
        overseer.has(leaking);
        PluginJar plug = using("plug", "1.0.0", "[1,2)");
        overseer.needs(plug, leaking);
        try {
            overseer.plan(plug);
            overseer.awaitStatus(plug.version(), State.READY);
            overseer.plan();
            Eventually.holds(
                    "it is named",
                    () ->
                            overseer.heartbeat.getPluginsList().stream()
                                    .anyMatch(status ->
                                            status.getPlugin().getName().equals("test.tool")
                                                    && status.getText()
                                                            .contains(
                                                                    "held by thread: thread"
                                                                            + " \"forgotten\"")),
                    () -> overseer.heartbeat);
            overseer.awaitStatus(plug.version(), State.UNLOADED);
            assertEquals(1, overseer.heartbeat.getLoad().getLeakedLoaders());
        } finally {
            Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().equals("forgotten"))
                    .forEach(Thread::interrupt);
        }
    }

    private PluginJar using(String name, String version, String range) throws Exception {
        return using(name, version, range, Map.of());
    }

    private PluginJar using(String name, String version, String range, Map<String, String> besides)
            throws Exception {
        Map<String, String> changes = new HashMap<>(besides);
        changes.put(
                "\"" + version + "\"",
                "Class.forName(\"tool.Tool\").getMethod(\"text\").invoke(null)");
        changes.put("@PluginName(\"plug\")", "@PluginName(\"" + name + "\")");
        PluginJar jar =
                PluginJar.of(
                        version,
                        changes,
                        Map.of(
                                "Import-Package",
                                "tool;version=\"" + range + "\",*",
                                "Stagedpipe-Plugin",
                                name,
                                "Bundle-SymbolicName",
                                "test." + name));
        PluginJar named = PluginJar.of(name, version, jar.bytes().toByteArray());
        overseer.has(named);
        return named;
    }

    private String answer(PluginJar jar) throws Exception {
        try (TestCoordinator group =
                TestCoordinator.opened(worker.endpoint(), jar.version(), "{\"suffix\":\"!\"}")) {
            group.items("{\"text\":\"a\"}");
            return group.finish().result(0);
        }
    }
}
