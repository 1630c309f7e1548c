package org.stagedpipe.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.protocol.v1.DescribeRequest;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// The connections that groups share.
@Timeout(20)
class ConnectionsTest {

    private static final Endpoint ONE = new Endpoint("127.0.0.1", 1);
    private static final Endpoint OTHER = new Endpoint("127.0.0.1", 2);
    private static final int LOSSES = 10; // in the middle of an open, before it, and behind it

    private final Connections connections = new Connections(Security.loopbackOnly(), 2);

    @Test
    void aGroupSharesTheConnectionWithTheFewestOnceThereAreAllThatMayBe() {
        try (Connections.Use a = connections.to(ONE);
                Connections.Use b = connections.to(ONE);
                Connections.Use c = connections.to(ONE);
                Connections.Use d = connections.to(ONE)) {
            assertNotSame(a.connection(), b.connection());
            assertSame(a.connection(), c.connection());
            assertSame(b.connection(), d.connection());
            b.close();
            b.close();
            try (Connections.Use e = connections.to(ONE);
                    Connections.Use f = connections.to(ONE)) {
                assertSame(d.connection(), e.connection());
                assertSame(a.connection(), f.connection());
            }
        }
    }

    @Test
    void eachCoordinatorHasItsOwn() {
        try (Connections.Use a = connections.to(ONE);
                Connections.Use b = connections.to(OTHER)) {
            assertEquals(ONE, a.connection().peer());
            assertEquals(OTHER, b.connection().peer());
        }
    }

    @Test
    void oneThatIsRetiredIsLeftToThoseThatHaveIt() {
        List<Connection> had = new ArrayList<>();
        try (Connections.Use a = connections.to(ONE);
                Connections.Use b = connections.to(ONE);
                Connections.Use c = connections.to(ONE)) {
            had.add(a.connection());
            had.add(b.connection());
            a.retire();
            c.retire();
            try (Connections.Use d = connections.to(ONE);
                    Connections.Use e = connections.to(ONE)) {
                assertFalse(had.contains(d.connection()), "the one that is retired");
                assertSame(b.connection(), e.connection());
            }
        }
    }

    /// A coordinator ends a connection with very many resets, and each group may make one.
    @Test
    void oneServesSoManyGroupsInAll() {
        List<Connections.Use> uses = new ArrayList<>();
        for (int i = 0; i < 399; i++) {
            uses.add(connections.to(ONE));
        }
        assertEquals(2, connectionsOf(uses));
        uses.add(connections.to(ONE));
        assertEquals(3, connectionsOf(uses));
        uses.forEach(Connections.Use::close);
    }

    private static long connectionsOf(List<Connections.Use> uses) {
        return uses.stream().map(Connections.Use::connection).distinct().count();
    }

    @Test
    void itEndsWithItsLastUserAndTheNextOneGetsAnother() throws Exception {
        try (Cluster cluster = Cluster.that(Cluster::echo)) {
            Connections.Use a = connections.to(cluster.server.endpoint());
            Connections.Use b = connections.to(cluster.server.endpoint());
            Connections.Use c = connections.to(cluster.server.endpoint());
            c.close();
            ask(a.connection());
            a.close();
            assertThrows(CallException.class, () -> ask(a.connection()));
            ask(b.connection());
            try (Connections.Use d = connections.to(cluster.server.endpoint())) {
                assertNotSame(a.connection(), d.connection());
                ask(d.connection());
            }
            b.close();
        }
    }

    private static void ask(Connection connection) throws CallException, InterruptedException {
        connection.call(Rpcs.DESCRIBE, DescribeRequest.getDefaultInstance(), Duration.ofSeconds(5));
    }

    /// What it leaves unread is as much as HTTP/2's window of a connection without what gRPC gives back.
    @Test
    void aGroupThatTakesNothingHoldsUpNoOtherOneOnItsConnection() throws Exception {
        byte[] item = new byte[48 << 10];
        try (Cluster cluster = Cluster.that(Cluster::echo)) {
            StagedpipeClient client = oneConnection(cluster.address());
            try (Group silent = client.group("echo").window(1 << 10, 64 << 20).open();
                    Group other = client.group("echo").open()) {
                Thread filling = Thread.ofVirtual().start(() -> fill(silent, item));
                Until.holds("4 MiB of outcomes wait", () -> silent.counts().ok() > 86);
                for (int i = 0; i < 200; i++) {
                    other.submit(item);
                    assertEquals(i, sequence(other.take()));
                }
                filling.interrupt();
                filling.join();
            }
        }
    }

    private static void fill(Group group, byte[] item) {
        try {
            while (true) {
                group.submit(item);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // at the end of the test
        }
    }

    /// A connection can be cut without a word.
    @Test
    void whoOpensNothingInTimeLeavesTheConnectionToThoseThatAreOnIt() throws Exception {
        try (Cluster coordinator = Cluster.that(Cluster::echo);
                Passage passage = new Passage(coordinator.server.endpoint());
                Cluster overseer = overseerThatSendsTo(passage)) {
            StagedpipeClient client = oneConnection(overseer.address());
            try (Group stuck = client.group("echo").open()) {
                passage.freeze();
                GroupBuilder late = client.group("echo").openTimeout(Duration.ofMillis(300));
                assertThrows(ClientException.class, late::open);
                try (Group next = client.group("echo").open()) {
                    next.submit(new byte[1]);
                    assertEquals(0, sequence(next.take()));
                }
            }
        }
    }

    @RepeatedTest(LOSSES)
    void whoMeetsALostConnectionOpensOverAnotherOne() throws Exception {
        try (Cluster coordinator = Cluster.that(Cluster::echo);
                Passage passage = new Passage(coordinator.server.endpoint());
                Cluster overseer = overseerThatSendsTo(passage)) {
            StagedpipeClient client = oneConnection(overseer.address());
            try (Group _ = client.group("echo").open()) {
                passage.freeze();
                Thread cutting =
                        Thread.ofVirtual()
                                .start(() -> {
                                    Until.holds(
                                            "the open is on its way",
                                            () -> overseer.asked.size() == 2);
                                    passage.cut();
                                });
                try (Group next = client.group("echo").open()) {
                    next.submit(new byte[1]);
                    assertEquals(0, sequence(next.take()));
                }
                cutting.join();
            }
        }
    }

    @Test
    void aGroupThatIsClosedEndsAndOthersOnItsConnectionGoOn() throws Exception {
        CountDownLatch left = new CountDownLatch(1);
        Cluster.Conduct conduct =
                client -> {
                    try {
                        Cluster.echo(client);
                    } catch (CallException e) {
                        left.countDown();
                        throw e;
                    }
                };
        try (Cluster cluster = Cluster.that(conduct)) {
            StagedpipeClient client = oneConnection(cluster.address());
            try (Group other = client.group("echo").open()) {
                client.group("echo").open().close();
                assertTrue(left.await(10, TimeUnit.SECONDS), "its coordinator hears nothing");
                other.submit(new byte[1]);
                assertEquals(0, sequence(other.take()));
                assertEquals(0, other.resumes());
            }
        }
    }

    /// The group that has ended still has the connection.
    @Test
    @Timeout(12) // after 15 s gRPC finds it out as well
    void aGroupThatLosesItsCoordinatorGoesOnOverAnotherConnection() throws Exception {
        try (Cluster coordinator = Cluster.that(Cluster::echo);
                Passage passage = new Passage(coordinator.server.endpoint());
                Cluster overseer = overseerThatSendsTo(passage)) {
            StagedpipeClient client = oneConnection(overseer.address());
            try (Group ended = client.group("echo").open();
                    Group group = client.group("echo").open()) {
                ended.finish();
                assertNull(ended.take());
                Until.holds(
                        "two connections", () -> passage.connections() == 2); // one is the lease's
                passage.freeze();
                group.submit(new byte[1]);
                assertEquals(0, sequence(group.take()));
                assertEquals(1, group.resumes());
            }
        }
    }

    private static Cluster overseerThatSendsTo(Passage passage) throws CallException {
        return Cluster.assigning(
                request -> Cluster.assignment("c1", passage.endpoint()), Cluster::echo);
    }

    private static long sequence(@Nullable Outcome<byte[]> outcome) {
        return outcome == null ? -1 : outcome.sequence();
    }

    private static StagedpipeClient oneConnection(String overseer) {
        return StagedpipeClient.connect(overseer, Security.loopbackOnly(), 1);
    }
}
