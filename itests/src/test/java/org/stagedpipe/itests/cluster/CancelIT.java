package org.stagedpipe.itests.cluster;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.client.Group;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.protocol.v1.GroupEntry;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// How soon a stage that runs is interrupted when nobody wants its item any more, in a cluster of real processes: within a second. The
/// better one of two tries counts, as other builds may use the machine.
class CancelIT {

    private static final long MOST_MS = 1_000;
    private static final int TRIES = 2;
    private static final int ITEM_BYTES = 1 << 20;
    private static final int FULL = 40; // items, more than a coordinator and a worker take

    @TempDir static Path folder;

    private static Cluster cluster;
    private static long endedMs; // when that which must be noticed was done, since 1970

    /// Ends a group on which an item runs.
    private interface End {
        void end(Path journal) throws Exception;
    }

    @BeforeAll
    static void start() throws Exception {
        cluster = Cluster.start(folder, 0);
        Path conf = Files.createDirectories(folder.resolve("conf"));
        Files.writeString(
                conf.resolve("worker.json"),
                """
                {"org.stagedpipe.worker": {"memoryPausePercent": 45, "memoryResumePercent": 40}}
                """);
        cluster.startNode("worker", "w1", NodeProcess.SMALL, List.of("--conf", conf.toString()));
        cluster.awaitReady(2);
        cluster.publish(Mode.INSTALL, ProbePlugin.build(folder, "probe", "1.0.0", "1"));
    }

    @AfterAll
    static void stop() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void aClientCancels() throws Exception {
        assertSoon(
                "its client cancelled",
                journal -> {
                    try (Group group = open(journal)) {
                        submit(group, "one");
                        await(journal, "one");
                        endedMs = System.currentTimeMillis();
                        group.cancel("enough");
                        awaitInterrupt(journal);
                    }
                });
    }

    /// The coordinator reads no further, so it does not read the cancel either.
    @Test
    void aClientCancelsThatHasSentMoreThanIsTaken() throws Exception {
        assertSoon(
                "its client cancelled, which was not read",
                journal -> {
                    try (Group group = open(journal)) {
                        submit(group, "one");
                        await(journal, "one");
                        Thread sender =
                                Thread.ofVirtual()
                                        .name("send")
                                        .start(() -> {
                                            try {
                                                for (int i = 0; i < FULL; i++) {
                                                    submit(group, "x".repeat(ITEM_BYTES));
                                                }
                                            } catch (InterruptedException | RuntimeException e) {
                                                // the group has ended
                                            }
                                        });
                        cluster.until("it has sent much", () -> held() > 15 * (long) ITEM_BYTES);
                        endedMs = System.currentTimeMillis();
                        group.cancel("enough");
                        awaitInterrupt(journal);
                        group.close();
                        sender.join();
                    }
                });
    }

    private static long held() throws Exception {
        return cluster.entry("c1").getLoad().getBytesInFlight();
    }

    @Test
    void aClientIsKilled() throws Exception {
        assertSoon(
                "its client was killed",
                journal -> {
                    Process client =
                            new ProcessBuilder(
                                            Path.of(System.getProperty("java.home"), "bin", "java")
                                                    .toString(),
                                            "-Xmx128m",
                                            "-XX:TieredStopAtLevel=1",
                                            "--enable-native-access=ALL-UNNAMED",
                                            "--sun-misc-unsafe-memory-access=allow",
                                            "-cp",
                                            System.getProperty("java.class.path"),
                                            WaitingClient.class.getName(),
                                            cluster.overseer(),
                                            configuration(journal))
                                    .redirectErrorStream(true)
                                    .redirectOutput(folder.resolve("client.log").toFile())
                                    .start();
                    try {
                        await(journal, WaitingClient.ITEM);
                        endedMs = System.currentTimeMillis();
                        client.destroyForcibly();
                        awaitInterrupt(journal);
                    } finally {
                        client.destroyForcibly();
                    }
                });
    }

    @Test
    void anOperatorCancels() throws Exception {
        assertSoon("an operator cancelled", journal -> operatorCancels(journal, "one"));
    }

    @Test
    void anOperatorCancelsWhileTheWorkerIsPaused() throws Exception {
        assertSoon(
                "an operator cancelled, the worker is paused",
                journal -> operatorCancels(journal, "heavy"));
    }

    private static void operatorCancels(Path journal, String item) throws Exception {
        try (Group group = open(journal)) {
            submit(group, item);
            await(journal, item);
            if (item.equals("heavy")) {
                cluster.until("w1 is paused", CancelIT::isPaused);
            }
            try (AdminClient admin = cluster.admin()) {
                ByteString id = id(admin);
                endedMs = System.currentTimeMillis();
                admin.cancel(id, "enough");
                awaitInterrupt(journal);
            }
        }
        cluster.until("w1 takes items again", () -> !isPaused());
    }

    private static boolean isPaused() throws Exception {
        return cluster.entry("w1").getLoad().getMemory().getPaused();
    }

    /// Of the only group.
    private static ByteString id(AdminClient admin) throws Exception {
        cluster.until("one group is listed", () -> admin.groups().size() == 1);
        GroupEntry only = admin.groups().getFirst();
        return only.getSummary().getGroup();
    }

    private void assertSoon(String what, End end) throws Exception {
        long ms = Long.MAX_VALUE;
        for (int tries = 0; tries < TRIES && ms > MOST_MS; tries++) {
            Path journal = Files.createTempDirectory(folder, "journal").resolve("journal");
            end.end(journal);
            ms = Math.min(ms, interruptedMs(journal) - endedMs);
        }
        String text = "a stage was interrupted %d ms after %s".formatted(ms, what);
        System.out.println(text);
        assertTrue(ms <= MOST_MS, () -> text + cluster.events());
    }

    private static Group open(Path journal) throws Exception {
        return cluster.client()
                .group("probe")
                .configuration(configuration(journal))
                .window(1_000, 100L << 20)
                .open();
    }

    private static String configuration(Path journal) {
        return "{\"label\":\"test\",\"journal\":\"" + journal + "\"}";
    }

    private static void submit(Group group, String text) throws InterruptedException {
        group.submit(
                ("{\"text\":\"" + text + "\",\"waitMs\":60000,\"fail\":false}")
                        .getBytes(StandardCharsets.UTF_8));
    }

    private static void await(Path journal, String item) throws Exception {
        cluster.until(
                "it runs",
                () ->
                        Files.exists(journal)
                                && Files.readString(journal).endsWith(" " + item + "\n"));
    }

    private static void awaitInterrupt(Path journal) throws Exception {
        cluster.until(
                "it is interrupted",
                () ->
                        Files.exists(interrupts(journal))
                                && Files.readString(interrupts(journal)).endsWith("\n"));
    }

    /// Of the first item.
    private static long interruptedMs(Path journal) throws IOException {
        return Long.parseLong(Files.readAllLines(interrupts(journal)).getFirst().split(" ", -1)[1]);
    }

    private static Path interrupts(Path journal) {
        return journal.resolveSibling("journal.interrupts");
    }
}
