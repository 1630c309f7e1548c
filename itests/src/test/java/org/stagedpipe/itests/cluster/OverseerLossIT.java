package org.stagedpipe.itests.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.client.Counts;
import org.stagedpipe.client.Group;
import org.stagedpipe.console.admin.AdminClient;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// The overseer that leads is killed, then the next one frozen, under a running group; then one loses its disk.
///
/// How long a new client waits is printed here and judged by [OverseerRoundsIT].
class OverseerLossIT {

    private static final int PAUSE_MS = 5; // between two items
    private static final int PROGRESS = 50;

    @TempDir Path folder;
    private volatile boolean enough;
    private long sent;

    @Test
    void anotherOverseerLeadsAndNobodyNotices() throws Exception {
        try (ThreeOverseers three = ThreeOverseers.start(folder);
                Group group =
                        three.client()
                                .group("probe")
                                .configuration(ThreeOverseers.OPEN)
                                .ordered()
                                .open()) {
            Traffic traffic = new Traffic(group);
            Thread sender = Thread.ofVirtual().start(() -> send(traffic));
            String second;
            try {
                second = loseTwoLeaders(three, traffic);
            } finally {
                enough = true;
            }
            sender.join();
            TreeMap<Long, Outcome<byte[]>> outcomes = traffic.finish();
            assertEquals(Map.of("1.0.0", sent), Traffic.servedBy(outcomes));
            assertEquals(new Counts(sent, sent, 0, 0), group.counts());
            assertEquals(0, group.resumes());
            loseDisk(three, second);
        }
    }

    /// @return the second one, which was frozen
    private static String loseTwoLeaders(ThreeOverseers three, Traffic traffic) throws Exception {
        three.cluster.until("100 outcomes came", () -> traffic.received() >= 100);
        three.publish("1.1.0");
        three.cluster.until("all have both bundles", () -> three.holders(2) == 3);

        String first = three.leader();
        three.process(first).kill();
        awaitProgress(three, traffic);
        serve(three, "killed");
        three.cluster.until(
                "all that are left know who leads",
                () -> !List.of("", first).contains(three.leader()));
        String second = three.leader();
        three.cluster.until("it has what was published", () -> three.current().equals("1.1.0"));
        three.publish("1.2.0"); // on the majority that is left
        three.grow(first);

        three.process(second).freeze();
        try {
            awaitProgress(three, traffic);
            serve(three, "frozen");
            three.publish("1.3.0");
        } finally {
            three.process(second).thaw();
        }
        three.cluster.until(
                "the one that was frozen follows",
                () -> !List.of("", second).contains(three.leader(second)));
        assertEquals("1.3.0", three.current());
        awaitProgress(three, traffic);
        return second;
    }

    /// It comes back with its name, joins anew and has everything.
    private void loseDisk(ThreeOverseers three, String name) throws Exception {
        three.process(name).kill();
        try (Stream<Path> files = Files.walk(folder.resolve(name))) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
        three.grow(name);
        three.cluster.until("all have all bundles", () -> three.holders(4) == 3);
        try (AdminClient admin = three.admin()) {
            assertEquals(
                    List.of("1.3.0", "1.2.0", "1.1.0", "1.0.0"),
                    admin.plugin("probe").getVersionsList().stream()
                            .map(version -> version.getPlugin().getVersion())
                            .toList());
        }
    }

    /// Until the test has seen enough.
    private void send(Traffic traffic) {
        try {
            for (; !enough; sent++) {
                traffic.send(sent, sent + 1, number -> Traffic.item(number, 2, false));
                Thread.sleep(PAUSE_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// The group goes on.
    private static void awaitProgress(ThreeOverseers three, Traffic traffic) throws Exception {
        long goal = traffic.received() + PROGRESS;
        three.cluster.until(PROGRESS + " more outcomes", () -> traffic.received() >= goal);
    }

    private static void serve(ThreeOverseers three, String what) throws Exception {
        long ms = three.served();
        System.out.println("new client served " + ms + " ms after the leader was " + what);
    }
}
