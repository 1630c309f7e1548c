package org.stagedpipe.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.stagedpipe.protocol.v1.Assignment;
import org.stagedpipe.protocol.v1.OpenGroup;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Endpoint;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

@Timeout(20)
class OpeningTest {

    private static final UUID ID = UUID.fromString("01020304-0506-0708-090a-0b0c0d0e0f10");
    private static final String TITLE = "group " + ID + " of echo";

    private final List<Nobody> nobodies = new ArrayList<>();

    @AfterEach
    void close() throws IOException {
        for (Nobody each : nobodies) {
            each.close();
        }
    }

    @Test
    void tellsTheCoordinatorWhatTheGroupShallBe() throws Exception {
        try (Cluster cluster = Cluster.that(Cluster::echo);
                Group group =
                        cluster.group()
                                .id(ID)
                                .configuration("{\"a\":\"ü\"}")
                                .version("[1.0,2)")
                                .ordered()
                                .keyed()
                                .keepFaulted()
                                .deadline(Duration.ofSeconds(3))
                                .stageDeadline(Duration.ofMillis(7))
                                .client("me")
                                .open()) {
            assertEquals(
                    OpenGroup.newBuilder()
                            .setProtocol(1)
                            .setGroup(
                                    ByteString.copyFrom(
                                            new byte[] {
                                                1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
                                                16
                                            }))
                            .setPlugin("echo")
                            .setVersion("[1.0,2)")
                            .setConfiguration(ByteString.copyFromUtf8("{\"a\":\"ü\"}"))
                            .setOrdered(true)
                            .setKeyed(true)
                            .setKeepFaulted(true)
                            .setItemDeadlineMs(3_000)
                            .setStageDeadlineMs(7)
                            .setClient("me")
                            .setMoves(true)
                            .build(),
                    cluster.opens.take());
            assertEquals("echo", cluster.asked.take().getPlugin());
            assertEquals(ID, group.id());
            assertEquals("echo", group.plugin());
        }
    }

    @Test
    void opensAnotherGroupEachTime() throws Exception {
        try (Cluster cluster = Cluster.that(Cluster::echo)) {
            GroupBuilder builder = cluster.group();
            try (Group first = builder.open();
                    Group second = builder.open()) {
                assertNotEquals(first.id(), second.id());
                assertNotEquals(cluster.opens.take().getGroup(), cluster.opens.take().getGroup());
            }
        }
    }

    @Test
    void saysThatThePluginIsUnknown() throws Exception {
        try (Cluster cluster =
                Cluster.assigning(
                        request -> {
                            throw new CallException(
                                    Kind.NOT_FOUND,
                                    "plugin: \""
                                            + request.getPlugin()
                                            + "\" (expected: birdstrikes)");
                        },
                        Cluster::echo)) {
            ClientException e = failure(cluster.group().id(ID));

            assertEquals(Kind.NOT_FOUND, e.kind());
            assertEquals(TITLE + ": plugin: \"echo\" (expected: birdstrikes)", e.getMessage());
        }
    }

    @Test
    void namesEachOverseerThatItTried() throws Exception {
        Endpoint a = nobody();
        Endpoint b = nobody();

        ClientException e = failure(StagedpipeClient.connect(a + ", " + b).group("echo").id(ID));

        assertEquals(Kind.UNREACHABLE, e.kind());
        String start = TITLE + ": no overseer assigns a coordinator; tried " + a + " (";
        assertTrue(e.getMessage().startsWith(start), e.getMessage());
        assertTrue(e.getMessage().contains("), " + b + " ("), e.getMessage());
        assertTrue(e.getMessage().contains("Connection refused"), e.getMessage());
    }

    @Test
    void saysWhatAnOverseerWithoutCoordinatorsSaid() throws Exception {
        try (Cluster cluster =
                Cluster.assigning(
                        request -> {
                            throw new CallException(
                                    Kind.UNREACHABLE, "no coordinator is connected");
                        },
                        Cluster::echo)) {
            assertEquals(
                    TITLE
                            + ": no overseer assigns a coordinator; tried "
                            + cluster.address()
                            + " (no coordinator is connected)",
                    failure(cluster.group().id(ID)).getMessage());
        }
    }

    /// It may be one of several that the client does not know.
    @Test
    void waitsForAnElectionAlsoIfItKnowsOneOverseer() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        Cluster[] self = new Cluster[1];
        try (Cluster cluster =
                Cluster.assigning(
                        request -> {
                            if (asked.incrementAndGet() <= 2) {
                                throw new CallException(Kind.TIMED_OUT, "an election is under way");
                            }
                            return Cluster.assignment("c1", self[0].server.endpoint());
                        },
                        Cluster::echo)) {
            self[0] = cluster;
            try (Group group = cluster.group().open()) {
                assertEquals("c1", group.coordinator());
                assertEquals(3, asked.get());
            }
        }
    }

    @Test
    void asksTheOverseersInTurn() throws Exception {
        try (Cluster cluster = Cluster.that(Cluster::echo);
                Group group =
                        StagedpipeClient.connect(nobody() + "," + cluster.address())
                                .group("echo")
                                .open()) {
            assertEquals("c1", group.coordinator());
        }
    }

    @Test
    void avoidsACoordinatorThatItCouldNotReach() throws Exception {
        Endpoint gone = nobody();
        Cluster[] self = new Cluster[1];
        try (Cluster cluster =
                Cluster.assigning(
                        request ->
                                request.getAvoidList().contains("c0")
                                        ? Cluster.assignment("c1", self[0].server.endpoint())
                                        : Cluster.assignment("c0", gone),
                        Cluster::echo)) {
            self[0] = cluster;
            try (Group group = cluster.group().open()) {
                assertEquals("c1", group.coordinator());
                assertEquals(0, cluster.asked.take().getAvoidCount());
                assertEquals("[c0]", cluster.asked.take().getAvoidList().toString());
            }
        }
    }

    @Test
    void namesEachCoordinatorThatDidNotTakeIt() throws Exception {
        Endpoint gone = nobody();
        try (Cluster cluster =
                        Cluster.assigning(
                                request -> Cluster.assignment("c0", gone), Cluster::echo);
                Cluster busy =
                        Cluster.refusing(client -> {
                            throw new CallException(Kind.UNREACHABLE, "no worker is ready");
                        })) {
            ClientException e = failure(cluster.group().id(ID));
            assertEquals(Kind.UNREACHABLE, e.kind());
            String start = TITLE + ": no coordinator takes it; c0 at " + gone + ": ";
            assertTrue(e.getMessage().startsWith(start), e.getMessage());

            assertEquals(
                    TITLE
                            + ": no coordinator takes it; c1 at "
                            + busy.address()
                            + ": no worker is ready",
                    failure(busy.group().id(ID)).getMessage());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {"NOT_FOUND", "INVALID", "REFUSED", "NOT_PERMITTED", "TIMED_OUT"})
    void handsOnWhyThePluginDidNotOpen(Kind kind) throws Exception {
        try (Cluster cluster =
                Cluster.refusing(client -> {
                    throw new CallException(kind, "url: \"x\" (expected: jdbc:…)");
                })) {
            ClientException e = failure(cluster.group().id(ID));

            assertEquals(kind, e.kind());
            assertEquals(TITLE + " is refused: url: \"x\" (expected: jdbc:…)", e.getMessage());
            assertEquals(1, cluster.asked.size());
        }
    }

    @Test
    void asksForAnotherCoordinatorWhenOneIsFull() throws Exception {
        Cluster[] self = new Cluster[1];
        try (Cluster full =
                        Cluster.refusing(client -> {
                            throw new CallException(Kind.BUSY, "groups: 1000 are open");
                        });
                Cluster cluster =
                        Cluster.assigning(
                                request ->
                                        request.getAvoidList().contains("c0")
                                                ? Cluster.assignment(
                                                        "c1", self[0].server.endpoint())
                                                : Cluster.assignment("c0", full.server.endpoint()),
                                Cluster::echo)) {
            self[0] = cluster;
            try (Group group = cluster.group().open()) {
                assertEquals("c1", group.coordinator());
            }
            ClientException e = failure(full.group().id(ID)); // the only one there is
            assertEquals(Kind.BUSY, e.kind());
            assertEquals(
                    TITLE
                            + ": no coordinator takes it; c1 at "
                            + full.address()
                            + ": groups: 1000 are open",
                    e.getMessage());
        }
    }

    @Test
    void doesNotWaitForEverForTheCoordinator() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        try (Cluster cluster = Cluster.refusing(client -> never.await())) {
            ClientException e = failure(cluster.group().id(ID).openTimeout(Duration.ofMillis(50)));

            assertEquals(
                    TITLE
                            + ": no coordinator takes it; c1 at "
                            + cluster.address()
                            + ": no answer within 50 ms",
                    e.getMessage());
        }
    }

    @Test
    void opensOnACoordinatorThatItKnowsWhenTheOverseersAreGone() throws Exception {
        try (Cluster coordinator = Cluster.that(Cluster::echo)) {
            Cluster overseer =
                    Cluster.assigning(
                            request -> Cluster.assignment("c1", coordinator.server.endpoint()),
                            Cluster::echo);
            StagedpipeClient client = StagedpipeClient.connect(overseer.address());
            client.group("echo").open().close();
            overseer.close();

            try (Group group = client.group("echo").open()) {
                group.finish();
                assertNull(group.take());
            }
        }
    }

    @Test
    void withoutOverseersTheNewestCoordinatorComesFirst() throws Exception {
        Queue<Assignment> answers = new ConcurrentLinkedQueue<>();
        List<Cluster> coordinators = new ArrayList<>();
        for (int i = 1; i <= 6; i++) {
            coordinators.add(Cluster.that(Cluster::echo));
            answers.add(Cluster.assignment("c" + i, coordinators.getLast().server.endpoint()));
        }
        try (Cluster overseer = Cluster.assigning(request -> answers.remove(), Cluster::echo);
                Cluster live = coordinators.removeLast()) {
            StagedpipeClient client = StagedpipeClient.connect(overseer.address());
            while (!answers.isEmpty()) {
                client.group("echo").open().close();
            }
            overseer.close();
            coordinators.forEach(Cluster::close);
            live.opens.clear();

            client.group("echo").open().close();
            assertEquals(1, live.opens.size());
        }
    }

    @Test
    void withoutOverseersTheCoordinatorThatTookTheLastGroupIsAmongThoseTried() throws Exception {
        try (Cluster live = Cluster.that(Cluster::echo)) {
            Endpoint gone = nobody();
            Assignment.Builder answer =
                    Cluster.assignment("live", live.server.endpoint()).toBuilder();
            for (int i = 1; i <= 60; i++) {
                answer.addOthersBuilder().setCoordinator("c" + i).setAddress(gone.toAddress());
            }
            Cluster overseer = Cluster.assigning(request -> answer.build(), Cluster::echo);
            StagedpipeClient client = StagedpipeClient.connect(overseer.address());
            client.group("echo").open().close();
            overseer.close();

            client.group("echo").open().close();
            assertEquals(2, live.opens.size());
        }
    }

    @Test
    void withoutOverseersACoordinatorThatCouldNotBeReachedComesLast() throws Exception {
        AtomicBoolean isGone = new AtomicBoolean();
        Queue<Assignment> answers = new ConcurrentLinkedQueue<>();
        try (Cluster live = Cluster.that(Cluster::echo);
                Cluster newest =
                        Cluster.refusing(client -> {
                            if (isGone.get()) {
                                throw new CallException(Kind.UNREACHABLE, "gone");
                            }
                            client.send(Cluster.opened());
                        })) {
            answers.add(Cluster.assignment("live", live.server.endpoint()));
            answers.add(Cluster.assignment("newest", newest.server.endpoint()));
            Cluster overseer = Cluster.assigning(request -> answers.remove(), Cluster::echo);
            StagedpipeClient client = StagedpipeClient.connect(overseer.address());
            client.group("echo").open().close();
            client.group("echo").open().close();
            overseer.close();
            isGone.set(true);
            newest.opens.clear();

            client.group("echo").open().close();
            client.group("echo").open().close();
            assertEquals(1, newest.opens.size());
        }
    }

    @Test
    void canBeInterrupted() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        try (Cluster cluster = Cluster.refusing(client -> never.await())) {
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, () -> cluster.group().open());
        }
    }

    @Test
    void refusesWhatCannotBeDescribed() {
        assertEquals(
                "address: \"here\" (expected: host:port)",
                assertThrows(IllegalArgumentException.class, () -> StagedpipeClient.connect("here"))
                        .getMessage());
        GroupBuilder builder = StagedpipeClient.connect("here:1").group("echo");
        assertEquals(
                "configuration: 1048577 bytes (expected: at most 1048576)",
                refusal(() -> builder.configuration(new byte[1_048_577])));
        assertEquals(
                "client: 257 characters (expected: at most 256)",
                refusal(() -> builder.client("x".repeat(257))));
        assertEquals(
                "deadline: PT2562047788015215H30M7S (expected: 1 ms to 24 days)",
                refusal(() -> builder.deadline(Duration.ofSeconds(Long.MAX_VALUE))));
        assertEquals("window items: 0 (expected: >= 1)", refusal(() -> builder.window(0, 1)));
        assertEquals("window bytes: 0 (expected: >= 1)", refusal(() -> builder.window(1, 0)));
    }

    private static String refusal(Runnable setting) {
        return String.valueOf(
                assertThrows(IllegalArgumentException.class, setting::run).getMessage());
    }

    private static ClientException failure(GroupBuilder builder) {
        return assertThrows(ClientException.class, builder::open);
    }

    private Endpoint nobody() throws IOException {
        Nobody at = new Nobody();
        nobodies.add(at);
        return at.endpoint();
    }
}
