package org.stagedpipe.itests.faults;

import org.stagedpipe.client.Group;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.transport.CallException;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/// An overseer that is frozen in the middle of an update, and wakes up when another one leads and has published: nobody obeys it.
final class StaleOverseer {

    static final Row ROW = Row.ofOverseers("overseer-stale", StaleOverseer::stale);

    private static final List<String> OVERSEERS = List.of("o1", "o2", "o3");
    private static final Duration WATCHED = Duration.ofSeconds(5);
    private static final int ENDS_WITHIN_S = 120;

    private StaleOverseer() {}

    private static void stale(Round round) throws Exception {
        FaultCluster cluster = round.cluster();
        String old = leader(round);
        UpdateSteps steps = cluster.steps().next(round.random());
        List<String> covered = cluster.steps().covered();
        Path stale = cluster.nextBundle();
        CountDownLatch frozen = new CountDownLatch(1);
        FutureTask<Boolean> publish =
                new FutureTask<>(() -> publishAndFreeze(cluster, old, stale, steps, frozen));
        Thread.ofVirtual().name("publish-stale").start(publish);
        if (!frozen.await(ENDS_WITHIN_S, TimeUnit.SECONDS)) {
            throw new AssertionError("the update does not come to " + steps);
        }
        steps.mustHit(round);
        String published;
        try {
            cluster.until(
                    "another overseer leads", () -> !List.of("", old).contains(leader(round)));
            OverseerRows.awaitRollouts(round); // it pushes on what the old one was pushing
            published = cluster.publish(Mode.UPDATE).getCurrent().getVersion();
            round.awaitProgress(100, 2);
        } finally {
            cluster.node(old).thaw();
        }
        watch(round, published);
        boolean acknowledged = publish.get(ENDS_WITHIN_S, TimeUnit.SECONDS);
        cluster.until(
                "the old one follows", () -> !List.of("", old).contains(leaderBy(cluster, old)));
        round.note(() ->
                old
                        + " was frozen at step "
                        + steps.hit()
                        + (acknowledged ? ", done" : "")
                        + "; steps of this turn: "
                        + covered);
        check(round, published, acknowledged ? OverseerRows.version(stale) : published);
        cluster.publish(Mode.UPDATE);
        round.serveOne("on the version after that");
        if (round.resumes() > 0) {
            round.wrong(
                    round.resumes() + " times a group had to find another way (expected: none)");
        }
    }

    /// Whether it was acknowledged in the end.
    private static boolean publishAndFreeze(
            FaultCluster cluster,
            String overseer,
            Path bundle,
            UpdateSteps steps,
            CountDownLatch frozen)
            throws Exception {
        try (AdminClient admin = cluster.admin(overseer)) {
            return admin.publish(
                            Mode.UPDATE,
                            bundle,
                            null,
                            progress -> {
                                if (steps.isNow(progress)) {
                                    freeze(cluster, overseer);
                                    frozen.countDown();
                                }
                            })
                    .isPresent();
        } catch (CallException e) {
            return false;
        }
    }

    private static void freeze(FaultCluster cluster, String overseer) {
        try {
            cluster.node(overseer).freeze();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// New groups get what the new one has published, whatever the old one does now.
    private static void watch(Round round, String published) throws Exception {
        long end = System.nanoTime() + WATCHED.toNanos();
        while (System.nanoTime() < end) {
            try (Group group = round.cluster().client().group(EchoItem.PLUGIN).open()) {
                if (!group.version().equals(published)) {
                    round.wrong(
                            "a group opens on "
                                    + group.version()
                                    + " (expected: "
                                    + published
                                    + ")");
                    return;
                }
            }
            Thread.sleep(20);
        }
    }

    /// Nothing that was acknowledged is lost, and the later of two updates counts.
    private static void check(Round round, String current, String known) throws Exception {
        try (AdminClient admin = round.cluster().admin()) {
            var plugin = admin.plugin(EchoItem.PLUGIN);
            List<String> versions =
                    plugin.getVersionsList().stream()
                            .map(version -> version.getPlugin().getVersion())
                            .toList();
            if (!plugin.getCurrent().getVersion().equals(current) || !versions.contains(known)) {
                round.wrong(
                        "the catalogue says "
                                + plugin.getCurrent().getVersion()
                                + " of "
                                + versions
                                + " (expected: "
                                + current
                                + ", and "
                                + known
                                + " among them)");
            }
        }
    }

    private static String leader(Round round) throws InterruptedException {
        for (String overseer : OVERSEERS) {
            String leader = leaderBy(round.cluster(), overseer);
            if (!leader.isEmpty()) {
                return leader;
            }
        }
        return "";
    }

    /// Who leads as that one says; empty if it does not answer.
    private static String leaderBy(FaultCluster cluster, String overseer)
            throws InterruptedException {
        try (AdminClient admin = cluster.admin(overseer)) {
            return admin.overseer().getLeader();
        } catch (CallException e) {
            return "";
        }
    }
}
