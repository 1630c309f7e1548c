package org.stagedpipe.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.protocol.v1.Applied;
import org.stagedpipe.protocol.v1.PluginStatus.State;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/// Versions that are uninstalled, and what keeps their classes.
@Timeout(40)
class WorkerLeakTest extends OneWorker {

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

    @Test
    void aDumpThatAnEarlierProcessLeftIsDeleted() throws Exception {
        worker.close();
        Path dump = Files.createDirectories(data.resolve("dumps")).resolve("unload-1.hprof");
        Files.writeString(dump, "JAVA PROFILE");
        worker = worker();
        Eventually.holds("it is gone", () -> Files.notExists(dump), () -> overseer.heartbeat);
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
}
