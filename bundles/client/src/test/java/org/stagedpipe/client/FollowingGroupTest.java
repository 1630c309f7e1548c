package org.stagedpipe.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.protocol.v1.GroupResponse;
import org.stagedpipe.protocol.v1.OpenGroup;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Exchange;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/// A following group whose coordinator says that it moves.
@Timeout(20)
class FollowingGroupTest {

    private static final PluginVersion NEWER =
            PluginVersion.newBuilder().setName("echo").setVersion("2.0.0").build();

    @Test
    void answersAndGoesOnWithThatVersionElsewhere() throws Exception {
        AtomicBoolean isLost = new AtomicBoolean();
        Cluster.Conduct conduct =
                client -> {
                    if (isLost.getAndSet(true)) {
                        Cluster.echo(client);
                        return;
                    }
                    answerOne(client);
                    client.send(GroupResponse.newBuilder().setMoved(NEWER).build());
                    GroupRequest answer = next(client);
                    assertEquals(NEWER, answer.getMoved());
                    assertEquals(1, next(client).getItems().getSequences(0));
                    throw new CallException(Kind.UNREACHABLE, "stops");
                };
        try (Cluster cluster = Cluster.that(conduct);
                Group group = cluster.group().following().open()) {
            assertEquals("1.2.0", group.version());
            group.submit(new byte[1]);
            assertInstanceOf(Outcome.Ok.class, group.take());
            Until.holds("it moves", () -> group.version().equals("2.0.0"));
            group.submit(new byte[1]);
            group.finish();
            assertInstanceOf(Outcome.Ok.class, group.take());
            assertNull(group.take());
            assertEquals("{1.2.0=1, 2.0.0=1}", group.servedBy().toString());
            OpenGroup first = cluster.opens.take();
            assertTrue(first.getFollowing());
            assertEquals(NEWER, cluster.opens.take().getResume().getPlugin());
        }
    }

    @Test
    void staysOnceItHasSaidItsLast() throws Exception {
        CompletableFuture<GroupRequest> after = new CompletableFuture<>();
        Cluster.Conduct conduct =
                client -> {
                    GroupRequest items = next(client);
                    after.complete(client.next()); // the end
                    client.send(GroupResponse.newBuilder().setMoved(NEWER).build());
                    client.send(
                            GroupResponse.newBuilder()
                                    .setOutcomes(Cluster.echoed(items.getItems()))
                                    .build());
                    client.send(Cluster.closed(1, 1, 0, 0));
                };
        try (Cluster cluster = Cluster.that(conduct);
                Group group = cluster.group().following().open()) {
            group.submit(new byte[1]);
            group.finish();
            assertInstanceOf(Outcome.Ok.class, group.take());
            assertNull(group.take());
            assertNull(after.get());
            assertEquals("1.2.0", group.version());
        }
    }

    @Test
    void aGroupThatKeepsItsVersionIsNotMoved() throws Exception {
        Cluster.Conduct conduct =
                client -> {
                    answerOne(client);
                    client.send(GroupResponse.newBuilder().setMoved(NEWER).build());
                    client.next();
                };
        try (Cluster cluster = Cluster.that(conduct);
                Group group = cluster.group().open()) {
            group.submit(new byte[1]);
            assertInstanceOf(Outcome.Ok.class, group.take());
            ClientException e = assertThrows(ClientException.class, group::take);
            assertEquals(Kind.INTERNAL, e.kind());
            assertTrue(
                    e.getMessage()
                            .contains(
                                    "the coordinator moved the group to version 2.0.0 (expected:"
                                            + " the one it was opened with, it does not follow)"),
                    e.getMessage());
            assertEquals("1.2.0", group.version());
        }
    }

    /// With more without an outcome it would lose its coordinator at each move, when `moved` lies behind outcomes.
    @Test
    void hasNoMoreUnansweredThanACoordinatorTakesAtAMove() throws Exception {
        AtomicInteger submitted = new AtomicInteger();
        Cluster.Conduct silent =
                client -> {
                    while (client.next() != null) {}
                };
        try (Cluster cluster = Cluster.that(silent);
                Group group = cluster.group().window(100, 64L << 20).following().open()) {
            Thread submitting =
                    Thread.ofPlatform()
                            .start(() -> {
                                try {
                                    while (submitted.get() < 20) {
                                        group.submit(new byte[Cluster.ITEM_BYTES]);
                                        submitted.incrementAndGet();
                                    }
                                } catch (InterruptedException e) {
                                    Thread.currentThread().interrupt();
                                }
                            });
            Until.holds(
                    "it waits for room, or is done",
                    () ->
                            submitting.getState() == Thread.State.TIMED_WAITING
                                            && submitted.get() == 15
                                    || submitted.get() == 20);
            assertEquals(
                    15, submitted.get()); // the 16th MiB lacks what items cost beside their bytes
            submitting.interrupt();
            submitting.join();
        }
    }

    @Test
    void aWindowOfManyItemsLeavesRoomForWhatEachOfThemCosts() {
        Limits most = Limits.DEFAULT.withWindow(Integer.MAX_VALUE, Long.MAX_VALUE).following();
        assertEquals(16L << 20, most.bytes() + 16L * most.items());
        Limits small = Limits.DEFAULT.withWindow(10, 1_000);
        assertEquals(small, small.following());
    }

    private static void answerOne(Exchange<GroupResponse, GroupRequest> client)
            throws CallException, InterruptedException {
        client.send(
                GroupResponse.newBuilder()
                        .setOutcomes(Cluster.echoed(next(client).getItems()))
                        .build());
    }

    private static GroupRequest next(Exchange<GroupResponse, GroupRequest> client)
            throws CallException, InterruptedException {
        GroupRequest next = client.next();
        assertNotNull(next);
        return next;
    }
}
