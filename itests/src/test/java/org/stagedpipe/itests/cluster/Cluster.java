package org.stagedpipe.itests.cluster;

import org.stagedpipe.client.StagedpipeClient;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.console.admin.PublishListener;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Security;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/// An overseer, a coordinator and workers, each a process of its own on loopback with a free port.
final class Cluster implements AutoCloseable {

    private static final Duration WAIT = Duration.ofSeconds(60);

    private final Path folder;
    private final Map<String, NodeProcess> nodes = new LinkedHashMap<>();
    private final int overseerPort = FreePorts.overseer();
    private String overseer = "";

    private Cluster(Path folder) {
        this.folder = folder;
    }

    /// Starts them and waits until all are members and ready.
    static Cluster start(Path folder, int workers) throws Exception {
        Cluster cluster = new Cluster(folder);
        try {
            cluster.startOverseer();
            cluster.startNode("coordinator", "c1");
            for (int i = 1; i <= workers; i++) {
                cluster.startNode("worker", "w" + i);
            }
            cluster.awaitReady(workers + 1);
            return cluster;
        } catch (Exception | AssertionError e) {
            cluster.close();
            throw e;
        }
    }

    /// Starts the overseer `o1` on its data, always on the same ports.
    void startOverseer() throws Exception {
        NodeProcess node =
                NodeProcess.start(
                        "o1",
                        folder.resolve("o1"),
                        List.of("--role", "overseer", "--port", Integer.toString(overseerPort)));
        nodes.put("o1", node);
        overseer = node.awaitReady();
    }

    /// An overseer with nobody else yet.
    static Cluster overseer(Path folder) throws Exception {
        Cluster cluster = new Cluster(folder);
        cluster.startOverseer();
        return cluster;
    }

    /// Starts a node and waits until it serves.
    NodeProcess startNode(String role, String name) throws IOException, InterruptedException {
        return startNode(role, name, NodeProcess.SMALL);
    }

    /// The same with options for its virtual machine.
    NodeProcess startNode(String role, String name, String javaOptions)
            throws IOException, InterruptedException {
        return startNode(role, name, javaOptions, List.of());
    }

    /// The same with more arguments.
    NodeProcess startNode(String role, String name, String javaOptions, List<String> more)
            throws IOException, InterruptedException {
        List<String> arguments =
                new ArrayList<>(List.of("--role", role, "--port", "0", "--overseer", overseer));
        arguments.addAll(more);
        NodeProcess node = NodeProcess.start(name, folder.resolve(name), arguments, javaOptions);
        nodes.put(name, node);
        node.awaitReady();
        return node;
    }

    /// Waits until that many coordinators and workers together are ready members.
    void awaitReady(int members) throws Exception {
        until(
                members + " members are ready",
                () -> {
                    try (AdminClient admin = admin()) {
                        return admin.nodes().stream()
                                        .filter(node -> !node.getName().equals("o1"))
                                        .filter(node -> node.getState().equals("ready"))
                                        .count()
                                == members;
                    }
                });
    }

    NodeProcess node(String name) {
        NodeProcess node = nodes.get(name);
        if (node == null) {
            throw new IllegalArgumentException("no node " + name + " in " + nodes.keySet());
        }
        return node;
    }

    /// SIGTERM to one that was started and has not ended, and waits for its end.
    void stopIfAlive(String name) throws InterruptedException {
        NodeProcess node = nodes.get(name);
        if (node != null && node.isAlive()) {
            node.stop();
        }
    }

    /// `host:port` of the overseer.
    String overseer() {
        return overseer;
    }

    AdminClient admin() throws Exception {
        return AdminClient.connect(List.of(Endpoint.parse(overseer)), Security.loopbackOnly());
    }

    StagedpipeClient client() {
        return StagedpipeClient.connect(overseer);
    }

    PluginEntry publish(Mode mode, Path jar) throws Exception {
        try (AdminClient admin = admin()) {
            return admin.publish(mode, jar, null, PublishListener.none()).orElseThrow();
        }
    }

    NodeEntry entry(String name) throws Exception {
        try (AdminClient admin = admin()) {
            return admin.nodes().stream()
                    .filter(node -> node.getName().equals(name))
                    .findFirst()
                    .orElseThrow(() ->
                            new CallException(
                                    CallException.Kind.NOT_FOUND,
                                    "the overseer does not know " + name));
        }
    }

    /// Waits until that holds, at most a minute; on failure the last events of every node are part of the message. Who is not
    /// reached, or no member, for a moment is waited for.
    void until(String what, Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + WAIT.toNanos();
        while (!holds(condition)) {
            if (System.nanoTime() > end) {
                throw new AssertionError(
                        "within " + WAIT.toSeconds() + " s not: " + what + events());
            }
            Thread.sleep(20);
        }
    }

    private static boolean holds(Callable<Boolean> condition) throws Exception {
        try {
            return condition.call();
        } catch (CallException e) {
            return false;
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

    /// Those in the data folders of all nodes, logs among them, that have that text; files come and go meanwhile.
    List<Path> filesWith(String text) throws IOException {
        List<Path> found = new ArrayList<>();
        for (String name : nodes.keySet()) {
            Files.walkFileTree(folder.resolve(name), new Finding(text, found));
        }
        return found;
    }

    private static final class Finding extends SimpleFileVisitor<Path> {

        private final String text;
        private final List<Path> found;

        private Finding(String text, List<Path> found) {
            this.text = text;
            this.found = found;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
            try {
                if (Files.readString(file, StandardCharsets.ISO_8859_1).contains(text)) {
                    found.add(file);
                }
                return FileVisitResult.CONTINUE;
            } catch (NoSuchFileException e) {
                return FileVisitResult.CONTINUE;
            }
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException gone) {
            return FileVisitResult.CONTINUE;
        }
    }

    @Override
    public void close() {
        List<NodeProcess> last = new ArrayList<>(nodes.values()).reversed();
        last.forEach(NodeProcess::close);
    }
}
