package org.stagedpipe.itests.faults;

import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.itests.cluster.NodeProcess;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.protocol.v1.RolloutEntry;
import org.stagedpipe.transport.CallException;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Overseers that die, also in the middle of a change, and what they left on the disk.
final class OverseerRows {

    static final List<Row> ALL =
            List.of(
                    Row.of("overseer-killed", OverseerRows::killed),
                    Row.of("overseer-killed-in-update", OverseerRows::killedInUpdate),
                    Row.of("state-torn", OverseerRows::stateTorn),
                    Row.of("state-cut", OverseerRows::stateCut));

    static final Set<String> ENDS = Set.of("done", "rolled_back");
    private static final int DAMAGED_FROM = 40; // in the first entry of a log
    private static final int DAMAGED_BYTES = 16;

    private OverseerRows() {}

    /// Running groups do not notice; what was acknowledged is still there.
    private static void killed(Round round) throws Exception {
        String before = current(round);
        round.cluster().node("o1").kill();
        round.awaitProgress(200, 3);
        round.cluster().restart("o1");
        round.cluster().awaitMembers();
        String after = current(round);
        if (!after.equals(before)) {
            round.wrong("the catalogue says " + after + " (expected: " + before + ")");
        }
        round.serveOne("after the overseer's restart");
    }

    /// At one step of it, each round at another: the catalogue has the old version or the new one, which it is if that was acknowledged, and the next
    /// update passes.
    private static void killedInUpdate(Round round) throws Exception {
        String before = current(round);
        Path bundle = round.cluster().nextBundle();
        UpdateSteps steps = round.cluster().steps().next(round.random());
        List<String> covered = round.cluster().steps().covered();
        boolean acknowledged = publishAndKill(round, bundle, steps);
        round.awaitProgress(100, 2);
        round.cluster().restart("o1");
        round.cluster().awaitMembers();
        awaitRollouts(round); // it pushes on what it was pushing
        String after = current(round);
        String published = version(bundle);
        round.note(() ->
                "killed at step "
                        + steps.hit()
                        + (after.equals(before) ? " before the commit" : " after the commit")
                        + (acknowledged ? ", acknowledged" : "")
                        + "; steps of this turn: "
                        + covered);
        if (!after.equals(published) && (acknowledged || !after.equals(before))) {
            round.wrong(
                    "the catalogue says "
                            + after
                            + " (expected: "
                            + published
                            + (acknowledged ? "" : " or " + before)
                            + ")");
        }
        round.serveOne("on what the catalogue says after the kill");
        round.cluster().publish(Mode.UPDATE);
        round.serveOne("on the version after that");
    }

    static void awaitRollouts(Round round) throws Exception {
        round.cluster()
                .until(
                        "each rollout has ended",
                        () -> {
                            try (AdminClient admin = round.cluster().admin()) {
                                return admin.rollouts().stream()
                                        .map(RolloutEntry::getState)
                                        .allMatch(ENDS::contains);
                            }
                        });
    }

    /// Whether the update was acknowledged nevertheless.
    private static boolean publishAndKill(Round round, Path bundle, UpdateSteps steps)
            throws Exception {
        NodeProcess overseer = round.cluster().node("o1");
        boolean acknowledged = false;
        try (AdminClient admin = round.cluster().admin()) {
            acknowledged =
                    admin.publish(
                                    Mode.UPDATE,
                                    bundle,
                                    null,
                                    progress -> {
                                        if (steps.isNow(progress)) {
                                            kill(overseer);
                                        }
                                    })
                            .isPresent();
        } catch (CallException e) {
            // the overseer is killed under it, which is the point
        }
        steps.mustHit(round);
        overseer.kill();
        return acknowledged;
    }

    private static void kill(NodeProcess node) {
        try {
            node.kill();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// A damaged store is refused, never taken for an empty one.
    private static void stateTorn(Round round) throws Exception {
        String before = current(round);
        round.cluster().node("o1").kill();
        Map<Path, byte[]> whole = new TreeMap<>();
        try (Stream<Path> files =
                Files.list(round.cluster().data("o1").resolve("store/data/version-2"))) {
            for (Path log : files.filter(file -> file.toString().contains("log.")).toList()) {
                try (RandomAccessFile bytes = new RandomAccessFile(log.toFile(), "rw")) {
                    byte[] first = new byte[DAMAGED_BYTES];
                    bytes.seek(DAMAGED_FROM);
                    bytes.readFully(first);
                    whole.put(log, first);
                    bytes.seek(DAMAGED_FROM);
                    bytes.write(new byte[DAMAGED_BYTES]);
                }
            }
        }
        try {
            round.cluster().restart("o1");
            round.wrong("the overseer starts on a damaged store");
        } catch (AssertionError e) {
            if (!String.valueOf(e.getMessage()).contains("the store does not start")) {
                round.wrong("the refusal does not name the store: " + e.getMessage());
            }
        }
        for (Map.Entry<Path, byte[]> log : whole.entrySet()) {
            try (RandomAccessFile bytes = new RandomAccessFile(log.getKey().toFile(), "rw")) {
                bytes.seek(DAMAGED_FROM);
                bytes.write(log.getValue());
            }
        }
        round.awaitProgress(100, 2);
        round.cluster().restart("o1");
        round.cluster().awaitMembers();
        if (!current(round).equals(before)) {
            round.wrong("the catalogue says " + current(round) + " (expected: " + before + ")");
        }
        round.serveOne("on the store that is whole again");
    }

    /// A store whose last record is half there, as a process leaves it that ends while it writes: nobody was told that it was written.
    /// All before it counts.
    private static void stateCut(Round round) throws Exception {
        String published = round.cluster().publish(Mode.UPDATE).getCurrent().getVersion();
        round.cluster().node("o1").kill();
        Path log;
        try (Stream<Path> files =
                Files.list(round.cluster().data("o1").resolve("store/data/version-2"))) {
            log =
                    files.filter(file -> file.getFileName().toString().startsWith("log."))
                            .max(Comparator.comparingLong(OverseerRows::firstOf))
                            .orElseThrow();
        }
        long half = StoreLog.cutInAnother(log);
        round.note(() -> half + " bytes of a record that is not whole");
        round.cluster().restart("o1");
        round.cluster().awaitMembers();
        String current = current(round);
        if (!current.equals(published)) {
            round.wrong("the catalogue says " + current + " (expected: " + published + ")");
        }
        round.serveOne("on the store without its last record");
        round.cluster().publish(Mode.UPDATE);
        round.serveOne("on the version after that");
    }

    private static long firstOf(Path log) {
        return Long.parseLong(log.getFileName().toString().substring("log.".length()), 16);
    }

    /// The version that new groups get, as the overseer says.
    static String current(Round round) throws Exception {
        try (AdminClient admin = round.cluster().admin()) {
            PluginEntry entry = admin.plugin(EchoItem.PLUGIN);
            return entry.getCurrent().getVersion();
        }
    }

    /// Which a bundle has by its name.
    static String version(Path bundle) {
        return bundle.getFileName().toString().split("-", -1)[1];
    }
}
