package org.stagedpipe.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stagedpipe.protocol.v1.GroupEntry;
import org.stagedpipe.protocol.v1.GroupWaits;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/// `group`.
class GroupCommandsTest extends OneConsole {

    @Test
    void listsAndDescribesGroups() throws Exception {
        Run run = run("group", "list");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(
                run.out()
                        .lines()
                        .anyMatch(l ->
                                l.matches(
                                        TestOverseer.GROUP_A
                                                + " +birdstrikes +1.1.0 +running +c1 +10 +6"
                                                + " +1 +0 +a client")),
                run.out());
        JsonNode group = run("group", "list", "-o", "json").json().get(1);
        assertEquals(TestOverseer.GROUP_B, group.get("id").asText());
        assertEquals(10, group.get("accepted").asInt());
        assertEquals("worker-1", group.get("workers").get(0).asText());
        run = run("group", "describe", TestOverseer.GROUP_B);
        assertTrue(run.out().lines().anyMatch(l -> l.matches("on their way +3")), run.out());
    }

    @Test
    void findsGroupByTheFirstDigitsOfItsId() {
        Run run = run("group", "cancel", "0A1B2C3D000000000000000000000002", "--reason", "enough");
        assertEquals(0, run.exitCode(), run.err());
        assertEquals("group " + TestOverseer.GROUP_B + " is cancelled\n", run.out());
        assertEquals(Samples.bytes(TestOverseer.GROUP_B), overseer.cancelled.getFirst().getGroup());
        assertEquals("enough", overseer.cancelled.getFirst().getReason());
    }

    @Test
    void saysThatAGroupIsCancelledLater() {
        overseer.away = List.of("c1");
        Run run = run("group", "cancel", TestOverseer.GROUP_B);
        assertEquals(7, run.exitCode(), run.err());
        assertEquals(
                "group "
                        + TestOverseer.GROUP_B
                        + " is cancelled when c1 is back or its client goes on elsewhere, within"
                        + " five minutes\n",
                run.out());
    }

    @Test
    void refusesGroupsThatAreNotOne() {
        Run run = run("group", "cancel", "0a1b");
        assertEquals(2, run.exitCode());
        assertEquals(
                "stagedpipe: group 0a1b: 2 open groups begin so (expected: more digits): "
                        + TestOverseer.GROUP_A
                        + ", "
                        + TestOverseer.GROUP_B
                        + "\n",
                run.err());
        assertEquals(4, run("group", "cancel", "ff").exitCode());
        assertEquals(2, run("group", "cancel", "xyz").exitCode());
        assertEquals(List.of(), overseer.cancelled);
    }

    @Test
    void aGroupThatWentOnElsewhereIsOne() {
        overseer.groups =
                () ->
                        List.of(
                                on("c2", 2, GroupWaits.getDefaultInstance()),
                                on("c1", 1, GroupWaits.getDefaultInstance()));
        Run run = run("group", "describe", TestOverseer.GROUP_A);
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().lines().anyMatch(l -> l.matches("coordinator +c2")), run.out());
    }

    @Test
    void whyComparesNothingOfTwoCoordinators() {
        GroupWaits before = GroupWaits.newBuilder().setClientReads(60_000).build();
        AtomicInteger looks = new AtomicInteger();
        overseer.groups =
                () -> {
                    int look = looks.incrementAndGet();
                    GroupWaits after =
                            GroupWaits.newBuilder().setClientSends(10_000L * look).build();
                    return List.of(look < 3 ? on("c1", 1, before) : on("c2", 2, after));
                };
        Run run = run("group", "why", TestOverseer.GROUP_A, "--over", "20s");
        assertEquals(0, run.exitCode(), run.err());
        assertEquals(
                "group "
                        + TestOverseer.GROUP_A
                        + " went on, on coordinator c2; it is looked at since then\n",
                run.err());
        assertTrue(run.out().startsWith("The client does not send: 100 % of the time "), run.out());
        assertTrue(run.out().lines().anyMatch(l -> l.matches("looked at +20.00 s")), run.out());
    }

    /// Its coordinator stops, so it is listed again once its client has gone on elsewhere.
    @Test
    void whyWaitsForAGroupThatGoesOnElsewhere() {
        AtomicInteger looks = new AtomicInteger();
        overseer.groups =
                () -> {
                    int look = looks.incrementAndGet();
                    GroupWaits waits =
                            GroupWaits.newBuilder().setClientSends(10_000L * look).build();
                    return look < 3
                            ? List.of(on("c1", 1, waits))
                            : look < 5 ? List.of() : List.of(on("c2", 2, waits));
                };
        Run run = run("group", "why", TestOverseer.GROUP_A, "--over", "20s");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(
                run.err().endsWith("on coordinator c2; it is looked at since then\n"), run.err());
        assertTrue(run.out().lines().anyMatch(l -> l.matches("looked at +20.00 s")), run.out());
    }

    @Test
    void whyShowsNoneOfTheLifeBeforeWhenTheCoordinatorIsSilent() {
        GroupWaits waits = GroupWaits.newBuilder().setClientReads(60_000).build();
        overseer.groups = () -> List.of(on("c1", 1, waits));
        Run run = run("group", "why", TestOverseer.GROUP_A, "--over", "1s");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().startsWith("Nothing is known: "), run.out());
    }

    @ParameterizedTest
    @CsvSource({"1,10.00", "3,20.00"}) // its life, or what came after the first look
    void whySaysWhatIsKnownOfAGroupThatEnds(int lastLook, String seconds) {
        AtomicInteger looks = new AtomicInteger();
        overseer.groups =
                () -> {
                    int look = looks.incrementAndGet();
                    GroupWaits waits =
                            GroupWaits.newBuilder().setClientReads(10_000L * look).build();
                    return look <= lastLook ? List.of(on("c1", 1, waits)) : List.of();
                };
        Run run = run("group", "why", TestOverseer.GROUP_A, "--over", "60s");
        assertEquals(0, run.exitCode(), run.err());
        assertEquals(
                "group "
                        + TestOverseer.GROUP_A
                        + " is not open any more; it was looked at until then\n",
                run.err());
        assertTrue(run.out().startsWith("The client does not read: 100 % of the time "), run.out());
        assertTrue(
                run.out().lines().anyMatch(l -> l.matches("looked at +" + seconds + " s")),
                run.out());
    }

    @Test
    void namesTheFirstFewOfManyThatBeginSo() {
        overseer.groups =
                () ->
                        IntStream.rangeClosed(1, 1_000)
                                .mapToObj(i -> Samples.group("0a1b2c3d-%024d".formatted(i)))
                                .toList();
        Run run = run("group", "describe", "0a1b");
        assertEquals(2, run.exitCode());
        assertTrue(run.err().contains(": 1000 open groups begin so "), run.err());
        assertTrue(run.err().endsWith("-000000000005 and 995 more\n"), run.err());
    }

    private static GroupEntry on(String coordinator, long openedMs, GroupWaits waits) {
        GroupEntry group = Samples.group(TestOverseer.GROUP_A);
        return group.toBuilder()
                .setCoordinator(coordinator)
                .setSummary(group.getSummary().toBuilder().setOpenedMs(openedMs).setWaits(waits))
                .build();
    }

    @Test
    void suggestsTheNearestGroup() {
        Run run = run("group", "describe", "0b1b2c3d");
        assertEquals(4, run.exitCode());
        assertTrue(
                run.err()
                        .matches(
                                "stagedpipe: group 0b1b2c3d: there is no such open group; did you"
                                        + " mean 0a1b2c3d-.*\\?\n"),
                run.err());
        assertTrue(run("group", "describe", "ffff").err().contains("expected: the ID of one of 2"));
    }
}
