package org.stagedpipe.itests.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.client.Counts;
import org.stagedpipe.client.Group;
import org.stagedpipe.client.StagedpipeClient;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.console.admin.PublishListener;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Security;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What overseers share without a majority, and kept by a ZooKeeper that others run; see the README of `itests`.
@EnabledIfSystemProperty(named = "overseers", matches = "all")
class OverseerStoreIT {

    private static final int MOST_ITEMS = 100_000;

    @TempDir Path folder;

    @Test
    void withoutAMajorityChangesAreRefusedAndRunningGroupsGoOn() throws Exception {
        try (ThreeOverseers three = ThreeOverseers.start(folder);
                Group group =
                        three.client().group("probe").configuration(ThreeOverseers.OPEN).open()) {
            StagedpipeClient known = three.client();
            serve(known);
            Traffic traffic = new Traffic(group);
            Thread sender = Thread.ofVirtual().start(() -> send(traffic));
            three.process("o2").kill();
            three.process("o3").kill();
            three.cluster.until("o1 leads no more", () -> three.leader("o1").isEmpty());

            CallException refused = assertThrows(CallException.class, () -> three.publish("1.1.0"));
            assertTrue(
                    refused.getMessage().contains("no overseer leads at present, said o1"),
                    refused.getMessage());
            long before = traffic.received();
            three.cluster.until("the group goes on", () -> traffic.received() > before + 200);
            serve(known); // by the coordinator that it knows

            three.grow("o2");
            three.cluster.until("both say who leads", () -> isAgreed(three));
            assertEquals("1.0.0", three.current());
            three.publish("1.1.0");
            assertEquals("1.1.0", three.current());
            sender.interrupt();
            sender.join();
            long sent = group.counts().accepted();
            TreeMap<Long, Outcome<byte[]>> outcomes = traffic.finish();
            assertEquals(Map.of("1.0.0", sent), Traffic.servedBy(outcomes));
            assertEquals(new Counts(sent, sent, 0, 0), group.counts());
        }
    }

    private static boolean isAgreed(ThreeOverseers three) throws InterruptedException {
        String leader = three.leader("o1");
        return !leader.isEmpty() && leader.equals(three.leader("o2"));
    }

    @Test
    void twoShareAZooKeeperThatOthersRun() throws Exception {
        int port = FreePorts.adjacent(1);
        Process zooKeeper = zooKeeper(port);
        List<NodeProcess> overseers = new ArrayList<>();
        try {
            Path conf = conf("{\"store\": \"127.0.0.1:" + port + "\"}");
            String first = start("o1", conf, overseers);
            publish(first, Mode.INSTALL, "1.0.0");
            String second = start("o2", conf, overseers);
            publish(first, Mode.UPDATE, "1.1.0");
            overseers.getFirst().kill();
            assertEquals("1.1.0", await(second, "o2"));
            start("o1", conf, overseers);
            publish(second, Mode.UPDATE, "1.2.0"); // on both
            assertFalse(Files.exists(folder.resolve("o1/store/server.cfg")), "a server of its own");
        } finally {
            overseers.forEach(NodeProcess::close);
            zooKeeper.destroyForcibly().waitFor();
        }
    }

    private String start(String name, Path conf, List<NodeProcess> all) throws Exception {
        NodeProcess node =
                NodeProcess.start(
                        name,
                        folder.resolve(name),
                        List.of(
                                "--role",
                                "overseer",
                                "--conf",
                                conf.toString(),
                                "--port",
                                Integer.toString(FreePorts.overseer())));
        all.add(node);
        return node.awaitReady();
    }

    private void publish(String overseer, Mode mode, String version) throws Exception {
        Path jar = ProbePlugin.build(folder, "probe", version, "1");
        try (AdminClient admin = admin(overseer)) {
            var published = admin.publish(mode, jar, null, PublishListener.none());
            assertEquals(version, published.orElseThrow().getCurrent().getVersion());
        }
    }

    private static AdminClient admin(String overseer) throws Exception {
        return AdminClient.connect(List.of(Endpoint.parse(overseer)), Security.loopbackOnly());
    }

    /// What new groups get, once that one leads.
    private static String await(String overseer, String leader) throws Exception {
        long end = System.nanoTime() + 60_000_000_000L;
        while (true) {
            try (AdminClient admin = admin(overseer)) {
                if (admin.overseer().getLeader().equals(leader)) {
                    return admin.plugin("probe").getCurrent().getVersion();
                }
            } catch (CallException e) {
                if (System.nanoTime() > end) {
                    throw e;
                }
            }
            assertTrue(System.nanoTime() < end, leader + " does not lead");
            Thread.sleep(20);
        }
    }

    /// A ZooKeeper as its users run it, from the jar that has it.
    private Process zooKeeper(int port) throws Exception {
        Path lib = Distribution.home().resolve("lib");
        List<String> jars = new ArrayList<>();
        try (var files = Files.list(lib)) {
            files.map(Path::toString)
                    .filter(name -> name.matches(".*/(org\\.stagedpipe\\.zookeeper|slf4j).*"))
                    .forEach(jars::add);
        }
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dzookeeper.admin.enableServer=false",
                        "-cp",
                        String.join(":", jars),
                        "org.apache.zookeeper.server.ZooKeeperServerMain",
                        Integer.toString(port),
                        folder.resolve("zookeeper").toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("zookeeper.log").toFile())
                .start();
    }

    private Path conf(String overseer) throws Exception {
        Path conf = Files.createDirectories(folder.resolve("conf"));
        Files.writeString(
                conf.resolve("overseer.json"), "{\"org.stagedpipe.overseer\": " + overseer + "}");
        return conf;
    }

    private static void serve(StagedpipeClient client) throws InterruptedException {
        try (Group group = client.group("probe").configuration(ThreeOverseers.OPEN).open()) {
            group.submit(Traffic.item(1).getBytes(java.nio.charset.StandardCharsets.UTF_8));
            group.finish();
            assertTrue(group.iterator().next() instanceof Outcome.Ok<byte[]>);
        }
    }

    private static void send(Traffic traffic) {
        try {
            traffic.send(0, MOST_ITEMS, number -> Traffic.item(number, 2, false));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
