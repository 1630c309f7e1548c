package org.stagedpipe.benchmarks.dataplane;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.benchmarks.Folders;
import org.stagedpipe.client.Group;
import org.stagedpipe.client.StagedpipeClient;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.console.admin.PublishListener;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Security;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/// The cluster: an overseer, a coordinator and a worker of the distribution.
public final class ClusterSide implements Side {

    private static final Duration MEMBERS = Duration.ofSeconds(60);
    private static final int COORDINATOR = 1; // of the nodes, in the order of their start

    private final Path folder;
    private final List<Child> nodes = new ArrayList<>();
    private String overseer = "";

    private ClusterSide(Path folder) {
        this.folder = folder;
    }

    /// Starts the nodes and publishes the plugins.
    public static ClusterSide start() throws Exception {
        return start("");
    }

    /// The same with options for the coordinator's JVM.
    static ClusterSide start(String coordinatorOptions) throws Exception {
        ClusterSide side = new ClusterSide(Folders.create());
        try {
            side.overseer = side.node("overseer", "o1");
            side.node("coordinator", "c1", coordinatorOptions);
            side.node("worker", "w1");
            side.awaitMembers();
            side.publish();
            return side;
        } catch (Exception e) {
            side.close();
            throw e;
        }
    }

    /// One overseer with nobody else.
    public static ClusterSide overseer() throws Exception {
        ClusterSide side = new ClusterSide(Folders.create());
        try {
            side.overseer = side.node("overseer", "o1");
            return side;
        } catch (Exception e) {
            side.close();
            throw e;
        }
    }

    /// Where the overseer serves, `host:port`.
    public String address() {
        return overseer;
    }

    /// Memory that its nodes have, as the system counts it.
    public long residentBytes() throws IOException {
        long sum = 0;
        for (Child node : nodes) {
            sum += node.residentBytes();
        }
        return sum;
    }

    /// What is live in their heaps; each collects its garbage for that.
    public long liveBytes() throws IOException, InterruptedException {
        long sum = 0;
        for (Child node : nodes) {
            sum += node.liveBytes();
        }
        return sum;
    }

    /// The process.
    Child coordinator() {
        return nodes.get(COORDINATOR);
    }

    private String node(String role, String name) throws IOException, InterruptedException {
        return node(role, name, "");
    }

    private String node(String role, String name, String options)
            throws IOException, InterruptedException {
        List<String> arguments =
                new ArrayList<>(
                        List.of(
                                "--role",
                                role,
                                "--port",
                                "0",
                                "--data",
                                folder.resolve(name).toString()));
        if (!overseer.isEmpty()) {
            arguments.addAll(List.of("--overseer", overseer));
        }
        Child node = Child.node(name, script(), arguments, options);
        nodes.add(node);
        return node.address();
    }

    private static Path script() throws IOException {
        Path target = Path.of("..", "..", "runtime", "target").toAbsolutePath().normalize();
        try (Stream<Path> files = Files.list(target)) {
            return files.map(file -> file.resolve("bin/stagedpipe"))
                    .filter(Files::isExecutable)
                    .findFirst()
                    .orElseThrow(() -> new IOException("no distribution in " + target));
        }
    }

    private void awaitMembers() throws Exception {
        long end = System.nanoTime() + MEMBERS.toNanos();
        try (AdminClient admin = admin()) {
            while (admin.nodes().stream().filter(node -> node.getState().equals("ready")).count()
                    < nodes.size() - 1) {
                if (System.nanoTime() > end) {
                    throw new IllegalStateException("nodes: " + admin.nodes());
                }
                Thread.sleep(50);
            }
        }
    }

    private void publish() throws Exception {
        try (AdminClient admin = admin()) {
            for (String name : List.of("raw", "json", "fast", "steps")) {
                Path jar = PluginBundle.build(folder, name);
                admin.publish(Mode.INSTALL, jar, null, PublishListener.none());
            }
        }
    }

    /// What operators do; to be closed.
    public AdminClient admin() throws Exception {
        return AdminClient.connect(List.of(Endpoint.parse(overseer)), Security.loopbackOnly());
    }

    /// A client of it.
    public StagedpipeClient client() {
        return StagedpipeClient.connect(overseer);
    }

    /// Of its nodes, and for more; deleted with it.
    public Path folder() {
        return folder;
    }

    @Override
    public Line open(Payload payload) throws InterruptedException {
        return open(client(), payload);
    }

    /// The same of a client that others share; results are as long as items.
    Line open(StagedpipeClient client, Payload payload) throws InterruptedException {
        return new GroupLine(client.group(payload.plugin()).open(), payload);
    }

    /// Adds workers until there are so many.
    void workers(int count) throws Exception {
        for (int i = nodes.size() - 1; i <= count; i++) {
            node("worker", "w" + i);
        }
        awaitMembers();
    }

    @Override
    public Duration cpu() {
        return nodes.stream().map(Child::cpu).reduce(Duration.ZERO, Duration::plus);
    }

    @Override
    public void close() {
        nodes.reversed().forEach(Child::close);
        try {
            Folders.delete(folder);
        } catch (IOException e) {
            System.err.println("bench: " + folder + " stays: " + e);
        }
    }

    /// A group; each message is as many items as a frame of the relays has, submitted at once.
    private static final class GroupLine implements Line {

        private static final int AT_ONCE = 1_024;

        private final Group group;
        private final List<byte[]> items;
        private final List<Outcome<byte[]>> taken = new ArrayList<>();
        private int left; // of a message that is taken in part

        GroupLine(Group group, Payload payload) {
            this.group = group;
            this.items =
                    Collections.nCopies((int) Math.max(1, payload.itemsPerFrame()), payload.item());
        }

        @Override
        public double itemsPerMessage() {
            return items.size();
        }

        @Override
        public void send() throws InterruptedException {
            if (items.size() == 1) {
                group.submit(items.getFirst());
            } else {
                group.submitAll(items);
            }
        }

        @Override
        public int receive() throws InterruptedException {
            while (left < items.size()) {
                taken.clear();
                left += group.takeAll(taken, AT_ONCE);
                check();
            }
            int messages = left / items.size();
            left -= messages * items.size();
            return messages;
        }

        private void check() {
            for (Outcome<byte[]> outcome : taken) {
                if (!(outcome instanceof Outcome.Ok<byte[]>(long _, byte[] data))
                        || data.length != items.getFirst().length) {
                    throw wrong(outcome);
                }
            }
            if (taken.isEmpty()) {
                throw wrong(null);
            }
        }

        private static IllegalStateException wrong(@Nullable Outcome<byte[]> outcome) {
            return new IllegalStateException("outcome: " + outcome + " (expected: the item)");
        }

        @Override
        public void close() {
            group.close();
        }
    }
}
