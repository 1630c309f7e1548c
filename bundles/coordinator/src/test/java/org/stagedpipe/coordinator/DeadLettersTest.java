package org.stagedpipe.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.protocol.v1.DeadLetter;
import org.stagedpipe.protocol.v1.DeadLetterGroup;
import org.stagedpipe.protocol.v1.DeadLetterPart;
import org.stagedpipe.protocol.v1.DropDeadLettersRequest;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.protocol.v1.LettersDropped;
import org.stagedpipe.protocol.v1.ListDeadLettersRequest;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.ReadDeadLettersRequest;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.Rpcs;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The items that failed in a group which asked for them to be kept, as operators get them.
final class DeadLettersTest {

    private static final Duration SOON = Duration.ofSeconds(10);

    @TempDir Path folder;

    @Test
    void keepsWhatFailedAndNothingElse() throws Exception {
        try (TestCluster cluster = new TestCluster(2, "data", folder.toString())) {
            TestGroup group =
                    cluster.group(open ->
                            open.setKeepFaulted(true)
                                    .setConfiguration(
                                            ByteString.copyFromUtf8("{\"p\":\"canary-7\"}")));
            group.send(0, 10);
            group.send(10, List.of(utf8("good"), TestWorker.FAIL, utf8("good"), TestWorker.FAIL));
            group.sendBig(20, ByteString.copyFrom(new byte[3 << 20]), 256 << 10);
            group.send(21, List.of(TestWorker.FAIL));
            group.finish();

            assertEquals(
                    Map.of(11L, TestWorker.FAIL, 13L, TestWorker.FAIL, 21L, TestWorker.FAIL),
                    read(cluster, group.id()));
            DeadLetterGroup kept = list(cluster).getFirst();
            assertEquals(TestCluster.ECHO, kept.getPlugin());
            assertEquals("test", kept.getClient());
            assertEquals(3, kept.getKept());
            assertEquals(0, kept.getDropped());
            assertNoFileHas("canary-7"); // configurations hold secrets
        }
    }

    @Test
    void saysWhichVersionRanEach() throws Exception {
        try (TestCluster cluster = new TestCluster(1, "data", folder.toString())) {
            TestGroup group = cluster.group(open -> open.setKeepFaulted(true).setFollowing(true));
            group.send(0, List.of(TestWorker.FAIL));
            group.awaitAnswers(1);
            FollowingTest.route(cluster, FollowingTest.NEWER, TestCluster.ECHO);
            Until.holds(() -> !group.moves().isEmpty(), () -> "it does not move");
            group.send(1, List.of(TestWorker.FAIL));
            group.finish();

            Map<Long, PluginVersion> versions = new TreeMap<>();
            for (DeadLetterPart part : parts(cluster, group.id())) {
                if (part.hasLetter()) {
                    DeadLetter letter = part.getLetter();
                    versions.put(letter.getFault().getSequence(), letter.getPlugin());
                }
            }
            assertEquals(Map.of(0L, TestCluster.ECHO, 1L, FollowingTest.NEWER), versions);
        }
    }

    @Test
    void keepsNothingOfAGroupThatDoesNotAsk() throws Exception {
        try (TestCluster cluster = new TestCluster(1, "data", folder.toString())) {
            TestGroup group = cluster.group();
            group.send(0, List.of(TestWorker.FAIL));
            group.finish();

            assertEquals(List.of(), list(cluster));
            assertFalse(Files.exists(folder.resolve("dead-letters")));
        }
    }

    @Test
    void keepsNoItemThatEndedWithItsGroup() throws Exception {
        try (TestCluster cluster = new TestCluster(1, "data", folder.toString())) {
            TestGroup group = cluster.group(open -> open.setKeepFaulted(true));
            group.send(0, List.of(TestWorker.FAIL));
            group.awaitAnswers(1);
            cluster.worker(0).answers = false;
            group.send(1, 5);
            group.cancel("enough");
            group.awaitClosed();

            assertEquals(Map.of(0L, TestWorker.FAIL), read(cluster, group.id()));
        }
    }

    @Test
    void keepsAPoisonousItemAndABigOneAndCountsWhatItHasNot() throws Exception {
        try (TestCluster cluster =
                new TestCluster(1, "data", folder.toString(), "maxItemBytes", 2 << 20)) {
            TestGroup group = cluster.group(open -> open.setKeepFaulted(true));
            ByteString big = ByteString.copyFrom(new byte[(3 << 19) + 7]);
            cluster.worker(0).answers = false;
            group.sendBig(0, big, 256 << 10);
            for (int death = 1; death <= 3; death++) {
                int deaths = death;
                Until.holds(
                        () -> cluster.workers().getLast().received.size() == 1,
                        () -> "not delivered, death " + deaths);
                TestWorker next = cluster.add("x" + death);
                next.answers = deaths == 3;
                cluster.overseer().list(next, true);
                cluster.publish();
                TestWorker lost = cluster.workers().get(death - 1);
                lost.refusal = new CallException(Kind.UNREACHABLE, "gone"); // it does not come back
                lost.die();
            }
            group.awaitAnswers(1);
            assertEquals(ItemFault.Kind.POISON, group.fault(0).getKind());
            group.sendBig(1, ByteString.copyFrom(new byte[3 << 20]), 256 << 10); // too large
            group.finish();

            assertEquals(Map.of(0L, big), read(cluster, group.id()));
            assertEquals(1, list(cluster).getFirst().getDropped());
        }
    }

    @Test
    void dropsThemWhenAnOperatorSaysSo() throws Exception {
        try (TestCluster cluster = new TestCluster(1, "data", folder.toString())) {
            TestGroup group = cluster.group(open -> open.setKeepFaulted(true));
            group.send(0, List.of(TestWorker.FAIL));
            group.finish();

            assertTrue(drop(cluster, group.id()));
            assertFalse(drop(cluster, group.id()));
            assertEquals(List.of(), list(cluster));
            assertEquals(Map.of(), read(cluster, group.id()));
            assertThrows(CallException.class, () -> drop(cluster, utf8("../../x")));
        }
    }

    @Test
    void reportsWhoDroppedThemUntilAnOverseerHasWrittenItDown() throws Exception {
        ByteString id;
        try (TestCluster cluster = new TestCluster(1, "data", folder.toString())) {
            TestGroup group = cluster.group(open -> open.setKeepFaulted(true));
            group.send(0, List.of(TestWorker.FAIL, TestWorker.FAIL));
            group.finish();
            assertTrue(drop(cluster, group.id()));
            cluster.overseer().awaitHeartbeat(beat -> beat.getDroppedCount() == 1);
            LettersDropped drop = cluster.overseer().heartbeats.getLast().getDropped(0);
            assertEquals(group.id(), drop.getGroup());
            assertEquals(2, drop.getItems());
            assertEquals("echo", drop.getPlugin());
            assertEquals("done", drop.getResult());
            assertTrue(drop.getFrom().startsWith("127.0.0.1:"), drop::toString);
            id = drop.getId();
        }
        try (TestCluster cluster = new TestCluster(1, "data", folder.toString())) {
            cluster.overseer()
                    .awaitHeartbeat(beat ->
                            beat.getDroppedCount() == 1 && beat.getDropped(0).getId().equals(id));
            cluster.overseer().recorded(List.of(id));
            cluster.overseer().awaitHeartbeat(beat -> beat.getDroppedCount() == 0);
            Path file = folder.resolve("dead-letters/dropped"); // is written after that
            Until.holds(() -> file.toFile().length() == 0, () -> file + " has it still");
        }
        try (TestCluster cluster = new TestCluster(1, "data", folder.toString())) {
            cluster.overseer().awaitHeartbeat(beat -> beat.getDroppedCount() == 0);
        }
    }

    private static List<DeadLetterGroup> list(TestCluster cluster) throws Exception {
        return cluster.client()
                .list(Rpcs.LIST_DEAD_LETTERS, ListDeadLettersRequest.getDefaultInstance(), SOON);
    }

    private static boolean drop(TestCluster cluster, ByteString group) throws Exception {
        return cluster.client()
                .call(
                        Rpcs.DROP_DEAD_LETTERS,
                        DropDeadLettersRequest.newBuilder().setGroup(group).build(),
                        SOON)
                .getDropped();
    }

    private static Map<Long, ByteString> read(TestCluster cluster, ByteString group)
            throws Exception {
        Map<Long, ByteString> all = new TreeMap<>();
        long sequence = -1;
        for (DeadLetterPart part : parts(cluster, group)) {
            if (part.hasLetter()) {
                sequence = part.getLetter().getFault().getSequence();
                all.put(sequence, ByteString.EMPTY);
            }
            all.merge(sequence, part.getData(), ByteString::concat);
        }
        return all;
    }

    private static List<DeadLetterPart> parts(TestCluster cluster, ByteString group)
            throws Exception {
        List<DeadLetterPart> all = new ArrayList<>();
        try (Exchange<ReadDeadLettersRequest, DeadLetterPart> exchange =
                cluster.client().exchange(Rpcs.READ_DEAD_LETTERS, SOON)) {
            exchange.send(ReadDeadLettersRequest.newBuilder().setGroup(group).build());
            exchange.complete();
            for (@Nullable DeadLetterPart part = exchange.next();
                    part != null;
                    part = exchange.next()) {
                all.add(part);
            }
        }
        return all;
    }

    private void assertNoFileHas(String text) throws Exception {
        try (var files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String all = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
                assertFalse(all.contains(text), file.toString());
            }
        }
    }

    private static ByteString utf8(String text) {
        return ByteString.copyFromUtf8(text);
    }
}
