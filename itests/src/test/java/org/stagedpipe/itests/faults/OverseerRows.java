package org.stagedpipe.itests.faults;

import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.console.admin.PublishListener;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.transport.CallException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Overseers that die, also in the middle of a change, and what they left on the disk.
final class OverseerRows {

    static final List<Row> ALL =
            List.of(
                    Row.of("overseer-killed", OverseerRows::killed),
                    Row.of("overseer-killed-in-update", OverseerRows::killedInUpdate),
                    Row.of("state-torn", OverseerRows::stateTorn));

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

    /// At any step of it: the catalogue has the old version or the new one, and the next update passes.
    private static void killedInUpdate(Round round) throws Exception {
        String before = current(round);
        Path bundle = round.cluster().nextBundle();
        Thread update =
                Thread.ofVirtual().name("update").start(() -> publishUntilKilled(round, bundle));
        Thread.sleep(round.random().nextLong(1_500));
        round.cluster().node("o1").kill();
        update.join();
        round.awaitProgress(100, 2);
        round.cluster().restart("o1");
        round.cluster().awaitMembers();
        String after = current(round);
        String published = bundle.getFileName().toString().split("-", -1)[1];
        round.note(() ->
                after.equals(before) ? "killed before the commit" : "killed after the commit");
        if (!after.equals(before) && !after.equals(published)) {
            round.wrong(
                    "the catalogue says "
                            + after
                            + " (expected: "
                            + before
                            + " or "
                            + published
                            + ")");
        }
        round.serveOne("on what the catalogue says after the kill");
        round.cluster().publish(Mode.UPDATE);
        round.serveOne("on the version after that");
    }

    private static void publishUntilKilled(Round round, Path bundle) {
        try (AdminClient admin = round.cluster().admin()) {
            admin.publish(Mode.UPDATE, bundle, null, PublishListener.none());
        } catch (CallException e) {
            // the overseer is killed under it, which is the point
        } catch (Exception e) {
            round.wrong("the update: " + e);
        }
    }

    /// What a crash in the middle of a write leaves is not read; a damaged store is refused, never taken for an empty one.
    private static void stateTorn(Round round) throws Exception {
        String before = current(round);
        round.cluster().node("o1").kill();
        Path store = round.cluster().data("o1").resolve("catalogue.json");
        byte[] whole = Files.readAllBytes(store);
        Files.write(store, java.util.Arrays.copyOf(whole, whole.length / 2));
        try {
            round.cluster().restart("o1");
            round.wrong("the overseer starts on half of its store");
        } catch (AssertionError e) {
            if (!String.valueOf(e.getMessage()).contains("catalogue.json")) {
                round.wrong("the refusal does not name the file: " + e.getMessage());
            }
        }
        Files.write(store, whole);
        round.awaitProgress(100, 2);
        round.cluster().restart("o1");
        round.cluster().awaitMembers();
        if (!current(round).equals(before)) {
            round.wrong("the catalogue says " + current(round) + " (expected: " + before + ")");
        }
        round.serveOne("on the store that is whole again");
    }

    /// The version that new groups get, as the overseer says.
    static String current(Round round) throws Exception {
        try (AdminClient admin = round.cluster().admin()) {
            PluginEntry entry = admin.plugin(EchoItem.PLUGIN);
            return entry.getCurrent().getVersion();
        }
    }
}
