package org.stagedpipe.itests.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.client.Group;
import org.stagedpipe.client.StagedpipeClient;

import java.util.Map;
import java.util.TreeMap;

/// Opens groups of five items of the probe plugin one after the other until it is stopped.
final class NewGroups implements AutoCloseable {

    private static final long ITEMS = 5; // of a group

    private final Cluster cluster;
    private final Thread thread;
    private final Map<String, Long> served = new TreeMap<>();
    private volatile boolean stopping;
    private volatile @Nullable Throwable failure;

    NewGroups(Cluster cluster, String plugin) {
        this.cluster = cluster;
        this.thread = Thread.ofVirtual().name("new-groups").unstarted(() -> run(plugin));
    }

    /// Begins.
    NewGroups start() {
        thread.start();
        return this;
    }

    private void run(String plugin) {
        try {
            StagedpipeClient client = cluster.client();
            while (!stopping) {
                one(client, plugin)
                        .forEach((version, count) -> served.merge(version, count, Long::sum));
            }
        } catch (Throwable e) { // an AssertionError, too: the test that stops this must see it
            failure = e;
        }
    }

    private static Map<String, Long> one(StagedpipeClient client, String plugin) throws Exception {
        try (Group group = client.group(plugin).configuration("{\"label\":\"test\"}").open()) {
            Traffic traffic = new Traffic(group);
            traffic.send(0, ITEMS, Traffic::item);
            Map<String, Long> served = Traffic.servedBy(traffic.finish());
            assertEquals(ITEMS, served.values().stream().mapToLong(Long::longValue).sum());
            return served;
        }
    }

    /// Waits until a new group gets that version: the coordinator hears of the end of a rollout a moment after the store has it.
    static void awaitVersion(Cluster cluster, String plugin, String version) throws Exception {
        cluster.until(
                "a new group is served by " + version,
                () -> one(cluster.client(), plugin).equals(Map.of(version, ITEMS)));
    }

    void stop() throws Exception {
        stopping = true;
        thread.join();
        check();
    }

    /// That no group has failed.
    void check() {
        if (failure != null) {
            throw new AssertionError("a group failed", failure);
        }
    }

    /// How many items each version served, once it is stopped.
    Map<String, Long> served() {
        return served;
    }

    @Override
    public void close() throws InterruptedException {
        stopping = true;
        thread.join();
    }
}
