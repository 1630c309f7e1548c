package org.stagedpipe.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Fault;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.protocol.v1.GroupResponse;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.protocol.v1.Outcomes;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Exchange;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/// How groups end: cancelled, closed, lost, or by a coordinator that breaks the rules.
@Timeout(20)
class EndingTest {

    private final CompletableFuture<String> atCoordinator = new CompletableFuture<>();
    private final CountDownLatch hasBoth = new CountDownLatch(1);

    @Test
    void cancelsAndGetsTheRestBackAsAborted() throws Exception {
        try (Cluster cluster = Cluster.that(this::abortOnCancel);
                Group group =
                        cluster.group().cancelTimeout(ChronoUnit.FOREVER.getDuration()).open()) {
            group.submit(new byte[1]);
            group.submit(new byte[1]);
            assertOk(0, group.take());
            hasBoth.await(); // what has not left is dropped by a cancel
            group.cancel("enough");
            group.cancel("more than enough"); // has no effect

            assertAborted(1, "enough", group.take());
            assertNull(group.take());
            assertEquals(new Counts(2, 1, 0, 1), group.counts());
            assertEquals("enough", atCoordinator.get());
            assertRefused("cancelled", group);
        }
    }

    /// As the message of an exception may be.
    @Test
    void cancelsWithoutAReason() throws Exception {
        try (Cluster cluster = Cluster.that(this::abortOnCancel);
                Group group =
                        cluster.group().cancelTimeout(ChronoUnit.FOREVER.getDuration()).open()) {
            group.submit(new byte[1]);
            group.submit(new byte[1]);
            assertOk(0, group.take());
            hasBoth.await();
            group.cancel(null);
            assertAborted(1, "", group.take());
            assertNull(group.take());
            assertEquals("", atCoordinator.get());
        }
    }

    /// Answers the first item, keeps the second, and aborts it.
    private void abortOnCancel(Exchange<GroupResponse, GroupRequest> client)
            throws CallException, InterruptedException {
        long accepted = 0;
        for (GroupRequest next = client.next(); next != null; next = client.next()) {
            if (next.hasCancel()) {
                atCoordinator.complete(next.getCancel().getReason());
                client.send(aborted(1, next.getCancel().getReason()));
                client.send(Cluster.closed(accepted, 1, 0, 1));
                return;
            }
            if (accepted == 0) {
                client.send(ok(0));
            }
            accepted += next.getItems().getSequencesCount();
            if (accepted == 2) {
                hasBoth.countDown();
            }
        }
    }

    @Test
    void cancelsAfterItHasSentEverything() throws Exception {
        try (Cluster cluster = Cluster.that(this::takeAndKeep);
                Group group = cluster.group().open()) {
            group.submit(new byte[1]);
            group.finish();
            assertEquals("finished", atCoordinator.get());
            group.cancel("enough");

            assertAborted(0, "enough", group.take());
            assertNull(group.take());
        }
    }

    @Test
    void doesNotWaitForEverForTheAnswerToACancel() throws Exception {
        try (Cluster cluster = Cluster.that(this::takeAndKeep);
                Group group = cluster.group().cancelTimeout(Duration.ofMillis(50)).open()) {
            group.submit(new byte[1]);
            group.cancel("enough");

            assertAborted(0, "enough", group.take());
            assertNull(group.take());
            assertEquals(new Counts(1, 0, 0, 1), group.counts());
        }
    }

    /// A coordinator whose window is full reads no cancel: the end of the call has to reach it, within a second.
    @Test
    void endsTheCallWhenTheCancelIsNotAnswered() throws Exception {
        try (Cluster cluster =
                        Cluster.that(client -> {
                            client.next(); // the item, not the cancel
                            new CountDownLatch(1).await();
                        });
                Group group = cluster.group().open()) {
            group.submit(new byte[1]);
            long begin = System.nanoTime();
            group.cancel("enough");

            assertAborted(0, "enough", group.take());
            assertNull(group.take());
            Duration after = Duration.ofNanos(System.nanoTime() - begin);
            assertTrue(after.toSeconds() < 10, "the call ended after " + after);
            Duration granted = Limits.DEFAULT.cancelTimeout();
            assertTrue(granted.toMillis() < 1_000, "a coordinator has " + granted + " to answer");
        }
    }

    @Test
    void cancelsACoordinatorThatDoesNotRead() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        int items = 400;
        try (Cluster cluster = Cluster.that(client -> never.await());
                Group group =
                        cluster.group()
                                .window(items, 1L << 30)
                                .cancelTimeout(Duration.ofMillis(50))
                                .open()) {
            for (int i = 0; i < items; i++) {
                group.submit(new byte[60_000]);
            }
            group.cancel("enough");

            for (int i = 0; i < items; i++) {
                assertAborted(i, "enough", group.take());
            }
            assertNull(group.take());
        }
    }

    /// Reads all, answers nothing, waits until the call is cancelled.
    private void takeAndKeep(Exchange<GroupResponse, GroupRequest> client)
            throws CallException, InterruptedException {
        GroupRequest next = client.next();
        while (next != null) {
            next = client.next();
        }
        atCoordinator.complete("finished");
        new CountDownLatch(1).await();
    }

    @Test
    void endsWhenAnOperatorCancelsTheGroup() throws Exception {
        CountDownLatch two = new CountDownLatch(1);
        try (Cluster cluster =
                        Cluster.that(client -> {
                            client.next();
                            two.await();
                            client.send(aborted(0, "operator"));
                            client.send(Cluster.closed(1, 0, 0, 1));
                        });
                Group group = cluster.group().open()) {
            group.submit(new byte[1]);
            group.submit(new byte[Cluster.ITEM_BYTES]); // in chunks, so never with the first
            two.countDown();

            assertAborted(0, "operator", group.take());
            assertAborted(
                    1, "the coordinator closed the group before it took the item", group.take());
            assertNull(group.take());
            assertEquals(new Counts(2, 0, 0, 2), group.counts());
            assertRefused("ended", group);
        }
    }

    @Test
    void saysWhyTheGroupWasEndedAlsoIfNoItemWasOpen() throws Exception {
        try (Cluster cluster =
                        Cluster.that(client -> {
                            client.next();
                            client.send(ok(0));
                            client.send(stopped(Cluster.closed(1, 1, 0, 0), "cancelled: repairs"));
                        });
                Group group = cluster.group().open()) {
            group.submit(new byte[1]);

            assertOk(0, group.take());
            assertNull(group.take());
            assertRefused("ended (cancelled: repairs)", group);
        }
    }

    @Test
    void abortsWhatAStoppedGroupDidNotTake() throws Exception {
        try (Cluster cluster =
                        Cluster.that(client -> {
                            client.next();
                            client.send(
                                    GroupResponse.newBuilder()
                                            .setOutcomes(
                                                    Outcomes.newBuilder()
                                                            .addFaults(
                                                                    Cluster.fault(0)
                                                                            .setKind(
                                                                                    ItemFault.Kind
                                                                                            .STAGE)))
                                            .build());
                            while (client.next() != null) {} // until our side is closed
                            client.send(stopped(Cluster.closed(1, 0, 1, 0), "item 0 failed"));
                        });
                Group group = cluster.group().stopAtFirstFault().open()) {
            group.submit(new byte[1]);
            assertInstanceOf(Outcome.Failed.class, group.take());
            group.submit(new byte[1]);
            group.finish();

            assertTrue(cluster.opens.take().getStopAtFirstFault());
            assertAborted(
                    1,
                    "the coordinator closed the group before it took the item: item 0 failed",
                    group.take());
            assertNull(group.take());
            assertEquals(new Counts(2, 0, 1, 1), group.counts());
        }
    }

    @Test
    void saysHowManyOutcomesAreMissingWhenTheCoordinatorIsLost() throws Exception {
        CountDownLatch answered = new CountDownLatch(1);
        Cluster cluster =
                Cluster.that(client -> {
                    client.next();
                    client.send(ok(0));
                    answered.countDown();
                    new CountDownLatch(1).await();
                });
        try (Group group = cluster.group().resumeTimeout(Duration.ZERO).open()) {
            group.submit(new byte[1]);
            group.submit(new byte[1]);
            group.submit(new byte[1]);
            answered.await();
            Until.holds("the answer is here", () -> group.counts().ok() == 1);
            cluster.close();

            assertOk(0, group.take()); // what came is handed over first
            ClientException e = assertThrows(ClientException.class, group::take);
            assertEquals(Kind.UNREACHABLE, e.kind());
            String start = "group " + group.id() + " of echo on c1 at " + cluster.address() + ": ";
            assertTrue(e.getMessage().startsWith(start), e.getMessage());
            assertTrue(e.getMessage().endsWith("; 2 of 3 items have no outcome"), e.getMessage());
            assertEquals(
                    e.getMessage(),
                    assertThrows(ClientException.class, () -> group.submit(new byte[1]))
                            .getMessage());
            assertEquals(
                    e.getMessage(),
                    assertThrows(ClientException.class, () -> group.iterator().hasNext())
                            .getMessage());
        }
    }

    @Test
    void wakesASubmitThatWaitsWhenTheCoordinatorIsLost() throws Exception {
        Cluster cluster = Cluster.that(this::takeAndKeep);
        try (Group group = cluster.group().window(1, 1).resumeTimeout(Duration.ZERO).open()) {
            group.submit(new byte[1]);
            CompletableFuture<ClientException> thrown = new CompletableFuture<>();
            Thread thread =
                    Thread.startVirtualThread(() ->
                            thrown.complete(
                                    assertThrows(
                                            ClientException.class,
                                            () -> group.submit(new byte[1]))));
            Until.waits(thread);
            cluster.close();

            assertEquals(Kind.UNREACHABLE, thrown.get().kind());
        }
    }

    @Test
    void handsTheReasonOnWhenTheCoordinatorEndsTheGroup() throws Exception {
        try (Cluster cluster =
                        Cluster.that(client -> {
                            client.next();
                            throw new CallException(
                                    Kind.INVALID, "item 0: a sequence that was used");
                        });
                Group group = cluster.group().open()) {
            group.submit(new byte[1]);
            assertBroken(
                    Kind.INVALID,
                    "item 0: a sequence that was used; 1 of 1 items have no outcome",
                    group);
        }
    }

    @Test
    void closesOnceAndTellsTheCoordinator() throws Exception {
        try (Cluster cluster =
                Cluster.that(client -> {
                    try {
                        client.next();
                        client.next();
                    } catch (CallException e) {
                        atCoordinator.complete(e.kind().name());
                    }
                })) {
            Group group = cluster.group().window(1, 1).open();
            group.submit(new byte[1]);
            CompletableFuture<ClientException> taking = new CompletableFuture<>();
            CompletableFuture<ClientException> submitting = new CompletableFuture<>();
            Thread taker =
                    Thread.startVirtualThread(() ->
                            taking.complete(assertThrows(ClientException.class, group::take)));
            Thread submitter =
                    Thread.startVirtualThread(() ->
                            submitting.complete(
                                    assertThrows(
                                            ClientException.class,
                                            () -> group.submit(new byte[1]))));
            Until.waits(taker);
            Until.waits(submitter);
            group.close();
            group.close();

            for (ClientException e : new ClientException[] {taking.get(), submitting.get()}) {
                assertEquals(Kind.CANCELLED, e.kind());
                assertTrue(
                        e.getMessage()
                                .endsWith(": closed before its end; 1 of 1 items have no outcome"),
                        e.getMessage());
            }
            assertEquals("CANCELLED", atCoordinator.get());
        }
    }

    @Test
    void refusesCountsThatDoNotAgree() throws Exception {
        assertBrokenBy(
                "the coordinator counts 2 accepted, 1 ok, 1 failed, 0 aborted, but 1 accepted, 1"
                        + " ok, 0 failed, 0 aborted came here; 0 of 1 items have no outcome",
                ok(0),
                Cluster.closed(2, 1, 1, 0));
        assertBrokenBy(
                "the coordinator counts 2 accepted, 1 ok, 0 failed, 0 aborted, but 1 accepted, 1"
                        + " ok, 0 failed, 0 aborted came here; 0 of 1 items have no outcome",
                ok(0),
                Cluster.closed(2, 1, 0, 0));
    }

    @Test
    void refusesAnEndWithoutAllOutcomes() throws Exception {
        assertBrokenBy(
                "the coordinator closed the group early; 1 of 1 items have no outcome",
                Cluster.closed(0, 0, 0, 0));
        assertBrokenBy(
                "the coordinator ended the stream early; 0 of 1 items have no outcome", ok(0));
        assertBrokenBy(
                "the coordinator answered item 5, which was never sent; 1 of 1 items have no"
                        + " outcome",
                ok(5));
    }

    /// As one that was lost it would send the same again, for ever.
    @Test
    void doesNotGoOnElsewhereAfterAMessageThatItCannotRead() throws Exception {
        GroupResponse unreadable =
                GroupResponse.newBuilder()
                        .setUnknownFields(
                                UnknownFieldSet.newBuilder()
                                        .addField(
                                                GroupResponse.OUTCOMES_FIELD_NUMBER,
                                                UnknownFieldSet.Field.newBuilder()
                                                        .addLengthDelimited(
                                                                ByteString.copyFrom(
                                                                        new byte[] {-1}))
                                                        .build())
                                        .build())
                        .build();
        try (Cluster cluster =
                        Cluster.that(client -> {
                            client.next();
                            client.send(unreadable);
                            client.next();
                        });
                Group group = cluster.group().open()) {
            group.submit(new byte[1]);

            ClientException e = assertThrows(ClientException.class, group::take);
            assertEquals(Kind.INTERNAL, e.kind());
            assertEquals(1, cluster.opens.size());
        }
    }

    @Test
    void dropsASecondOutcome() throws Exception {
        try (Cluster cluster =
                        Cluster.that(client -> {
                            client.next();
                            client.send(ok(0));
                            client.send(ok(0));
                            client.send(aborted(0, "late"));
                            client.next();
                            client.send(GroupResponse.getDefaultInstance()); // later version
                            client.send(Cluster.closed(1, 1, 0, 0));
                        });
                Group group = cluster.group().open()) {
            group.submit(new byte[1]);
            group.finish();

            assertOk(0, group.take());
            assertNull(group.take());
            assertEquals(new Counts(1, 1, 0, 0), group.counts());
        }
    }

    /// A coordinator that answers one item like that.
    private static void assertBrokenBy(String text, GroupResponse... answers) throws Exception {
        try (Cluster cluster =
                        Cluster.that(client -> {
                            client.next();
                            client.next(); // the end
                            for (GroupResponse answer : answers) {
                                client.send(answer);
                            }
                        });
                Group group = cluster.group().open()) {
            group.submit(new byte[1]);
            group.finish();
            if (answers[0].equals(ok(0))) {
                assertOk(0, group.take());
            }
            assertBroken(Kind.INTERNAL, text, group);
        }
    }

    private static void assertBroken(Kind kind, String text, Group group) {
        ClientException e = assertThrows(ClientException.class, group::take);
        assertEquals(kind, e.kind());
        assertTrue(e.getMessage().endsWith(": " + text), e.getMessage());
    }

    private static void assertRefused(String state, Group group) {
        ClientException e = assertThrows(ClientException.class, () -> group.submit(new byte[1]));
        assertEquals(Kind.REFUSED, e.kind());
        assertTrue(
                e.getMessage().endsWith(": the group is " + state + " and takes no more items"),
                e.getMessage());
    }

    private static void assertOk(long sequence, @Nullable Outcome<byte[]> outcome) {
        assertEquals(sequence, assertInstanceOf(Outcome.Ok.class, outcome).sequence());
    }

    private static void assertAborted(
            long sequence, String text, @Nullable Outcome<byte[]> outcome) {
        assertNotNull(outcome);
        Outcome.Aborted<?> aborted = assertInstanceOf(Outcome.Aborted.class, outcome);
        assertEquals(sequence, aborted.sequence());
        assertEquals(text, aborted.fault().text());
        assertEquals(Fault.Kind.CANCELLED, aborted.fault().kind());
    }

    private static GroupResponse stopped(GroupResponse closed, String why) {
        return closed.toBuilder().setClosed(closed.getClosed().toBuilder().setStopped(why)).build();
    }

    private static GroupResponse ok(long sequence) {
        Items results =
                Items.newBuilder()
                        .addSequences(sequence)
                        .addSizes(1)
                        .setBody(ByteString.copyFromUtf8("x"))
                        .build();
        return GroupResponse.newBuilder()
                .setOutcomes(Outcomes.newBuilder().setResults(results))
                .build();
    }

    private static GroupResponse aborted(long sequence, String text) {
        return GroupResponse.newBuilder()
                .setOutcomes(
                        Outcomes.newBuilder()
                                .addFaults(
                                        Cluster.fault(sequence)
                                                .setKind(ItemFault.Kind.CANCELLED)
                                                .setText(text)
                                                .setAborted(true)))
                .build();
    }
}
