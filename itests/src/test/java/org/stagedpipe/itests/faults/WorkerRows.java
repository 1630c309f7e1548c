package org.stagedpipe.itests.faults;

import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.protocol.v1.Memory;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Workers that die and freeze.
final class WorkerRows {

    private static final long LEASE_MS = 3_000;
    private static final long USUAL_MS = 3_000;
    private static final long PAUSED_MS = 5_000;
    private static final long HANDS_BACK_MS = 1_000;
    private static final int SPOOLED_GROUPS = 4;

    static final List<Row> ALL =
            List.of(
                    Row.of("worker-killed", WorkerRows::killed),
                    Row.of("worker-killed-keyed", WorkerRows::killedKeyed),
                    Row.of("worker-killed-following", WorkerRows::killedFollowing),
                    Row.of("worker-killed-after-update", WorkerRows::killedAfterUpdate),
                    Row.of("worker-killed-spooled", WorkerRows::killedSpooled),
                    Row.ofNetwork("worker-killed-before-ack", WorkerRows::killedBeforeAck),
                    Row.of("worker-frozen-short", WorkerRows::frozenShort),
                    Row.of("worker-frozen-long", WorkerRows::frozenLong),
                    Row.of("worker-frozen-keyed", WorkerRows::frozenKeyed),
                    Row.of("worker-paused", WorkerRows::paused),
                    Row.of("workers-all-dead", WorkerRows::allDead));

    private WorkerRows() {}

    private static void killed(Round round) throws Exception {
        kill(round, round.oneOf(FaultCluster.WORKERS));
    }

    private static void kill(Round round, String worker) throws Exception {
        long killedMs = System.currentTimeMillis();
        round.cluster().node(worker).kill();
        round.awaitProgress(100, 2);
        round.mustRunAgain(Goal.KILLED_WORKER, killedMs);
    }

    /// The items of its keys run elsewhere in their order; when it is back, keys come back to it, in their order.
    private static void killedKeyed(Round round) throws Exception {
        Load keyed = round.startBeside(Load.Shape.KEYED);
        round.awaitAnswers(keyed, 300);
        String worker = round.oneOf(FaultCluster.WORKERS);
        long killedMs = System.currentTimeMillis();
        round.cluster().node(worker).kill();
        mustRunAgain(round, List.of(keyed), killedMs);
        round.awaitAnswers(keyed, 600);
        round.cluster().restart(worker);
        round.awaitAnswers(keyed, 600);
        round.note(() -> keyed.book().answered() + " items of 60 keys");
    }

    /// A keyed group moves to another version, the others stay; a worker dies meanwhile, and comes back.
    private static void killedFollowing(Round round) throws Exception {
        Load following = round.startBeside(Load.Shape.FOLLOWING);
        round.awaitAnswers(following, 300);
        round.cluster().publish(Mode.UPDATE);
        String worker = round.oneOf(FaultCluster.WORKERS);
        long killedMs = System.currentTimeMillis();
        round.cluster().node(worker).kill();
        List<Load> all = new ArrayList<>(round.loads());
        all.add(following);
        mustRunAgain(round, all, killedMs); // some of them may have had nothing there
        round.awaitAnswers(following, 300);
        round.cluster().restart(worker);
        round.cluster()
                .until(
                        "the group moves",
                        () -> following.hasEnded() || following.book().versions().size() > 1);
        round.awaitAnswers(following, 300);
        round.note(() -> following.book().answered() + " items on " + following.book().versions());
    }

    /// Groups stay on the version that they opened with, also where their items run again, and on the process that comes instead.
    private static void killedAfterUpdate(Round round) throws Exception {
        String before = OverseerRows.current(round);
        round.cluster().publish(Mode.UPDATE);
        String worker = round.oneOf(FaultCluster.WORKERS);
        kill(round, worker);
        round.cluster().restart(worker);
        round.cluster()
                .until(
                        worker + " runs items of the version from before the update again",
                        () -> hasRun(round.cluster(), worker, before));
    }

    /// Whether that process has brought items of that version to the end of a stage.
    private static boolean hasRun(FaultCluster cluster, String worker, String version)
            throws Exception {
        long pid = cluster.node(worker).pid();
        try (AdminClient admin = cluster.admin()) {
            return admin.nodes().stream()
                    .filter(node -> node.getPid() == pid)
                    .flatMap(node -> node.getPluginsList().stream())
                    .filter(plugin -> plugin.getPlugin().getVersion().equals(version))
                    .flatMap(plugin -> plugin.getLoad().getStagesList().stream())
                    .anyMatch(stage -> stage.getItems() > 0);
        }
    }

    /// The workers die one after the other while coordinators have items on their disks: these are read again for others.
    private static void killedSpooled(Round round) throws Exception {
        List<Load> spooled = new ArrayList<>();
        for (int i = 0; i < SPOOLED_GROUPS; i++) {
            spooled.add(round.startBeside(Load.Shape.SPOOLED));
        }
        for (Load load : spooled) {
            round.awaitAnswers(load, 1);
        }
        long killedMs = System.currentTimeMillis();
        for (String worker : FaultCluster.WORKERS) {
            round.cluster().until("items are on a disk", () -> areOnDisks(round.cluster()));
            round.cluster().node(worker).kill();
            for (Load load : spooled) {
                round.awaitAnswers(load, 1);
            }
            round.cluster().restart(worker);
            round.cluster().awaitMembers();
            round.cluster().awaitGroupsOn(worker, round.loads().size());
        }
        mustRunAgain(round, spooled, killedMs);
    }

    /// Whether a coordinator has items or results there: files that are deleted, and open.
    private static boolean areOnDisks(FaultCluster cluster) throws IOException {
        for (String coordinator : FaultCluster.COORDINATORS) {
            Path open = Path.of("/proc", Long.toString(cluster.node(coordinator).pid()), "fd");
            try (Stream<Path> files = Files.list(open)) {
                if (files.anyMatch(WorkerRows::isSpooled)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean isSpooled(Path file) {
        try {
            Path folder = Files.readSymbolicLink(file).getParent();
            return folder != null && folder.endsWith("spool");
        } catch (IOException e) {
            return false; // closed meanwhile
        }
    }

    /// Its results are made and do not come through; then it dies.
    private static void killedBeforeAck(Round round) throws Exception {
        String worker = round.oneOf(FaultCluster.WORKERS);
        round.cluster().awaitGroupsOn(worker, round.loads().size());
        Weather weather = round.cluster().proxy(worker).weather();
        int heldUp = weather.heldUp();
        weather.hold(Weather.Way.FROM_NODE);
        Thread.sleep(500); // all that it held is done by then: an item takes 100 ms
        round.mustHit("no result of " + worker + " was held up", () -> weather.heldUp() > heldUp);
        long killedMs = System.currentTimeMillis();
        round.cluster().node(worker).kill();
        round.cluster().proxy(worker).breakAll();
        round.cluster().proxy(worker).clear();
        round.awaitProgress(100, 2);
        round.mustRunAgain(Goal.KILLED_WORKER, killedMs);
    }

    private static void frozenShort(Round round) throws Exception {
        String worker = round.oneOf(FaultCluster.WORKERS);
        round.cluster().node(worker).freeze();
        Thread.sleep(500 + round.random().nextLong(LEASE_MS / 2));
        round.cluster().node(worker).thaw();
    }

    /// It wakes up with answers that nobody waits for any more.
    private static void frozenLong(Round round) throws Exception {
        String worker = round.oneOf(FaultCluster.WORKERS);
        round.cluster().node(worker).freeze();
        long frozenMs = System.currentTimeMillis();
        Thread.sleep(LEASE_MS + 4_000);
        round.mustRunElsewhere(Goal.SILENT_WORKER, frozenMs);
        round.cluster().node(worker).thaw();
        round.awaitProgress(200, 2);
    }

    /// The same under keyed load: what it has of its keys runs elsewhere in their order, and what it does with it once it is awake
    /// counts for nothing.
    private static void frozenKeyed(Round round) throws Exception {
        Load keyed = round.startBeside(Load.Shape.KEYED);
        round.awaitAnswers(keyed, 300);
        String worker = round.oneOf(FaultCluster.WORKERS);
        long frozenMs = System.currentTimeMillis();
        round.cluster().node(worker).freeze();
        mustRunAgain(round, List.of(keyed), frozenMs);
        Thread.sleep(LEASE_MS + 2_000);
        round.cluster().node(worker).thaw();
        round.awaitAnswers(keyed, 600);
        round.note(() -> keyed.book().answered() + " items of 60 keys");
    }

    /// One worker takes nothing, as its memory is short; groups that also have the other one keep their pace.
    private static void paused(Round round) throws Exception {
        String worker = round.oneOf(FaultCluster.WORKERS);
        long usualMs = System.currentTimeMillis();
        Thread.sleep(USUAL_MS);
        long killedMs = System.currentTimeMillis();
        round.cluster().node(worker).kill();
        round.cluster()
                .restartWorker(
                        worker,
                        "{\"memoryPausePercent\": 2, \"memoryResumePercent\": 1,"
                                + " \"handBackAfterMs\": "
                                + HANDS_BACK_MS
                                + "}");
        round.cluster().awaitMembers();
        round.cluster().until(worker + " is paused", () -> isPaused(round, worker));
        round.cluster().awaitGroupsOn(worker, round.loads().size());
        round.cluster()
                .until(
                        worker + " has handed back what came before its pause",
                        () -> hasHandedBack(round, worker));
        long pausedMs = System.currentTimeMillis();
        Thread.sleep(PAUSED_MS);
        boolean isPaused = isPaused(round, worker);
        round.mustHit(worker + " was not paused all the time", () -> isPaused);
        round.mustKeepPace(new Pace.Times(usualMs, killedMs, pausedMs, System.currentTimeMillis()));
        round.cluster().node(worker).kill();
        round.cluster().restart(worker);
    }

    /// Twice the time after which it does: what lies unread on its streams goes back behind what it has.
    private static boolean hasHandedBack(Round round, String worker) throws Exception {
        NodeEntry entry = round.cluster().entry(worker);
        Memory memory = entry.getLoad().getMemory();
        return memory.getPaused()
                && System.currentTimeMillis() - memory.getSinceMs() > 2 * HANDS_BACK_MS
                && entry.getLoad().getItemsInFlight() == 0;
    }

    private static boolean isPaused(Round round, String worker) throws Exception {
        return round.cluster().entry(worker).getLoad().getMemory().getPaused();
    }

    private static void allDead(Round round) throws Exception {
        long killedMs = System.currentTimeMillis();
        for (String worker : FaultCluster.WORKERS) {
            round.cluster().node(worker).kill();
        }
        Thread.sleep(round.random().nextLong(1_000));
        for (String worker : FaultCluster.WORKERS) {
            round.cluster().restart(worker);
        }
        mustRunAgain(round, round.loads(), killedMs);
    }

    /// Items of one of them that a worker had at that moment; how soon does not count here.
    private static void mustRunAgain(Round round, List<Load> loads, long faultMs) {
        round.mustHit(
                "no item ran again of " + loads.stream().map(load -> load.shape().name()).toList(),
                () -> loads.stream().anyMatch(load -> ranAgain(load, faultMs)));
    }

    private static boolean ranAgain(Load load, long faultMs) {
        return !Latency.redelivered(load.book().arrivals(), faultMs).isEmpty();
    }
}
