package org.stagedpipe.itests.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.stagedpipe.api.Outcome;
import org.stagedpipe.client.ClientException;
import org.stagedpipe.client.Group;
import org.stagedpipe.client.StagedpipeClient;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.console.admin.PublishListener;
import org.stagedpipe.protocol.v1.DescribeRequest;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/// Three overseers, the second and the third grown from the first, with a coordinator, a worker and the probe plugin.
final class ThreeOverseers implements AutoCloseable {

    static final String OPEN = "{\"label\":\"test\"}";
    private static final Duration ASK_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration SERVED_WITHIN = Duration.ofSeconds(60);

    final Cluster cluster;
    private final Path folder;
    private final Map<String, NodeProcess> processes =
            Collections.synchronizedMap(new LinkedHashMap<>());
    private final Map<String, Integer> ports = new ConcurrentHashMap<>();
    private final Map<String, String> addresses =
            Collections.synchronizedMap(new LinkedHashMap<>());

    private ThreeOverseers(Cluster cluster, Path folder) {
        this.cluster = cluster;
        this.folder = folder;
    }

    static ThreeOverseers start(Path folder) throws Exception {
        Cluster cluster = Cluster.start(folder, 1);
        ThreeOverseers three = new ThreeOverseers(cluster, folder);
        try {
            cluster.publish(Mode.INSTALL, ProbePlugin.build(folder, "probe", "1.0.0", "1"));
            three.processes.put("o1", cluster.node("o1"));
            three.addresses.put("o1", cluster.overseer());
            three.ports.put("o1", Endpoint.parse(cluster.overseer()).port());
            three.grow("o2");
            three.grow("o3");
            return three;
        } catch (Exception | AssertionError e) {
            three.close();
            throw e;
        }
    }

    NodeProcess process(String name) {
        return Objects.requireNonNull(processes.get(name), name);
    }

    /// Starts one that joins the others, on an empty folder or its own from before, always on the same ports.
    void grow(String name) throws Exception {
        int port = ports.computeIfAbsent(name, fresh -> FreePorts.overseer());
        NodeProcess node =
                NodeProcess.start(
                        name,
                        folder.resolve(name),
                        List.of(
                                "--role",
                                "overseer",
                                "--port",
                                Integer.toString(port),
                                "--overseer",
                                all()));
        processes.put(name, node);
        addresses.put(name, node.awaitReady());
    }

    /// Opens a group as a new client does, and waits for an outcome; again if it is not served, for at most a minute.
    ///
    /// @return how long that took, ms
    long served() throws Exception {
        long start = System.nanoTime();
        while (true) {
            try {
                serve();
                return (System.nanoTime() - start) / 1_000_000;
            } catch (ClientException e) {
                if (System.nanoTime() - start > SERVED_WITHIN.toNanos()) {
                    throw new AssertionError("a new client is not served" + events(), e);
                }
            }
        }
    }

    private void serve() throws InterruptedException {
        try (Group group = client().group("probe").configuration(OPEN).open()) {
            group.submit(Traffic.item(1).getBytes(StandardCharsets.UTF_8));
            group.finish();
            if (!(group.iterator().next() instanceof Outcome.Ok<byte[]>)) {
                throw new AssertionError("a new client is not served" + events());
            }
        }
    }

    /// What every node said last, for a test that failed.
    String events() {
        StringBuilder text = new StringBuilder(cluster.events());
        processes.forEach((name, node) -> text.append("\n=== ").append(name).append(node.log()));
        return text.toString();
    }

    String all() {
        return String.join(",", List.copyOf(addresses.values()));
    }

    StagedpipeClient client() {
        return StagedpipeClient.connect(all());
    }

    /// Through whichever answers first, the newest asked first.
    AdminClient admin() throws Exception {
        List<Endpoint> newestFirst =
                Stream.of(all().split(",", -1)).map(Endpoint::parse).toList().reversed();
        return AdminClient.connect(newestFirst, Security.loopbackOnly());
    }

    void publish(String version) throws Exception {
        Path jar = ProbePlugin.build(folder, "probe", version, "1");
        try (AdminClient admin = admin()) {
            var published = admin.publish(Mode.UPDATE, jar, null, PublishListener.none());
            assertEquals(version, published.orElseThrow().getCurrent().getVersion());
        }
    }

    void rollback(String version) throws Exception {
        try (AdminClient admin = admin()) {
            var after = admin.rollback("probe", version, null, PublishListener.none());
            assertEquals(version, after.orElseThrow().getCurrent().getVersion());
        }
    }

    String current() throws Exception {
        try (AdminClient admin = admin()) {
            return admin.plugin("probe").getCurrent().getVersion();
        }
    }

    String leader() throws Exception {
        try (AdminClient admin = admin()) {
            return admin.overseer().getLeader();
        }
    }

    /// Who leads as one of them says; empty if it does not answer.
    String leader(String asked) throws InterruptedException {
        Endpoint endpoint = Endpoint.parse(Objects.requireNonNull(addresses.get(asked), asked));
        try (Connection connection = Connection.to(endpoint, Security.loopbackOnly())) {
            return connection
                    .call(Rpcs.DESCRIBE, DescribeRequest.getDefaultInstance(), ASK_TIMEOUT)
                    .getLeader();
        } catch (CallException e) {
            return "";
        }
    }

    /// Whether all of them say that the same one leads.
    boolean agree() throws InterruptedException {
        Set<String> leaders = new HashSet<>();
        for (String name : List.copyOf(addresses.keySet())) {
            leaders.add(leader(name));
        }
        return leaders.size() == 1 && !leaders.contains("");
    }

    /// How many overseers have that many bundles.
    int holders(int bundles) throws Exception {
        int holders = 0;
        for (String name : List.copyOf(processes.keySet())) {
            Path blobs = folder.resolve(name).resolve("blobs");
            if (Files.isDirectory(blobs)) {
                try (Stream<Path> files = Files.list(blobs)) {
                    holders += files.filter(Files::isRegularFile).count() == bundles ? 1 : 0;
                }
            }
        }
        return holders;
    }

    @Override
    public void close() {
        cluster.close();
        processes.values().forEach(NodeProcess::close);
    }
}
