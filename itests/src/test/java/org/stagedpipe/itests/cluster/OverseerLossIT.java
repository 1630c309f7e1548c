package org.stagedpipe.itests.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.client.Counts;
import org.stagedpipe.client.Group;
import org.stagedpipe.client.StagedpipeClient;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.console.admin.PublishListener;
import org.stagedpipe.protocol.v1.DescribeRequest;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.OverseerInfo;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Three overseers, grown from one, of which the one that leads is killed, then the next one frozen, under a running group.
class OverseerLossIT {

    private static final String OPEN = "{\"label\":\"test\"}";
    private static final long GOAL_MS = 5_000;
    private static final int ITEMS = 4_000;

    @TempDir Path folder;

    private Cluster cluster;
    private final Map<String, NodeProcess> overseers = new LinkedHashMap<>();
    private final Map<String, String> addresses = new LinkedHashMap<>();

    @AfterEach
    void stop() {
        if (cluster != null) {
            cluster.close();
        }
        overseers.values().forEach(NodeProcess::close);
    }

    @Test
    void anotherOverseerLeadsAndNobodyNotices() throws Exception {
        cluster = Cluster.start(folder, 1);
        cluster.publish(Mode.INSTALL, ProbePlugin.build(folder, "probe", "1.0.0", "1"));
        overseers.put("o1", cluster.node("o1"));
        addresses.put("o1", cluster.overseer());
        grow("o2");
        grow("o3");
        try (Group group = client().group("probe").configuration(OPEN).ordered().open()) {
            Traffic traffic = new Traffic(group);
            Thread sender =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    traffic.send(
                                            0, ITEMS, number -> Traffic.item(number, 2, false));
                                } catch (InterruptedException e) {
                                    Thread.currentThread().interrupt();
                                }
                            });
            cluster.until("100 outcomes came", () -> traffic.received() >= 100);
            publish("1.1.0");
            assertEquals("o1", leader());
            cluster.until("all have both bundles", () -> holdersOfAll(2) == 3);

            overseers.get("o1").kill();
            assertServed("killed");
            String second = leader();
            assertEquals("1.1.0", current());
            publish("1.2.0"); // on the majority that is left

            overseers.get(second).freeze();
            try {
                // one of three is left: no majority, nobody leads, and the group goes on
                long before = traffic.received();
                cluster.until("outcomes come", () -> traffic.received() > before + 100);
                restart("o1"); // two of three again
                assertServed("restarted");
                assertFalse(second.equals(leader()), "the frozen one leads");
                publish("1.3.0");
            } finally {
                overseers.get(second).thaw();
            }
            cluster.until("the one that was frozen follows", () -> !leader(second).isEmpty());
            assertFalse(second.equals(leader(second)), "the one that was frozen leads again");
            assertEquals("1.3.0", current());
            assertEquals(List.of("1.3.0", "1.2.0", "1.1.0", "1.0.0"), versions());

            sender.join();
            TreeMap<Long, Outcome<byte[]>> outcomes = traffic.finish();
            assertEquals(Map.of("1.0.0", (long) ITEMS), Traffic.servedBy(outcomes));
            assertEquals(new Counts(ITEMS, ITEMS, 0, 0), group.counts());
            assertEquals(0, group.resumes());
        }
        loseDisk("o3");
    }

    /// An overseer whose disk is lost comes back with its name, and has everything.
    private void loseDisk(String name) throws Exception {
        overseers.get(name).kill();
        delete(folder.resolve(name));
        grow(name);
        cluster.until("all have all bundles", () -> holdersOfAll(4) == 3);
        try (AdminClient admin = admin()) {
            assertEquals(
                    3,
                    admin.nodes().stream()
                            .filter(node -> node.getRole().name().equals("OVERSEER"))
                            .map(NodeEntry::getName)
                            .distinct()
                            .count());
        }
    }

    private void grow(String name) throws Exception {
        NodeProcess node =
                NodeProcess.start(
                        name,
                        folder.resolve(name),
                        List.of("--role", "overseer", "--port", "0", "--overseer", all()));
        overseers.put(name, node);
        addresses.put(name, node.awaitReady());
    }

    private void restart(String name) throws Exception {
        Endpoint at = Endpoint.parse(addresses.get(name));
        NodeProcess node =
                NodeProcess.start(
                        name, folder.resolve(name), List.of("--role", "overseer", "--port", "0"));
        overseers.put(name, node);
        addresses.put(name, node.awaitReady());
        assertFalse(at.toString().isEmpty());
    }

    /// A new client opens a group, within the goal.
    private void assertServed(String what) throws Exception {
        long start = System.nanoTime();
        try (StagedpipeClient client = client();
                Group group = client.group("probe").configuration(OPEN).open()) {
            group.submit(Traffic.item(1).getBytes(java.nio.charset.StandardCharsets.UTF_8));
            group.finish();
            assertTrue(group.iterator().next() instanceof Outcome.Ok<byte[]>);
        }
        long ms = (System.nanoTime() - start) / 1_000_000;
        System.out.println("new client served " + ms + " ms after the leader was " + what);
        assertTrue(ms < GOAL_MS, "served after " + ms + " ms");
    }

    private String all() {
        return String.join(",", addresses.values());
    }

    private StagedpipeClient client() {
        return StagedpipeClient.connect(all());
    }

    private AdminClient admin() throws Exception {
        List<Endpoint> reversed =
                Stream.of(all().split(",", -1)).map(Endpoint::parse).toList().reversed();
        return AdminClient.connect(reversed, Security.loopbackOnly());
    }

    private void publish(String version) throws Exception {
        Path jar = ProbePlugin.build(folder, "probe", version, "1");
        try (AdminClient admin = admin()) {
            admin.publish(Mode.UPDATE, jar, null, PublishListener.none()).orElseThrow();
        }
    }

    private String current() throws Exception {
        try (AdminClient admin = admin()) {
            return admin.plugin("probe").getCurrent().getVersion();
        }
    }

    private List<String> versions() throws Exception {
        try (AdminClient admin = admin()) {
            return admin.plugin("probe").getVersionsList().stream()
                    .map(version -> version.getPlugin().getVersion())
                    .toList();
        }
    }

    private String leader() throws Exception {
        try (AdminClient admin = admin()) {
            return admin.overseer().getLeader();
        }
    }

    /// Who leads as one of them says; empty if it does not answer.
    private String leader(String asked) throws InterruptedException {
        try (Connection connection =
                Connection.to(Endpoint.parse(addresses.get(asked)), Security.loopbackOnly())) {
            OverseerInfo info =
                    connection.call(
                            Rpcs.DESCRIBE,
                            DescribeRequest.getDefaultInstance(),
                            Duration.ofSeconds(2));
            return info.getLeader();
        } catch (CallException e) {
            return "";
        }
    }

    /// How many overseers have that many bundles.
    private int holdersOfAll(int bundles) throws Exception {
        int holders = 0;
        for (String name : overseers.keySet()) {
            Path blobs = folder.resolve(name).resolve("blobs");
            if (Files.isDirectory(blobs)) {
                try (Stream<Path> files = Files.list(blobs)) {
                    holders += files.filter(Files::isRegularFile).count() == bundles ? 1 : 0;
                }
            }
        }
        return holders;
    }

    private static void delete(Path folder) throws Exception {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
