package org.stagedpipe.runtime.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.stagedpipe.runtime.Home;
import org.stagedpipe.runtime.node.ClusterOutput;
import org.stagedpipe.runtime.node.NodeLock;

import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Processes of one cluster on this machine, in a folder of their own, on free ports of the loopback interface.
///
/// Its folder has a folder for each node, `conf` for their configurations, made empty, and, in `cluster.json`, who was started. Safe for
/// use by many threads: a signal may stop it while it starts.
public final class LocalCluster {

    private static final Duration READY_WITHIN = Duration.ofSeconds(60);
    private static final Duration STOPPED_WITHIN = Duration.ofSeconds(35);
    private static final long LOOK_AGAIN_MS = 50;

    /// Of util-linux. The terminal's signals are not for processes that outlast the command; where this is not there, they get them.
    private static final Path OWN_SESSION = Path.of("/usr/bin/setsid");

    private static final String SAID = "stagedpipe: ";
    private static final int REASON_BYTES = 1 << 16; // of what it wrote last
    private static final String SILENT = "it wrote nothing";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Home home;
    private final Path folder;
    private final Map<String, String> environment;
    private final Stopping stopping;
    private final ClusterFile file;
    private final List<Member> members = new ArrayList<>();
    private boolean stopped;

    private LocalCluster(
            Home home,
            Path folder,
            Map<String, String> environment,
            Stopping stopping,
            List<Member> members) {
        this.home = home;
        this.folder = folder;
        this.environment = Map.copyOf(environment);
        this.stopping = stopping;
        this.file = new ClusterFile(folder);
        this.members.addAll(members);
    }

    /// The cluster that an earlier command started in that folder; without members if there is none.
    public static LocalCluster found(Home home, Path folder) throws IOException {
        return found(home, folder, new Stopping(STOPPED_WITHIN));
    }

    static LocalCluster found(Home home, Path folder, Stopping stopping) throws IOException {
        return new LocalCluster(
                home, folder, Map.of(), stopping, new ClusterFile(folder).members());
    }

    /// A cluster yet without members.
    ///
    /// @throws ClusterException if one runs in that folder, or a process that is not known uses that of a member
    public static LocalCluster begin(Home home, Path folder) throws IOException {
        return begin(home, folder, Map.of(), STOPPED_WITHIN);
    }

    /// The same.
    ///
    /// @param environment variables of its processes beside those of this one
    /// @param stoppedWithin who takes longer to stop is killed
    /// @throws ClusterException if one runs in that folder, or a process that is not known uses that of a member
    public static LocalCluster begin(
            Home home, Path folder, Map<String, String> environment, Duration stoppedWithin)
            throws IOException {
        LocalCluster before = found(home, folder);
        before.refuseRunning();
        before.refuse(before.unknown(before.members));
        Files.createDirectories(folder);
        return new LocalCluster(home, folder, environment, new Stopping(stoppedWithin), List.of());
    }

    /// To be asked before another one is started.
    ///
    /// @throws ClusterException if a process of this one runs
    void refuseRunning() throws ClusterException {
        int running = running(members()).size();
        if (running > 0) {
            throw new ClusterException(
                    "a cluster runs in "
                            + folder
                            + " with "
                            + running
                            + " processes (expected: none; stagedpipe cluster down stops it)");
        }
    }

    /// Who was started, in that order.
    public synchronized List<Member> members() {
        return List.copyOf(members);
    }

    /// Starts a node; [#awaitReady] waits for it. The configurations of the distribution are not for it: they may say which cluster it
    /// joins.
    ///
    /// @param overseers where it finds its overseers; empty for an overseer
    public Member start(String role, String name, String overseers) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                home.distribution().resolve("bin/stagedpipe").toString(),
                                "node",
                                "--role",
                                role,
                                "--name",
                                name,
                                "--port",
                                "0",
                                "--conf",
                                Files.createDirectories(folder.resolve("conf")).toString(),
                                "--data",
                                data(name).toString()));
        if (!overseers.isEmpty()) {
            command.addAll(List.of("--overseer", overseers));
        }
        Files.deleteIfExists(data(name).resolve("node.json"));
        ProcessBuilder node = new ProcessBuilder(command);
        node.environment().put(ClusterOutput.VARIABLE, "bounded");
        return start(role, name, node);
    }

    /// Starts a process that belongs to the cluster; what it writes goes to `<name>.out` in the cluster's folder.
    public synchronized Member start(String role, String name, ProcessBuilder builder)
            throws IOException {
        if (stopped) {
            throw new ClusterException("the cluster is stopping");
        }
        if (Files.isExecutable(OWN_SESSION)) {
            List<String> command = new ArrayList<>(builder.command());
            command.addFirst(OWN_SESSION.toString());
            builder.command(command);
        }
        builder.environment().putAll(environment);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        builder.redirectErrorStream(true).redirectOutput(out(name).toFile());
        ProcessHandle process = builder.start().toHandle();
        Member member = new Member(role, name, process.pid(), Member.started(process), Map.of());
        members.add(member);
        file.write(members);
        return member;
    }

    /// Waits until the node serves.
    ///
    /// @return the same with its addresses
    /// @throws ClusterException if it ended, or does not serve in time; with its reason
    public Member awaitReady(Member member) throws IOException, InterruptedException {
        Path ready = data(member.name()).resolve("node.json");
        long end = System.nanoTime() + READY_WITHIN.toNanos();
        while (!Files.exists(ready)) {
            if (member.process().isEmpty()) {
                throw new ClusterException(
                        member.name() + " did not start: " + reason(member.name()));
            }
            if (System.nanoTime() > end) {
                throw new ClusterException(
                        member.name()
                                + " does not serve after "
                                + READY_WITHIN.toSeconds()
                                + " s ("
                                + reason(member.name())
                                + "), see "
                                + out(member.name()));
            }
            Thread.sleep(LOOK_AGAIN_MS);
        }
        Map<String, String> addresses = new LinkedHashMap<>();
        JsonNode node = JSON.readTree(ready.toFile());
        node.path("addresses")
                .fields()
                .forEachRemaining(at -> addresses.put(at.getKey(), at.getValue().asText()));
        return replace(member, addresses);
    }

    /// Notes where a member serves.
    public synchronized Member replace(Member member, Map<String, String> addresses)
            throws IOException {
        Member known =
                new Member(member.role(), member.name(), member.pid(), member.started(), addresses);
        members.replaceAll(one -> one.equals(member) ? known : one);
        file.write(members);
        return known;
    }

    /// Kills a process at once, as a crash would.
    public synchronized void kill(Member member) throws IOException {
        member.process().ifPresent(ProcessHandle::destroyForcibly);
        members.remove(member);
        file.write(members);
    }

    /// Stops all processes: workers, then coordinators, then overseers, then the rest; kills whoever takes longer than this cluster
    /// gives them, each kind in its turn.
    ///
    /// @return how many were stopped
    /// @throws ClusterException if a process cannot be ended, or a folder is in use by one that is not known here; its member is kept
    public int stop() throws IOException, InterruptedException {
        List<Member> all;
        synchronized (this) {
            stopped = true;
            all = members();
        }
        List<Member> unknown = unknown(all);
        List<Member> running = new ArrayList<>(running(all));
        int count = running.size();
        List<Member> left = new ArrayList<>();
        for (String role : List.of("worker", "coordinator", "overseer", "")) {
            List<Member> next =
                    running.stream()
                            .filter(member -> role.isEmpty() || member.role().equals(role))
                            .toList();
            stopping.end(next);
            running.removeAll(next);
            left.addAll(running(next));
        }
        synchronized (this) {
            members.removeIf(member -> !unknown.contains(member) && !left.contains(member));
            file.write(members);
        }
        refuse(unknown);
        if (!left.isEmpty()) {
            Member first = left.getFirst();
            throw new ClusterException(
                    first.name()
                            + ", pid "
                            + first.pid()
                            + ", cannot be ended (expected: a process of this user)");
        }
        return count;
    }

    private static List<Member> running(List<Member> members) {
        return members.stream().filter(member -> member.process().isPresent()).toList();
    }

    /// Those whose folder is in use by a process that is not the one that was started.
    private List<Member> unknown(List<Member> all) throws IOException {
        List<Member> unknown = new ArrayList<>();
        for (Member member : all) {
            if (member.process().isEmpty() && NodeLock.isHeld(data(member.name()))) {
                unknown.add(member);
            }
        }
        return unknown;
    }

    private void refuse(List<Member> unknown) throws ClusterException {
        if (!unknown.isEmpty()) {
            Member first = unknown.getFirst();
            throw new ClusterException(
                    data(first.name())
                            + " is used by a process that is not the one started as pid "
                            + first.pid()
                            + " (expected: by none; end it and do this again)");
        }
    }

    /// Why a member ended, for a message: what it said last under the command's name, or what it wrote last at all. The JDK
    /// writes too, also when the process has said why it ends.
    public String reason(String name) throws IOException {
        if (!Files.exists(out(name))) {
            return SILENT;
        }
        String last = SILENT;
        for (String line : end(out(name)).lines().toList()) {
            boolean isSaid = line.startsWith(SAID);
            if (isSaid || (!line.isBlank() && !last.startsWith(SAID))) {
                last = line;
            }
        }
        return last.startsWith(SAID) ? last.substring(SAID.length()) : last;
    }

    private static String end(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            channel.position(Math.max(0, channel.size() - REASON_BYTES));
            byte[] bytes = Channels.newInputStream(channel).readNBytes(REASON_BYTES);
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    /// Where what the member writes goes; of what a node writes there its first mebibyte.
    public Path out(String name) {
        return folder.resolve(name + ".out");
    }

    /// The folder of a node.
    public Path data(String name) {
        return folder.resolve(name);
    }

    /// Whether an overseer of that name was here before and kept what overseers share; one that ended while it joined is none.
    boolean hasStore(String name) {
        Path store = data(name).resolve("store");
        return Files.exists(store.resolve("server.cfg")) && !Files.exists(store.resolve("joining"));
    }
}
