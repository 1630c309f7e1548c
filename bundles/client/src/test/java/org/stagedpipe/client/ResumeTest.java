package org.stagedpipe.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.protocol.v1.Alternative;
import org.stagedpipe.protocol.v1.Assignment;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.protocol.v1.GroupResponse;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.protocol.v1.OpenGroup;
import org.stagedpipe.protocol.v1.Outcomes;
import org.stagedpipe.protocol.v1.Resume;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Exchange;

import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// Groups whose coordinator is lost, and groups of a client that was.
@Timeout(20)
class ResumeTest {

    private final List<Cluster> clusters = new ArrayList<>();
    private final Semaphore loss = new Semaphore(0);
    private final ConcurrentLinkedQueue<Long> got = new ConcurrentLinkedQueue<>(); // by c1
    private final ConcurrentLinkedQueue<Long> sentAgain = new ConcurrentLinkedQueue<>(); // to c2

    private final Nobody nobody;

    ResumeTest() throws IOException {
        nobody = new Nobody();
    }

    @AfterEach
    void close() throws IOException {
        nobody.close();
        clusters.forEach(Cluster::close);
    }

    @Test
    void goesOnWithAnotherCoordinator() throws Exception {
        Cluster second = add(Cluster.that(this::echoAgain));
        Cluster first = add(firstThat(this::answerOne, second));
        try (Group group = first.group().ordered().open()) {
            submit(group, 0, 3);
            assertEquals(0, take(group));
            loss.release();
            submit(group, 3, 2);
            group.finish();

            for (long next = 1; next < 5; next++) {
                assertEquals(next, take(group));
            }
            assertNull(group.take());
            assertEquals(new Counts(5, 5, 0, 0), group.counts());
            assertEquals("c2", group.coordinator());
            assertEquals(1, group.resumes());
            assertEquals(List.of(1L, 2L), List.copyOf(sentAgain).subList(0, 2));
            OpenGroup asked = first.opens.take();
            OpenGroup again = second.opens.take();
            assertEquals(
                    asked.toBuilder()
                            .setEpoch(1)
                            .setResume(
                                    Resume.newBuilder()
                                            .setPlugin(Cluster.opened().getOpened().getPlugin())
                                            .setNextSequence(again.getResume().getNextSequence())
                                            .setAttempt(2))
                            .build(),
                    again);
            assertTrue(again.getResume().getNextSequence() >= 3, again.toString());
        }
    }

    /// A following group that waits for events may move then.
    @Test
    void saysThatNothingComesAgainWhereAllItemsHaveOutcomes() throws Exception {
        Cluster second = add(Cluster.that(Cluster::echo));
        Cluster first = add(firstThat(this::answerOne, second));
        try (Group group = first.group().open()) {
            submit(group, 0, 1);
            assertEquals(0, take(group));
            loss.release();
            assertEquals(0, second.opens.take().getResume().getNextSequence());
            submit(group, 1, 1);
            assertEquals(1, take(group));
        }
    }

    @Test
    void forgetsHalfABigResult() throws Exception {
        Cluster second = add(Cluster.that(Cluster::echo));
        Cluster first =
                add(
                        firstThat(
                                client -> {
                                    client.next();
                                    client.send(
                                            GroupResponse.newBuilder()
                                                    .setChunk(
                                                            Chunk.newBuilder()
                                                                    .setSize(10)
                                                                    .setData(
                                                                            ByteString.copyFrom(
                                                                                    new byte[5])))
                                                    .build());
                                    loss.acquire();
                                    throw new CallException(Kind.UNREACHABLE, "stops");
                                },
                                second));
        try (Group group = first.group().open()) {
            submit(group, 0, 1);
            loss.release();
            group.finish();

            assertEquals(0, take(group));
            assertNull(group.take());
        }
    }

    @Test
    void usesACoordinatorThatItWasToldOfWhenNoOverseerAnswers() throws Exception {
        Cluster second = add(Cluster.that(Cluster::echo));
        Cluster first = add(Cluster.that(this::answerOne));
        Cluster overseer =
                add(
                        Cluster.assigning(
                                request ->
                                        Cluster.assignment("c1", first.server.endpoint())
                                                .toBuilder()
                                                .addOthers(
                                                        Alternative.newBuilder()
                                                                .setCoordinator("c2")
                                                                .setAddress(
                                                                        second.server
                                                                                .endpoint()
                                                                                .toAddress()))
                                                .build(),
                                Cluster::echo));
        try (Group group = overseer.group().open()) {
            submit(group, 0, 3);
            overseer.close();
            loss.release();
            group.finish();

            assertEquals(3, drain(group).size());
            assertEquals("c2", group.coordinator());
        }
    }

    @Test
    void comesBackToTheOnlyCoordinator() throws Exception {
        AtomicBoolean lost = new AtomicBoolean();
        Cluster only =
                add(
                        Cluster.that(client -> {
                            if (lost.compareAndSet(false, true)) {
                                answerOne(client);
                            }
                            Cluster.echo(client);
                        }));
        Duration forEver = ChronoUnit.FOREVER.getDuration();
        try (Group group = only.group().openTimeout(forEver).resumeTimeout(forEver).open()) {
            submit(group, 0, 3);
            loss.release();
            group.finish();

            assertEquals(3, drain(group).size());
            assertEquals("c1", group.coordinator());
            assertEquals(1, group.resumes());
        }
    }

    @Test
    void saysWhyItFoundNoOtherInTime() throws Exception {
        Cluster first = add(firstThat(this::answerOne, null));
        try (Group group = first.group().resumeTimeout(Duration.ofMillis(100)).open()) {
            submit(group, 0, 2);
            assertEquals(0, take(group));
            loss.release(10); // c1 may take it once more while the overseer is slow

            ClientException e = assertThrows(ClientException.class, group::take);
            assertEquals(Kind.UNREACHABLE, e.kind());
            assertTrue(e.getMessage().contains(": stops; not resumed elsewhere: "), e.getMessage());
            assertTrue(e.getMessage().endsWith("; 1 of 2 items have no outcome"), e.getMessage());
        }
    }

    /// Its view is older, or the secret that the configuration names is not on its workers.
    @ParameterizedTest
    @EnumSource(names = {"NOT_FOUND", "INVALID"})
    void asksAgainWhereTheVersionOrTheConfigurationIsNotKnownYet(Kind kind) throws Exception {
        AtomicBoolean knows = new AtomicBoolean();
        Cluster second =
                add(
                        Cluster.refusing(client -> {
                            if (!knows.getAndSet(true)) {
                                throw new CallException(kind, "not here");
                            }
                            client.send(Cluster.opened());
                            Cluster.echo(client);
                        }));
        Cluster first = add(firstThat(this::answerOne, second));
        try (Group group = first.group().open()) {
            submit(group, 0, 3);
            loss.release();
            group.finish();

            assertEquals(3, drain(group).size());
            assertEquals(1, group.resumes());
        }
    }

    @Test
    void saysWhatTheOthersSaidWhenItsTimeIsOver() throws Exception {
        Semaphore asked = new Semaphore(0);
        Cluster second =
                add(
                        Cluster.refusing(client -> {
                            asked.release();
                            throw new CallException(Kind.NOT_FOUND, "plugin echo 1.2.0 is gone");
                        }));
        Cluster first = add(firstThat(this::answerOne, second));
        try (Group group = first.group().resumeTimeout(Duration.ofSeconds(3)).open()) {
            submit(group, 0, 2);
            assertEquals(0, take(group));
            loss.release();

            ClientException e = assertThrows(ClientException.class, group::take);
            assertEquals(Kind.UNREACHABLE, e.kind());
            assertTrue(e.getMessage().contains(": stops; not resumed elsewhere: c2 at "));
            assertTrue(
                    e.getMessage()
                            .endsWith(": plugin echo 1.2.0 is gone; 1 of 2 items have no outcome"),
                    e.getMessage());
            assertTrue(asked.availablePermits() > 1, "asked once");
        }
    }

    @Test
    void endsInTimeAlsoWhereNoOverseerAnswers() throws Exception {
        Cluster first = add(Cluster.that(this::answerOne));
        Semaphore answers = new Semaphore(1); // for the first open
        Cluster silent =
                add(
                        Cluster.assigning(
                                request -> {
                                    answers.acquire();
                                    return Assignment.getDefaultInstance();
                                },
                                Cluster::echo));
        Cluster overseer =
                add(
                        Cluster.assigning(
                                request -> {
                                    answers.acquire();
                                    return Cluster.assignment("c1", first.server.endpoint())
                                            .toBuilder()
                                            .addOverseers(silent.address())
                                            .build();
                                },
                                Cluster::echo));
        try (Group group = overseer.group().resumeTimeout(Duration.ofMillis(100)).open()) {
            submit(group, 0, 2);
            assertEquals(0, take(group));
            long begin = System.nanoTime();
            first.close();

            assertThrows(ClientException.class, group::take);
            Duration after = Duration.ofNanos(System.nanoTime() - begin);
            assertTrue(after.toSeconds() < 8, "the overseers were asked for " + after);
        }
    }

    @Test
    void cancelsAndClosesWithoutACoordinator() throws Exception {
        Cluster first = add(firstThat(this::answerOne, null));
        try (Group group = first.group().open();
                Group other = first.group().open()) {
            submit(group, 0, 2);
            submit(other, 0, 2);
            assertEquals(0, take(group));
            assertEquals(0, take(other));
            loss.release(2);
            Until.holds("both look for another one", () -> first.asked.size() > 6);
            group.cancel("enough");
            other.close();

            assertInstanceOf(Outcome.Aborted.class, group.take());
            assertNull(group.take());
            assertEquals(new Counts(2, 1, 0, 1), group.counts());
            assertEquals(Kind.CANCELLED, assertThrows(ClientException.class, other::take).kind());
        }
    }

    @Test
    void doesNotGoOnAfterTheFirstFaultIfItIsToStopThere() throws Exception {
        Cluster first =
                add(
                        firstThat(
                                client -> {
                                    client.next();
                                    client.send(
                                            GroupResponse.newBuilder()
                                                    .setOutcomes(
                                                            Outcomes.newBuilder()
                                                                    .addFaults(Cluster.fault(0)))
                                                    .build());
                                    loss.acquire();
                                    throw new CallException(Kind.UNREACHABLE, "stops");
                                },
                                null));
        try (Group group = first.group().stopAtFirstFault().open()) {
            submit(group, 0, 2);
            assertInstanceOf(Outcome.Failed.class, group.take());
            loss.release();

            assertInstanceOf(Outcome.Aborted.class, group.take());
            assertNull(group.take());
            assertEquals(new Counts(2, 0, 1, 1), group.counts());
            assertEquals(0, group.resumes());
        }
    }

    @Test
    void endsWhenOnlyTheCountsAreLost() throws Exception {
        Cluster first =
                add(
                        firstThat(
                                client -> {
                                    client.next();
                                    client.send(
                                            GroupResponse.newBuilder()
                                                    .setOutcomes(Cluster.echoed(items(0)))
                                                    .build());
                                    while (client.next() != null) {}
                                    throw new CallException(Kind.UNREACHABLE, "stops");
                                },
                                null));
        try (Group group = first.group().open()) {
            submit(group, 0, 1);
            assertEquals(0, take(group));
            group.finish();

            assertNull(group.take());
            assertEquals(new Counts(1, 1, 0, 0), group.counts());
        }
    }

    @Test
    void endsAlsoWhereItIsFinishedWhileACoordinatorIsLookedFor() throws Exception {
        Cluster first = add(firstThat(this::answerOne, null));
        try (Group group = first.group().open()) {
            submit(group, 0, 1);
            assertEquals(0, take(group));
            loss.release();
            Until.holds("it looks for another one", () -> first.asked.size() > 2);
            group.finish();

            assertNull(group.take());
            assertEquals(new Counts(1, 1, 0, 0), group.counts());
        }
    }

    @Test
    void isNotOpenedOnceMoreWhenAnOperatorCancelsItMeanwhile() throws Exception {
        Cluster second =
                add(
                        Cluster.refusing(client -> {
                            throw new CallException(Kind.CANCELLED, "cancelled: enough");
                        }));
        Cluster first = add(firstThat(this::answerOne, second));
        try (Group group = first.group().open()) {
            submit(group, 0, 2);
            assertEquals(0, take(group));
            loss.release();

            Outcome.Aborted<?> aborted = assertInstanceOf(Outcome.Aborted.class, group.take());
            assertEquals("cancelled: enough", aborted.fault().text());
            assertNull(group.take());
            assertEquals(new Counts(2, 1, 0, 1), group.counts());
            assertEquals(1, second.opens.size());
        }
    }

    @Test
    void givesWayToANewerProcessOfItsClient() throws Exception {
        Cluster first =
                add(
                        firstThat(
                                client -> {
                                    client.next();
                                    throw new CallException(Kind.CONFLICT, "epoch 7");
                                },
                                null));
        try (Group group = first.group().open()) {
            submit(group, 0, 1);

            ClientException e = assertThrows(ClientException.class, group::take);
            assertEquals(Kind.CONFLICT, e.kind());
            assertEquals(0, group.resumes());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"CONFLICT", "EXISTS"})
    void doesNotTakeAGroupBackFromANewerProcessOfItsClient(Kind seen) throws Exception {
        Cluster second =
                add(
                        Cluster.refusing(client -> {
                            throw new CallException(seen, "epoch 9");
                        }));
        Cluster first = add(firstThat(this::answerOne, second));
        try (Group group = first.group().open()) {
            submit(group, 0, 2);
            assertEquals(0, take(group));
            loss.release();

            ClientException e = assertThrows(ClientException.class, group::take);
            assertEquals(Kind.CONFLICT, e.kind());
            assertTrue(e.getMessage().contains(": stops; not resumed elsewhere: c2 at "));
            assertEquals(1, second.opens.take().getEpoch());
            assertTrue(second.opens.isEmpty());
        }
    }

    @Test
    void theNewestOfTheProcessesThatGoOnWithOneTokenServes() throws Exception {
        Cluster cluster = add(thatServesTheHighestEpoch());
        ResumeToken token;
        try (Group group = cluster.group().open()) {
            token = group.token();
        }
        try (Group older = cluster.group().resume(token).open()) {
            submit(older, 0, 1);
            Until.holds("it has lost a coordinator", () -> older.resumes() == 1);
            try (Group newer = cluster.group().resume(token).open()) {
                submit(newer, 0, 1);
                newer.finish();
                assertEquals(1, drain(newer).size());
            }
        }
    }

    @Test
    void aNewProcessWaitsForACoordinatorThatTakesItsGroup() throws Exception {
        ResumeToken token;
        try (Group group = add(Cluster.that(Cluster::echo)).group().open()) {
            token = group.token();
        }
        AtomicInteger refusals = new AtomicInteger(3);
        Cluster full =
                add(
                        Cluster.refusing(client -> {
                            if (refusals.getAndDecrement() > 0) {
                                throw new CallException(Kind.BUSY, "full");
                            }
                            client.send(Cluster.opened());
                            Cluster.echo(client);
                        }));
        try (Group group = full.group().resume(token).open()) {
            submit(group, 0, 1);
            assertEquals(0, take(group));
        }
        refusals.set(Integer.MAX_VALUE);
        GroupBuilder hasty = full.group().resume(token).resumeTimeout(Duration.ZERO);
        assertEquals(
                Kind.BUSY, assertThrows(ClientException.class, () -> hasty.open().close()).kind());
    }

    @Test
    void raisesTheEpochOfANewProcessAFewTimes() throws Exception {
        ResumeToken token;
        try (Group group = add(Cluster.that(Cluster::echo)).group().open()) {
            token = group.token();
        }
        Cluster ahead =
                add(
                        Cluster.refusing(client -> {
                            throw new CallException(Kind.CONFLICT, "epoch 9");
                        }));
        ClientException e =
                assertThrows(
                        ClientException.class, () -> ahead.group().resume(token).open().close());
        assertEquals(Kind.CONFLICT, e.kind());
        List<Long> epochs = ahead.opens.stream().map(OpenGroup::getEpoch).toList();
        assertEquals(4, epochs.size());
        assertEquals(List.copyOf(new TreeSet<>(epochs)), epochs);
    }

    @Test
    void aNewGroupTakesNobodysIdAway() throws Exception {
        Cluster taken =
                add(
                        Cluster.refusing(client -> {
                            throw new CallException(Kind.EXISTS, "is open already");
                        }));
        ClientException e = assertThrows(ClientException.class, () -> taken.group().open().close());
        assertEquals(Kind.EXISTS, e.kind());
        assertEquals(1, taken.opens.size());
    }

    @Test
    void aTokenSaysWhatANewProcessHasToSubmitAgain() throws Exception {
        Cluster cluster = add(Cluster.that(this::answerEven));
        ResumeToken token;
        try (Group group = cluster.group().open()) {
            submit(group, 0, 8);
            assertEquals(0, take(group));
            assertEquals(4, take(group));
            Until.holds("6 is here, and not taken", () -> group.counts().ok() == 3);
            token = ResumeToken.parse(group.token().toString());
        }
        assertEquals(8, token.next());
        assertTrue(token.isDone(0) && token.isDone(4));
        for (long open : new long[] {1, 2, 3, 5, 6, 7, 8, -1}) {
            assertFalse(token.isDone(open), "item " + open);
        }
        OpenGroup before = cluster.opens.take();
        Cluster now = add(Cluster.that(Cluster::echo));
        try (Group group = now.group().resume(token).open()) {
            assertEquals(token.group(), group.id());
            for (long sequence : new long[] {1, 2, 3, 5}) {
                assertEquals(sequence, group.submit(new byte[1]));
            }
            assertEquals(1, take(group));
            assertTrue(group.token().isDone(1) && group.token().isDone(4));
            assertFalse(group.token().isDone(7), "not submitted again yet");
            for (long sequence : new long[] {6, 7, 8}) {
                assertEquals(sequence, group.submit(new byte[1]));
            }
            group.finish();
            assertEquals(List.of(2L, 3L, 5L, 6L, 7L, 8L), List.copyOf(drain(group).keySet()));
            assertEquals(new Counts(7, 7, 0, 0), group.counts());
            OpenGroup after = now.opens.take();
            assertEquals(before.getGroup(), after.getGroup());
            assertTrue(after.getEpoch() > before.getEpoch());
            assertEquals("1.2.0", after.getResume().getPlugin().getVersion());
            assertEquals(2, after.getResume().getAttempt());
        }
    }

    @Test
    void refusesATokenThatIsNone() {
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> ResumeToken.parse("hello"));
        assertTrue(
                String.valueOf(e.getMessage())
                        .startsWith("resume token: 5 characters that are none"),
                e.getMessage());
    }

    /// An overseer and a coordinator c1 that does this; whoever avoids it gets the other one, or c1's dead neighbour.
    private Cluster firstThat(Cluster.Conduct conduct, @Nullable Cluster second)
            throws CallException {
        Cluster[] self = new Cluster[1];
        self[0] =
                Cluster.assigning(
                        request -> {
                            if (request.getAvoidCount() == 0) {
                                return Cluster.assignment("c1", self[0].server.endpoint());
                            }
                            return Cluster.assignment(
                                    "c2",
                                    second == null ? nobody.endpoint() : second.server.endpoint());
                        },
                        conduct);
        return self[0];
    }

    /// A coordinator that knows which epoch it has seen, and stops when a process that goes on with a group has sent something.
    private static Cluster thatServesTheHighestEpoch() throws CallException {
        Cluster[] self = new Cluster[1];
        AtomicLong highest = new AtomicLong(-1);
        self[0] =
                Cluster.refusing(client -> {
                    OpenGroup open = self[0].opens.remove();
                    long before = highest.getAndAccumulate(open.getEpoch(), Math::max);
                    if (before >= open.getEpoch()) {
                        throw new CallException(
                                before == open.getEpoch() ? Kind.EXISTS : Kind.CONFLICT,
                                "is open already with epoch " + before);
                    }
                    client.send(Cluster.opened());
                    if (open.getResume().getAttempt() == 2) {
                        client.next();
                        throw new CallException(Kind.UNREACHABLE, "stops");
                    }
                    Cluster.echo(client);
                });
        return self[0];
    }

    private Cluster add(Cluster cluster) {
        clusters.add(cluster);
        return cluster;
    }

    /// Answers item 0 of what comes, keeps the rest, and stops when told.
    private void answerOne(Exchange<GroupResponse, GroupRequest> client)
            throws CallException, InterruptedException {
        client.next();
        client.send(GroupResponse.newBuilder().setOutcomes(Cluster.echoed(items(0))).build());
        loss.acquire();
        throw new CallException(Kind.UNREACHABLE, "stops");
    }

    private void answerEven(Exchange<GroupResponse, GroupRequest> client)
            throws CallException, InterruptedException {
        for (GroupRequest next = client.next(); next != null; next = client.next()) {
            for (long sequence : next.getItems().getSequencesList()) {
                got.add(sequence);
            }
            if (got.contains(7L)) {
                client.send(
                        GroupResponse.newBuilder()
                                .setOutcomes(Cluster.echoed(items(0, 4, 6)))
                                .build());
            }
        }
    }

    private void echoAgain(Exchange<GroupResponse, GroupRequest> client)
            throws CallException, InterruptedException {
        long items = 0;
        for (GroupRequest next = client.next(); next != null; next = client.next()) {
            sentAgain.addAll(next.getItems().getSequencesList());
            items += next.getItems().getSequencesCount();
            client.send(
                    GroupResponse.newBuilder()
                            .setOutcomes(Cluster.echoed(next.getItems()))
                            .build());
        }
        client.send(Cluster.closed(items, items, 0, 0));
    }

    private static Items items(long... sequences) {
        Items.Builder items = Items.newBuilder();
        for (long sequence : sequences) {
            items.addSequences(sequence).addSizes(1);
        }
        return items.setBody(ByteString.copyFrom(new byte[sequences.length])).build();
    }

    private static void submit(Group group, long first, int count) throws InterruptedException {
        for (int i = 0; i < count; i++) {
            assertEquals(first + i, group.submit(new byte[1]));
        }
    }

    private static long take(Group group) throws InterruptedException {
        return assertInstanceOf(Outcome.Ok.class, group.take()).sequence();
    }

    private static Map<Long, Outcome<byte[]>> drain(Group group) {
        Map<Long, Outcome<byte[]>> outcomes = new TreeMap<>();
        for (Outcome<byte[]> outcome : group) {
            assertNull(outcomes.put(outcome.sequence(), outcome), "twice: " + outcome);
        }
        return outcomes;
    }
}
