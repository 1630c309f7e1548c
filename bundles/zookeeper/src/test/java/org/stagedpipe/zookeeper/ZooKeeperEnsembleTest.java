package org.stagedpipe.zookeeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.stagedpipe.zookeeper.Overseer.until;

import org.apache.zookeeper.data.Stat;
import org.apache.zookeeper.server.ExitCode;
import org.apache.zookeeper.util.ServiceUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.Ensemble.Value;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/// Real servers, in this process.
class ZooKeeperEnsembleTest {

    @TempDir Path folder;

    @Test
    void oneLeadsAtOnceAndKeepsItsValues() throws Exception {
        long before;
        try (Overseer o1 = new Overseer("o1", folder, null)) {
            until("leads", o1::leads);
            before = o1.epoch;
            assertEquals(Value.ABSENT, o1.ensemble.read("catalogue"));
            assertTrue(o1.ensemble.write("catalogue", -1, "one"));
            assertFalse(o1.ensemble.write("catalogue", -1, "another"));
            assertTrue(o1.ensemble.write("catalogue", 0, "two"));
            assertFalse(o1.ensemble.write("catalogue", 0, "late"));
            assertEquals(new Value("two", 1), o1.ensemble.read("catalogue"));
            assertEquals(Set.of("o1"), o1.ensemble.members());
        }
        try (Overseer again = new Overseer("o1", folder, null)) {
            until("leads again", again::leads);
            assertTrue(again.epoch > before);
            assertEquals(new Value("two", 1), again.ensemble.read("catalogue"));
        }
    }

    @Test
    void aServerThatGivesUpSaysSoOnceItHasStarted() throws Exception {
        try (Overseer one = new Overseer("o1", folder.resolve("o1"), null)) {
            until("leads", one::leads);
            assertTrue(one.gaveUp.isEmpty());
            ServiceUtils.requestSystemExit(
                    ExitCode.UNEXPECTED_ERROR.getValue()); // as its threads do
            assertEquals(
                    List.of("the store's server: it gave up with code 1"), List.copyOf(one.gaveUp));
        }
    }

    @Test
    void anEpochBelongsToOneLeadersNode() throws Exception {
        try (Overseer o1 = new Overseer("o1", folder, null)) {
            until("leads", o1::leads);
            long before = o1.epoch;
            try (Session other =
                    Session.open(
                            o1.ensemble.address(),
                            Duration.ofSeconds(5),
                            null,
                            Duration.ofSeconds(20))) {
                Epoch epoch = new Epoch(other);
                long node = leaderNode(other);
                epoch.claim("o2 127.0.0.1:1", List.of()); // somebody has it
                assertEquals(node, leaderNode(other));
                o1.ensemble.confirm();
                assertEquals(Epoch.NONE, epoch.enter(node - 1));
                epoch.end(node - 1); // of a leader before: it is gone already
                assertEquals(node, leaderNode(other));

                epoch.end(node);
                until("leads anew", () -> o1.epoch > before && leaderNode(other) > node);
                o1.ensemble.confirm();
                assertEquals(before + 1, o1.epoch);
            }
        }
    }

    @Test
    void standsAgainAfterAnError() throws Exception {
        try (Overseer o1 = new Overseer("o1", folder, null)) {
            until("leads", o1::leads);
            long before = o1.epoch;
            o1.isShortOfMemory = true;
            try (Session other =
                    Session.open(
                            o1.ensemble.address(),
                            Duration.ofSeconds(5),
                            null,
                            Duration.ofSeconds(20))) {
                new Epoch(other).end(leaderNode(other));
            }
            until("leads anew", () -> o1.epoch > before);
            assertFalse(o1.isShortOfMemory);
        }
    }

    @Test
    void refusesTheWritesOfOneThatBelievesItLeadsWhileTheEpochIsAnothers() throws Exception {
        try (Overseer o1 = new Overseer("o1", folder, null)) {
            until("leads", o1::leads);
            assertTrue(o1.ensemble.write("catalogue", -1, "of o1"));
            raiseTheEpoch(o1);

            assertTrue(o1.leads()); // its node is there, nothing has told it
            assertFenced(() -> o1.ensemble.write("catalogue", 0, "late"));
            assertFenced(() -> o1.ensemble.write("audit", -1, "late"));
            assertFenced(o1.ensemble::confirm);
            assertEquals(new Value("of o1", 0), o1.ensemble.read("catalogue"));
            assertEquals(Value.ABSENT, o1.ensemble.read("audit"));
        }
    }

    private static void raiseTheEpoch(Overseer overseer) throws Exception {
        try (Session another =
                Session.open(
                        overseer.ensemble.address(),
                        Duration.ofSeconds(5),
                        null,
                        Duration.ofSeconds(20))) {
            byte[] next = Session.bytes(Long.toString(overseer.epoch + 1));
            another.client().setData().forPath(Paths.EPOCH, next);
        }
    }

    private static void assertFenced(Executable write) {
        assertEquals(
                "another overseer leads since",
                assertThrows(StoreException.class, write).getMessage());
    }

    private static long leaderNode(Session session) throws Exception {
        Stat stat = session.client().checkExists().forPath(Paths.LEADER);
        return stat == null ? 0 : stat.getCzxid();
    }

    @Test
    void oneThatIsForgottenIsNoMemberAndItsDiskIsNotTakenBack() throws Exception {
        Path lost = folder.resolve("o3");
        try (Overseer o1 = new Overseer("o1", folder.resolve("o1"), null);
                Overseer o2 = new Overseer("o2", folder.resolve("o2"), o1)) {
            until("leads", o1::isConfirmed);
            try (Overseer o3 = new Overseer("o3", lost, o1)) {
                until("is there", () -> o1.ensemble.cards().size() == 3);
                assertFalse(o1.ensemble.forget("o3"), "it lives");
                assertThrows(StoreException.class, () -> o3.ensemble.forget("o2"));
            }
            until("its session ends", () -> o1.ensemble.forget("o3"));
            assertEquals(Set.of("o1", "o2"), o1.ensemble.members());
            assertFalse(o1.ensemble.forget("o3"), "it is no member");

            StoreException refused =
                    assertThrows(StoreException.class, () -> new Overseer("o3", lost, null));
            assertTrue(refused.getMessage().contains("which was forgotten"), refused.getMessage());
            try (Overseer anew = new Overseer("o3", folder.resolve("anew"), o1)) {
                assertEquals(Set.of("o1", "o2", "o3"), anew.ensemble.members());
            }
        }
    }

    @Test
    void oneThatIsForgottenBeforeItStandsNeverShowsItself() throws Exception {
        Path folder3 = folder.resolve("o3");
        try (Overseer o1 = new Overseer("o1", folder.resolve("o1"), null);
                Overseer o2 = new Overseer("o2", folder.resolve("o2"), o1)) {
            until("leads", o1::isConfirmed);
            try (Overseer o3 = Overseer.joining("o3", folder3, o2)) {
                assertEquals(Set.of("o1", "o2", "o3"), o1.ensemble.members());
                assertTrue(o1.ensemble.forget("o3"));
                assertEquals(Set.of("o1", "o2"), o1.ensemble.members());
                o3.stand();
                until("gives up", () -> !o3.gaveUp.isEmpty());
                assertEquals(List.of(forgotten(folder3, 3, "o3")), List.copyOf(o3.gaveUp));
                assertEquals(2, o1.ensemble.cards().size());
            }
        }
    }

    @Test
    void oneThatIsForgottenAndGoesOnShowsItsCardNoMore() throws Exception {
        try (Overseer o1 = new Overseer("o1", folder, null);
                Session any = session(o1)) {
            until("leads", o1::leads);
            setRecord(any, "o1", "-1");
            any.client().delete().forPath(Paths.OVERSEERS + "/o1"); // as if its session had ended
            until("gives up", () -> !o1.gaveUp.isEmpty());
            assertEquals(List.of(forgotten(folder, 1, "o1")), List.copyOf(o1.gaveUp));
            assertEquals(List.of(), o1.ensemble.cards());
            until("does not lead", () -> !o1.leads());
        }
    }

    @Test
    void oneThatIsForgottenAndGoesOnDoesNotTakeTheLead() throws Exception {
        try (Overseer o1 = new Overseer("o1", folder, null);
                Session any = session(o1)) {
            until("leads", o1::leads);
            setRecord(any, "o1", "7"); // another disk of that name
            any.client().delete().forPath(Paths.LEADER);
            until("gives up", () -> !o1.gaveUp.isEmpty());
            assertTrue(o1.gaveUp.element().contains(" runs server 7 since "), o1.gaveUp::toString);
            assertEquals(0, leaderNode(any));
        }
    }

    @Test
    void whatDependsOnAPlaceFailsIfItIsLostMeanwhile() throws Exception {
        try (Overseer o1 = new Overseer("o1", folder, null);
                Session any = session(o1)) {
            Place.Now now = new Place.OfServer(any, "o1", 1, folder).now();
            assertNull(now.refusal());
            assertTrue(any.changed(now.unchanged()));
            setRecord(any, "o1", "-1");
            assertFalse(any.changed(now.unchanged()));
        }
    }

    @Test
    void forgettingThatWasCutShortIsDoneAgain() throws Exception {
        try (Overseer o1 = new Overseer("o1", folder.resolve("o1"), null);
                Overseer o2 = new Overseer("o2", folder.resolve("o2"), o1);
                Session any = session(o1)) {
            until("leads", o1::isConfirmed);
            new Overseer("o3", folder.resolve("o3"), o1).close();
            setRecord(any, "o3", "-3");
            assertEquals(Set.of("o1", "o2", "o3"), o1.ensemble.members());
            until("its session ends", () -> o1.ensemble.forget("o3"));
            until("o2 knows", () -> o2.ensemble.members().equals(Set.of("o1", "o2")));
        }
    }

    private static String forgotten(Path folder, int server, String name) {
        return folder
                + " is of server "
                + server
                + " of "
                + name
                + ", which was forgotten (expected: an empty folder, to join anew)";
    }

    private static void setRecord(Session session, String name, String id) throws Exception {
        session.client().setData().forPath(Servers.path(name), Session.bytes(id));
    }

    private static Session session(Overseer overseer) throws StoreException {
        Duration within = Duration.ofSeconds(20);
        return Session.open(overseer.ensemble.address(), Duration.ofSeconds(5), null, within);
    }

    @Test
    void overseersMayHaveIpv6Addresses() throws Exception {
        assumeTrue(NetworkInterface.getByInetAddress(InetAddress.getByName("::1")) != null);
        for (int start = 0; start < 2; start++) {
            try (Overseer o1 = Overseer.at("::1", "o1", folder.resolve("o1"), null)) {
                o1.stand();
                until("leads", o1::leads);
            }
        }
        try (Overseer o1 = Overseer.at("::1", "o1", folder.resolve("o1"), null);
                Overseer o2 = Overseer.at("::1", "o2", folder.resolve("o2"), o1)) {
            o1.stand();
            o2.stand();
            until("one leads", () -> o1.isConfirmed() || o2.isConfirmed());
            assertEquals(Set.of("o1", "o2"), o2.ensemble.members());
        }
    }

    @Test
    void threeGrownFromOneElectAnotherAndFenceTheOldOne() throws Exception {
        List<String> seen = new CopyOnWriteArrayList<>();
        try (Overseer o1 = new Overseer("o1", folder.resolve("o1"), null)) {
            until("leads", o1::leads);
            assertTrue(o1.ensemble.write("catalogue", -1, "alone"));
            try (Overseer o2 = new Overseer("o2", folder.resolve("o2"), o1);
                    Overseer o3 = new Overseer("o3", folder.resolve("o3"), o2)) {
                o3.ensemble.watch("catalogue", value -> seen.add(value.text()));
                until("o2 and o3 follow", () -> o2.leader.equals("o1") && o3.leader.equals("o1"));
                assertEquals(Set.of("o1", "o2", "o3"), o3.ensemble.members());
                until("o2's server knows o3's card", () -> o2.ensemble.cards().size() == 3);
                assertEquals("alone", o3.ensemble.read("catalogue").text());
                StoreException refused =
                        assertThrows(
                                StoreException.class,
                                () -> o2.ensemble.write("catalogue", 0, "of a follower"));
                assertTrue(refused.getMessage().contains("does not lead"), refused.getMessage());
                assertTrue(o1.ensemble.write("catalogue", 0, "three"));
                until("o3 is told", () -> seen.contains("three"));

                long epoch = o1.epoch;
                o1.close();
                until("another leads", () -> o2.isConfirmed() || o3.isConfirmed());
                Overseer next = o2.leads() ? o2 : o3;
                assertTrue(next.epoch > epoch);
                assertEquals("three", next.ensemble.read("catalogue").text());
                assertTrue(next.ensemble.write("catalogue", 1, "without o1"));
            }
        }
    }
}
