package org.stagedpipe.runtime.demo;

import org.stagedpipe.client.Counts;
import org.stagedpipe.client.Group;
import org.stagedpipe.client.StagedpipeClient;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.console.admin.PublishListener;
import org.stagedpipe.protocol.v1.PluginStatus;
import org.stagedpipe.protocol.v1.PublishBegin;
import org.stagedpipe.runtime.Home;
import org.stagedpipe.runtime.cluster.LocalCluster;
import org.stagedpipe.runtime.cluster.Member;
import org.stagedpipe.runtime.cluster.Startup;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Security;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/// The story, from an empty cluster to the counts. Group A is opened on the old version and stays on it; in the middle of it
/// come the update, group B on the new version, and the end of a worker.
final class Demo {

    private static final String PLUGIN = "birdstrikes";
    private static final String OLD = "1.0.0";
    private static final String NEW = "1.1.0";
    private static final int LINES_PER_ITEM = 20;
    private static final Duration UNLOADED_WITHIN = Duration.ofSeconds(45);
    private static final long LOOK_AGAIN_MS = 50;

    private final Home home;
    private final LocalCluster cluster;
    private final DemoProgress progress;
    private final AtomicInteger itemsDone = new AtomicInteger();
    private final CountDownLatch updated = new CountDownLatch(1);
    private final CountDownLatch killed = new CountDownLatch(1);

    Demo(Home home, LocalCluster cluster, DemoProgress progress) {
        this.home = home;
        this.cluster = cluster;
        this.progress = progress;
    }

    /// Plays it.
    DemoReport run() throws IOException, CallException, InterruptedException {
        Path examples = home.distribution().resolve("examples");
        StrikeFile file = StrikeFile.read(examples.resolve("data/birdstrikes.csv.gz"));
        Member server = DemoDatabase.start(home, cluster);
        Member overseer = Startup.of(cluster, 1, 2).run(progress::note);
        try (DemoDatabase database = DemoDatabase.connect(cluster, server);
                AdminClient admin =
                        AdminClient.connect(
                                List.of(Endpoint.parse(overseer.address())),
                                Security.loopbackOnly())) {
            publish(admin, PublishBegin.Mode.INSTALL, OLD);
            StagedpipeClient client = StagedpipeClient.connect(overseer.address());
            int middle = file.lines().size() * 7 / 10 / LINES_PER_ITEM * LINES_PER_ITEM;

            List<byte[]> first = file.items(0, middle, LINES_PER_ITEM);
            GroupStream a = stream("A", client, database, first, file, gates(first, 50, 75));
            awaitDone(a, first.size() / 4);
            long updateNanos = System.nanoTime();
            publish(admin, PublishBegin.Mode.UPDATE, NEW);
            List<byte[]> rest = file.items(middle, file.lines().size(), LINES_PER_ITEM);
            GroupStream b = stream("B", client, database, rest, file, gates(rest, 0, 60));
            long updateMs = (b.firstOutcomeNanos() - updateNanos) / 1_000_000;
            progress.note(
                    String.format(
                            Locale.ROOT,
                            "first item served by %s, %,d ms after the update began",
                            NEW,
                            updateMs));
            updated.countDown();

            awaitDone(a, first.size() * 6 / 10);
            String victim = killOneWorker();
            killed.countDown();
            Counts countsA = a.await();
            Counts countsB = b.await();
            progress.end();
            return new DemoReport(
                    file,
                    List.of(
                            new DemoReport.GroupResult(a, countsA, OLD),
                            new DemoReport.GroupResult(b, countsB, NEW)),
                    database.facts(),
                    updateMs,
                    victim,
                    awaitUnloaded(admin));
        }
    }

    private void publish(AdminClient admin, PublishBegin.Mode mode, String version)
            throws IOException, CallException, InterruptedException {
        Path jar = home.distribution().resolve("examples/" + PLUGIN + "-" + version + ".jar");
        String verb = mode == PublishBegin.Mode.INSTALL ? "install " : "update to ";
        progress.note(verb + PLUGIN + " " + version);
        admin.publish(mode, jar, null, PublishListener.none());
        progress.note(PLUGIN + " " + version + " is ready on all workers");
    }

    private GroupStream stream(
            String name,
            StagedpipeClient client,
            DemoDatabase database,
            List<byte[]> items,
            StrikeFile file,
            List<Gate> gates)
            throws InterruptedException {
        Group group =
                client.group(PLUGIN)
                        .configuration(database.configuration())
                        .client("demo " + name)
                        .open();
        progress.note("group " + name + " is open on " + PLUGIN + " " + group.version());
        int total = file.lines().size();
        return new GroupStream(
                        name,
                        group,
                        items,
                        gates,
                        done ->
                                progress.rows(
                                        Math.min(
                                                total,
                                                (long) LINES_PER_ITEM
                                                        * itemsDone.incrementAndGet()),
                                        total))
                .start();
    }

    /// Neither group may end before what happens in the middle of it has happened.
    private List<Gate> gates(List<byte[]> items, int updatedPercent, int killedPercent) {
        Gate kill = new Gate(items.size() * killedPercent / 100, killed);
        return updatedPercent == 0
                ? List.of(kill)
                : List.of(new Gate(items.size() * updatedPercent / 100, updated), kill);
    }

    private static void awaitDone(GroupStream stream, int items) throws InterruptedException {
        while (stream.done() < items && !stream.isEnded()) {
            Thread.sleep(LOOK_AGAIN_MS);
        }
    }

    private String killOneWorker() throws IOException {
        Member victim =
                cluster.members().stream()
                        .filter(member -> member.role().equals("worker"))
                        .toList()
                        .getLast();
        cluster.kill(victim);
        progress.note("killed " + victim.name() + ", pid " + victim.pid() + ", with SIGKILL");
        return victim.name();
    }

    /// What became of the old version on the workers that are left.
    ///
    /// @return empty if its class loader was collected on all of them, otherwise what is so instead
    private String awaitUnloaded(AdminClient admin) throws CallException, InterruptedException {
        List<String> workers =
                cluster.members().stream()
                        .filter(member -> member.role().equals("worker"))
                        .map(Member::name)
                        .toList();
        long end = System.nanoTime() + UNLOADED_WITHIN.toNanos();
        while (true) {
            List<PluginStatus> old =
                    admin.nodes().stream()
                            .filter(node -> workers.contains(node.getName()))
                            .flatMap(node -> node.getPluginsList().stream())
                            .filter(status -> status.getPlugin().getVersion().equals(OLD))
                            .toList();
            boolean unloaded =
                    old.size() == workers.size()
                            && old.stream()
                                    .allMatch(status ->
                                            status.getState() == PluginStatus.State.UNLOADED);
            if (unloaded) {
                return "";
            }
            if (System.nanoTime() > end) {
                return old.isEmpty()
                        ? "no worker tells of it"
                        : old.getFirst().getState() + " " + old.getFirst().getText();
            }
            Thread.sleep(LOOK_AGAIN_MS);
        }
    }
}
