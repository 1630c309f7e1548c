package org.stagedpipe.itests.faults;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.client.StagedpipeClient;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.console.admin.PublishListener;
import org.stagedpipe.itests.cluster.FreePorts;
import org.stagedpipe.itests.cluster.NodeProcess;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Security;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Collectors;

/// An overseer `o1`, or three, coordinators `c1` and `c2`, workers `w1` and `w2`, each a process; their peers reach them
/// directly, or with TLS, each through a [Proxy] of its own. What a round killed or froze, [#heal] brings back.
final class FaultCluster implements AutoCloseable {

    static final List<String> COORDINATORS = List.of("c1", "c2");
    static final List<String> WORKERS = List.of("w1", "w2");

    private static final Duration WAIT = Duration.ofSeconds(60);

    private final Path folder;
    private final @Nullable Network network;
    private Security client = Security.loopbackOnly();
    private Security operator = Security.loopbackOnly();
    private Map<String, String> environment = Map.of(); // of nodes that start from now on
    private final Map<String, NodeProcess> nodes = new LinkedHashMap<>();
    private final Map<String, Endpoint> overseers = new ConcurrentSkipListMap<>();
    private final UpdateSteps.Turns steps = new UpdateSteps.Turns();
    private int published;

    private FaultCluster(Path folder, @Nullable Network network) {
        this.folder = folder;
        this.network = network;
    }

    /// Starts the nodes, and publishes the first version of the plugin.
    static FaultCluster start(Path folder, Row.Kind kind) throws Exception {
        Network network = kind == Row.Kind.NETWORK ? new Network(folder) : null;
        FaultCluster cluster = new FaultCluster(folder, network);
        try {
            if (network != null) {
                cluster.client = network.security("client");
                cluster.operator = network.security("operator");
            }
            cluster.startOverseer("o1");
            if (kind == Row.Kind.OVERSEERS) {
                cluster.startOverseer("o2");
                cluster.startOverseer("o3");
            }
            for (String name : COORDINATORS) {
                cluster.start("coordinator", name);
            }
            for (String name : WORKERS) {
                cluster.start("worker", name);
            }
            cluster.awaitMembers();
            cluster.publish(Mode.INSTALL);
            return cluster;
        } catch (Exception | AssertionError e) {
            cluster.close();
            throw e;
        }
    }

    /// A client; in a network through the coordinators' proxies.
    StagedpipeClient client() {
        return StagedpipeClient.connect(overseer(), client);
    }

    /// `host:port` of the overseers.
    String overseer() {
        return overseers.values().stream().map(Endpoint::toString).collect(Collectors.joining(","));
    }

    NodeProcess node(String name) {
        NodeProcess node = nodes.get(name);
        if (node == null) {
            throw new IllegalArgumentException("no node " + name + " in " + nodes.keySet());
        }
        return node;
    }

    /// What stands before a node's port, or `<node>-overseer` between a node and the overseer.
    Proxy proxy(String name) {
        if (network == null) {
            throw new IllegalStateException("no proxy " + name + " in a cluster without a network");
        }
        return network.proxy(name);
    }

    /// The folder that a node keeps its data in, or a client.
    Path data(String name) throws IOException {
        return Files.createDirectories(folder.resolve(name));
    }

    /// Starts a node that was killed again, on its data; does not wait until it is a member.
    void restart(String name) throws Exception {
        if (overseers.containsKey(name)) {
            startOverseer(name);
        } else {
            start(COORDINATORS.contains(name) ? "coordinator" : "worker", name);
        }
    }

    /// Starts a worker that was killed with these settings beside its own, until it is restarted.
    void restartWorker(String name, String settings) throws Exception {
        Path conf = Files.createDirectories(folder.resolve("conf-of-" + name));
        Files.writeString(
                conf.resolve("worker.json"), "{\"org.stagedpipe.worker\": " + settings + "}");
        startMember("worker", name, List.of("--conf", conf.toString()));
    }

    /// Starts the workers that have ended anew, as who looks after them does.
    ///
    /// @return with what they ended
    List<Integer> revive() throws Exception {
        List<Integer> statuses = new ArrayList<>();
        for (String worker : WORKERS) {
            if (!node(worker).isAlive()) {
                statuses.add(node(worker).awaitExit());
                restart(worker);
            }
        }
        return statuses;
    }

    /// What the nodes that start from now on have in their environment.
    void environment(Map<String, String> variables) {
        environment = Map.copyOf(variables);
    }

    /// The names of all nodes, the overseer first.
    List<String> names() {
        return List.copyOf(nodes.keySet());
    }

    /// Waits until that many groups are open on a worker.
    void awaitGroupsOn(String worker, int count) throws Exception {
        until(
                count + " groups are open on " + worker,
                () -> {
                    try (AdminClient admin = admin()) {
                        return admin.groups().stream()
                                        .filter(group ->
                                                group.getSummary()
                                                        .getWorkersList()
                                                        .contains(worker))
                                        .count()
                                >= count;
                    }
                });
    }

    /// The steps of updates that faults came at.
    UpdateSteps.Turns steps() {
        return steps;
    }

    /// The next version of the plugin, on all workers when this returns.
    PluginEntry publish(Mode mode) throws Exception {
        return publish(mode, nextBundle());
    }

    /// The same with that bundle.
    PluginEntry publish(Mode mode, Path jar) throws Exception {
        try (AdminClient admin = admin()) {
            return admin.publish(mode, jar, null, PublishListener.none()).orElseThrow();
        }
    }

    /// A bundle of a version that was never published.
    Path nextBundle() throws Exception {
        return nextBundle("", Map.of());
    }

    /// The same with more in it, as [EchoItem#bundle] takes it.
    Path nextBundle(String start, Map<String, String> headers) throws Exception {
        return EchoItem.bundle(folder, "1." + published++ + ".0", start, headers);
    }

    AdminClient admin() throws CallException, InterruptedException {
        return AdminClient.connect(List.copyOf(overseers.values()), operator);
    }

    /// Of that overseer, whether it leads or not.
    AdminClient admin(String name) throws CallException, InterruptedException {
        return AdminClient.connect(List.of(Objects.requireNonNull(overseers.get(name))), operator);
    }

    /// Brings back what is dead or frozen, lets the network flow, and waits until all are ready members.
    void heal() throws Exception {
        if (network != null) {
            network.clear();
        }
        for (String name : List.copyOf(nodes.keySet())) {
            if (node(name).isAlive()) {
                node(name).thaw();
            } else {
                restart(name);
            }
        }
        awaitMembers();
    }

    /// Waits until every process that runs is a ready member, and knows it.
    void awaitMembers() throws Exception {
        until(
                "all are members",
                () -> {
                    try (AdminClient admin = admin()) {
                        List<NodeEntry> members = admin.nodes();
                        return nodes.values().stream()
                                .filter(node -> !overseers.containsKey(node.name()))
                                .allMatch(node ->
                                        members.stream()
                                                .anyMatch(member ->
                                                        member.getPid() == node.pid()
                                                                && member.getState()
                                                                        .equals("ready")));
                    } catch (CallException e) {
                        return false; // the overseer is on its way
                    }
                });
    }

    /// What the overseer knows of a node.
    NodeEntry entry(String name) throws Exception {
        try (AdminClient admin = admin()) {
            return admin.nodes().stream()
                    .filter(node -> node.getName().equals(name))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /// Whether a node is no ready member, as the overseer says.
    boolean isLost(String name) throws Exception {
        try (AdminClient admin = admin()) {
            return admin.nodes().stream()
                    .noneMatch(member ->
                            member.getName().equals(name) && member.getState().equals("ready"));
        }
    }

    /// Waits until that holds, at most a minute; on failure the last events of every node are part of the message, and what their
    /// threads do is in the folder.
    void until(String what, Callable<Boolean> holds) throws Exception {
        long end = System.nanoTime() + WAIT.toNanos();
        while (!holds.call()) {
            if (System.nanoTime() > end) {
                for (NodeProcess node : nodes.values()) {
                    node.dumpThreads(folder.resolve("threads-of-" + node.name()));
                }
                throw new AssertionError(
                        "within " + WAIT.toSeconds() + " s not: " + what + events());
            }
            Thread.sleep(20);
        }
    }

    /// What every node said last.
    String events() {
        StringBuilder text = new StringBuilder();
        nodes.forEach((name, node) ->
                text.append("\n=== ")
                        .append(name)
                        .append('\n')
                        .append(String.join("\n", node.printed()))
                        .append(node.log()));
        return text.toString();
    }

    @Override
    public void close() {
        List<NodeProcess> last = new ArrayList<>(nodes.values()).reversed();
        for (NodeProcess node : last) {
            try {
                if (node.isAlive()) {
                    node.thaw();
                }
                node.kill();
            } catch (IOException | InterruptedException e) {
                node.close();
            }
        }
        if (network != null) {
            network.close();
        }
    }

    /// The first one founds the cluster, the others join it; always on the same ports.
    private void startOverseer(String name) throws Exception {
        Endpoint before = overseers.get(name);
        int port = before == null ? FreePorts.overseer() : before.port();
        List<String> arguments =
                new ArrayList<>(List.of("--role", "overseer", "--port", Integer.toString(port)));
        if (overseers.size() > (before == null ? 0 : 1)) {
            arguments.addAll(List.of("--overseer", overseer()));
        }
        overseers.put(name, Endpoint.parse(start("overseer", name, arguments).awaitReady()));
    }

    private void start(String role, String name) throws Exception {
        startMember(role, name, List.of());
    }

    private void startMember(String role, String name, List<String> more) throws Exception {
        String above =
                network == null
                        ? overseer()
                        : network.overseerOf(name, Endpoint.parse(overseer()).port()).toString();
        int port = network == null ? 0 : network.portOf(name);
        List<String> arguments =
                new ArrayList<>(
                        List.of(
                                "--role",
                                role,
                                "--port",
                                Integer.toString(port),
                                "--overseer",
                                above));
        arguments.addAll(more);
        start(role, name, arguments).awaitReady();
    }

    private NodeProcess start(String role, String name, List<String> arguments) throws Exception {
        List<String> all = new ArrayList<>(arguments);
        Map<String, String> variables = new TreeMap<>(environment);
        String options = NodeProcess.SMALL;
        if (network != null) {
            all.addAll(network.arguments(role, name));
            options += network.javaOptions(name);
        }
        variables.put("STAGEDPIPE_JAVA_OPTS", options);
        NodeProcess node = NodeProcess.start(name, folder.resolve(name), all, variables);
        nodes.put(name, node);
        return node;
    }
}
