package org.stagedpipe.benchmarks.controlplane;

import org.stagedpipe.benchmarks.Figure;
import org.stagedpipe.benchmarks.Folders;
import org.stagedpipe.benchmarks.Goal;
import org.stagedpipe.benchmarks.Report;
import org.stagedpipe.benchmarks.Suite;
import org.stagedpipe.benchmarks.dataplane.ClusterSide;
import org.stagedpipe.benchmarks.dataplane.PluginBundle;
import org.stagedpipe.benchmarks.karaf.Karaf;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.console.admin.PublishListener;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.PluginStatus.State;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.protocol.v1.Role;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// Updates and rollbacks one after the other under a constant load: what streams notice, one that stays on its version and one
/// that follows, how long a rollback takes, what is left in the worker. It fails if an item or a group fails, or a class loader is held.
public final class ControlPlaneSuite implements Suite {

    private static final String PLUGIN = "raw";
    private static final double ALLOWED_PAUSE_MS = 50;
    private static final double ALLOWED_ROLLBACK_S = 5;
    private static final double ALLOWED_METASPACE_MIB = 5;
    private static final String BESIDE_KARAF = ", beside Karaf's";
    private static final int WARM_UPS = 5;
    private static final Duration UNLOADED = Duration.ofSeconds(60);
    private static final double KIB_A_MIB = 1024;

    @Override
    public String name() {
        return "control-plane";
    }

    @Override
    public void run(Report report) throws Exception {
        if (!report.wants("update") && !report.wants("rollback")) {
            return;
        }
        Noticed ours;
        try (ClusterSide cluster = ClusterSide.start();
                AdminClient admin = cluster.admin()) {
            Path bundle = PluginBundle.build(cluster.folder(), PLUGIN);
            try (Load load = new Load(cluster.client(), PLUGIN)) {
                ours = new Rounds(report, bundle, cluster, admin, load).run();
            }
        }
        if (Karaf.isThere() && report.wants(BESIDE_KARAF)) {
            besideKaraf(report, ours);
        }
    }

    /// What the stream that follows noticed of the updates, as Karaf's does.
    ///
    /// @param usualMs p99 of an item without updates
    /// @param updateMs the same with them
    /// @param every from one update to the next, in the mean
    private record Noticed(double usualMs, double updateMs, Duration every) {}

    private static void besideKaraf(Report report, Noticed ours) throws Exception {
        report.progress("the same updates in Karaf, in place");
        Path folder = Folders.create();
        try (KarafUpdates karaf = KarafUpdates.start(folder)) {
            KarafUpdates.Pause pause =
                    karaf.measure(updates(report), WARM_UPS, usual(report), ours.every);
            figure(
                    report,
                    "p99 of an item without updates" + BESIDE_KARAF,
                    ours.usualMs,
                    pause.usualMs());
            figure(
                    report,
                    "update: p99 of an item" + BESIDE_KARAF,
                    ours.updateMs,
                    pause.updateMs());
        } finally {
            Folders.delete(folder);
        }
    }

    private static void figure(Report report, String name, double ours, double other) {
        if (report.wants(name)) {
            report.add(new Figure(name, "ms", ours, other, Goal.none()));
        }
    }

    private static int updates(Report report) {
        return report.isQuick() ? 25 : 500;
    }

    private static Duration usual(Report report) {
        return Duration.ofSeconds(report.isQuick() ? 10 : 60);
    }

    /// One run over one cluster.
    private record Rounds(
            Report report, Path bundle, ClusterSide cluster, AdminClient admin, Load load) {

        Noticed run() throws Exception {
            int updates = updates(report);
            int rollbacks = report.isQuick() ? 5 : 100;
            report.progress("warming up");
            for (int i = 1; i <= WARM_UPS; i++) {
                update("1.0." + i);
            }
            awaitUnloaded();
            double metaspace = metaspaceMib();
            report.progress("the usual latency");
            int stream = load.stream.count();
            int followed = load.followed.count();
            int groups = load.groups.count();
            Thread.sleep(usual(report));
            int streamAfter = load.stream.count();
            int followedAfter = load.followed.count();
            int groupsAfter = load.groups.count();
            double usualStream = load.stream.p99Ms(stream, streamAfter);
            double usualFollowed = load.followed.p99Ms(followed, followedAfter);
            double usualGroups = load.groups.p99Ms(groups, groupsAfter);
            report.progress(updates + " updates, " + rollbacks + " rollbacks");
            double slowest = 0;
            long from = System.nanoTime();
            for (int i = 1; i <= updates; i++) {
                update("1.1." + i);
                if (i % (updates / rollbacks) == 0) {
                    slowest = Math.max(slowest, rollBackAndOn("1.1." + (i - 1), "1.1." + i));
                }
            }
            load.check();
            Duration every = Duration.ofNanos((System.nanoTime() - from) / updates);
            double updatedStream = load.stream.p99Ms(streamAfter, load.stream.count());
            pause("update: p99 of an item", updatedStream, usualStream);
            double updatedFollowed = load.followed.p99Ms(followedAfter, load.followed.count());
            pause("update: p99 of a following group's item", updatedFollowed, usualFollowed);
            pause(
                    "update: p99 of a new group",
                    load.groups.p99Ms(groupsAfter, load.groups.count()),
                    usualGroups);
            add(
                    "rollback: until a new group has the old version",
                    "s",
                    slowest,
                    ALLOWED_ROLLBACK_S);
            awaitUnloaded();
            double growth = Math.max(0, metaspaceMib() - metaspace);
            add("update: growth of the worker's metaspace", "MiB", growth, ALLOWED_METASPACE_MIB);
            return new Noticed(usualFollowed, updatedFollowed, every);
        }

        private void update(String version) throws Exception {
            Path jar = PluginBundle.reversioned(bundle, version);
            admin.publish(Mode.UPDATE, jar, null, PublishListener.none());
            Files.delete(jar);
            load.awaitServed(version);
            load.awaitFollowed(version);
        }

        /// How long it takes to go back, in seconds; then forward again.
        private double rollBackAndOn(String before, String now) throws Exception {
            long from = System.nanoTime();
            admin.rollback(PLUGIN, before, null, PublishListener.none());
            load.awaitServed(before);
            double took = (System.nanoTime() - from) / 1e9;
            load.awaitFollowed(before);
            admin.rollback(PLUGIN, now, null, PublishListener.none());
            load.awaitServed(now);
            load.awaitFollowed(now);
            return took;
        }

        private void pause(String name, double ours, double usual) {
            report.progress(name + ": " + ours + " ms, usually " + usual + " ms");
            add(name + ", of usual + 50 ms", "ms", ours, usual + ALLOWED_PAUSE_MS);
        }

        private void add(String name, String unit, double ours, double bound) {
            if (report.wants(name)) {
                report.add(new Figure(name, unit, ours, bound, Goal.atMost(1)));
            }
        }

        /// Until all that left is collected; the version of the lasting group stays.
        private void awaitUnloaded() throws Exception {
            long end = System.nanoTime() + UNLOADED.toNanos();
            while (worker().getPluginsList().stream()
                    .anyMatch(status -> status.getState() == State.UNLOADING)) {
                if (System.nanoTime() > end) {
                    throw new IllegalStateException("not unloaded: " + worker().getPluginsList());
                }
                Thread.sleep(200);
            }
            if (worker().getLoad().getLeakedLoaders() > 0) {
                throw new IllegalStateException("leaked: " + worker());
            }
        }

        private NodeEntry worker() throws Exception {
            return admin.nodes().stream()
                    .filter(node -> node.getRole() == Role.WORKER)
                    .findFirst()
                    .orElseThrow();
        }

        /// What the worker's classes take, as the tools of the JDK say.
        private double metaspaceMib() throws Exception {
            Process jstat =
                    new ProcessBuilder(
                                    Path.of(System.getProperty("java.home"), "bin", "jstat")
                                            .toString(),
                                    "-gc",
                                    Long.toString(worker().getPid()))
                            .redirectErrorStream(true)
                            .start();
            String text = new String(jstat.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            jstat.waitFor();
            String[] lines = text.strip().split("\\R", -1);
            int column = List.of(lines[0].strip().split("\\s+", -1)).indexOf("MU");
            if (lines.length != 2 || column < 0) {
                throw new IOException("jstat said: " + text + " (expected: a column MU)");
            }
            return Double.parseDouble(lines[1].strip().split("\\s+", -1)[column]) / KIB_A_MIB;
        }
    }
}
