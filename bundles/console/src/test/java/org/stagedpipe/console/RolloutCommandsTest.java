package org.stagedpipe.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stagedpipe.protocol.v1.CanaryPolicy;
import org.stagedpipe.protocol.v1.DecideRolloutRequest;
import org.stagedpipe.protocol.v1.DecideRolloutRequest.Decision;
import org.stagedpipe.protocol.v1.PublishBegin;
import org.stagedpipe.transport.CallException.Kind;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// `rollout`, and updates that are one.
class RolloutCommandsTest extends OneConsole {

    @Test
    void waitsForACanaryAndSaysThatItHeld() throws Exception {
        Path jar = Files.writeString(folder.resolve("b.jar"), "bytes");
        Run run = run("plugin", "update", jar.toString(), "--strategy", "canary", "--hold", "5s");
        assertEquals(0, run.exitCode(), run.err());
        PublishBegin begun = overseer.published.getFirst();
        assertEquals(10, begun.getCanary().getPercent());
        assertEquals(5_000, begun.getCanary().getHoldMs());
        assertTrue(run.err().contains("rollout r1 of birdstrikes 1.2.0: canary"), run.err());
        assertTrue(run.out().startsWith("b.jar is what new groups get"), run.out());
    }

    @Test
    void saysWhereToLookWhenTheWaitingIsInterrupted() throws Exception {
        Path jar = Files.writeString(folder.resolve("b.jar"), "bytes");
        Thread waits = Thread.currentThread();
        overseer.looksUntilEnd = Integer.MAX_VALUE;
        overseer.onLook = look -> waits.interrupt();
        Run run = run("plugin", "update", jar.toString(), "--strategy", "canary");
        assertEquals(130, run.exitCode(), run.err());
        assertTrue(
                run.err()
                        .endsWith(
                                "rollout r1 goes on: see rollout status r1 --watch, rollout abort"
                                        + " r1 ends it\n"
                                        + "stagedpipe: interrupted\n"),
                run.err());
    }

    @Test
    void asksForAGrowingShare() throws Exception {
        Path jar = Files.writeString(folder.resolve("b.jar"), "bytes");
        Run run =
                run(
                        "plugin",
                        "update",
                        jar.toString(),
                        "--strategy",
                        "rolling",
                        "--steps",
                        "5,40",
                        "--approve",
                        "--max-latency-factor",
                        "2");
        assertEquals(0, run.exitCode(), run.err());
        CanaryPolicy policy = overseer.published.getFirst().getCanary();
        assertEquals(5, policy.getPercent());
        assertEquals(List.of(40), policy.getFurtherPercentsList());
        assertTrue(policy.getGated());
        assertEquals(2, policy.getMaxLatencyFactor());
        for (String steps : List.of("5,5", "50,20", "0", "10,100")) {
            run = run("plugin", "update", "b.jar", "--strategy", "rolling", "--steps", steps);
            assertEquals(2, run.exitCode(), run.err());
            assertTrue(run.err().contains("--steps"), run.err());
        }
    }

    @Test
    void asksForANumberOfWorkers() throws Exception {
        Path jar = Files.writeString(folder.resolve("b.jar"), "bytes");
        String[] canary = {"plugin", "update", jar.toString(), "--strategy", "canary"};
        Run run = run(with(canary, "--canary-workers", "2"));
        assertEquals(0, run.exitCode(), run.err());
        CanaryPolicy policy = overseer.published.getFirst().getCanary();
        assertEquals(2, policy.getFirstWorkers());
        assertEquals(0, policy.getPercent());
        run = run(with(canary, "--canary-workers", "2", "--canary-percent", "20"));
        assertEquals(2, run.exitCode());
        assertTrue(
                run.err().contains("--canary-workers and --canary-percent are both given"),
                run.err());
        assertEquals(2, run(with(canary, "--canary-workers", "0")).exitCode());
        run = run("plugin", "update", jar.toString(), "--canary-workers", "2");
        assertEquals(2, run.exitCode());
        assertTrue(run.err().contains("--strategy all (expected: canary or rolling)"), run.err());
        String[] rolling = {"plugin", "update", jar.toString(), "--strategy", "rolling"};
        run = run(with(rolling, "--canary-workers", "1", "--steps", "30,60"));
        assertEquals(0, run.exitCode(), run.err());
        policy = overseer.published.getLast().getCanary();
        assertEquals(1, policy.getFirstWorkers());
        assertEquals(List.of(30, 60), policy.getFurtherPercentsList());
        assertEquals(2, run(with(rolling, "--canary-workers", "1", "--steps", "60,30")).exitCode());
    }

    /// Who asks for a canary and forgets the strategy must not update everybody.
    @Test
    void refusesWhatTheStrategyDoesNotUse() throws Exception {
        Path jar = Files.writeString(folder.resolve("b.jar"), "bytes");
        String[] update = {"plugin", "update", jar.toString()};
        String[][] unused = {
            {"--canary-percent", "5"},
            {"--steps", "5,20"},
            {"--approve"},
            {"--hold", "5s"},
            {"--min-items", "3"},
            {"--max-error-rate", "0.1"},
            {"--max-latency-factor", "2"},
            {"--max-wait", "5m"},
            {"--no-wait"},
            {"--strategy", "rolling", "--canary-percent", "5"},
            {"--strategy", "canary", "--steps", "5,20"},
        };
        for (String[] options : unused) {
            Run run = run(with(update, options));
            assertEquals(2, run.exitCode(), run.err());
            assertTrue(run.err().contains(" with --strategy "), run.err());
        }
        assertEquals(List.of(), overseer.published);
    }

    private static String[] with(String[] command, String... options) {
        return Stream.concat(Stream.of(command), Stream.of(options)).toArray(String[]::new);
    }

    @Test
    void endsWithSixIfACanaryIsRolledBack() throws Exception {
        Path jar = Files.writeString(folder.resolve("b.jar"), "bytes");
        overseer.rolloutEnd = "rolled_back";
        Run run = run("plugin", "update", jar.toString(), "--strategy", "canary");
        assertEquals(6, run.exitCode(), run.err());
        assertTrue(run.err().contains("1.2.0 was rolled back: 5 of 20 items failed"), run.err());
        run = run("rollout", "status", "r1", "--watch");
        assertEquals(6, run.exitCode(), run.err());
    }

    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {"UNREACHABLE", "TIMED_OUT"})
    void asksTheNextOverseerIfOneIsLostWhileItPushes(Kind how) throws Exception {
        Path jar = Files.writeString(folder.resolve("b.jar"), "bytes");
        overseer.lostWhilePushing = Optional.of(how);
        Run run = run("plugin", "update", jar.toString(), "--strategy", "canary");
        assertEquals(0, run.exitCode(), run.err());
        assertEquals(1, overseer.published.size());
        overseer.rolloutEnd = "rolled_back";
        run = run("plugin", "update", jar.toString(), "--strategy", "canary");
        assertEquals(6, run.exitCode(), run.err());
    }

    @Test
    void saysThatAnUpdateWasRolledBackThoughItIsNotToWait() throws Exception {
        Path jar = Files.writeString(folder.resolve("b.jar"), "bytes");
        String[] update = {"plugin", "update", jar.toString(), "--strategy", "canary", "--no-wait"};
        overseer.lostWhilePushing = Optional.of(Kind.UNREACHABLE);
        Run run = run(update);
        assertEquals(0, run.exitCode(), run.err());
        assertEquals("rollout r1 has begun\n", run.out());
        overseer.rolloutBegin = "pushing"; // and the next overseer gives it up
        overseer.rolloutEnd = "rolled_back";
        run = run(update);
        assertEquals(6, run.exitCode(), run.err());
    }

    @Test
    void goesOnWithoutWaitingIfAsked() throws Exception {
        Path jar = Files.writeString(folder.resolve("b.jar"), "bytes");
        Run run = run("plugin", "update", jar.toString(), "--strategy", "canary", "--no-wait");
        assertEquals("rollout r1 has begun\n", run.out());
        run =
                run(
                        "plugin",
                        "update",
                        jar.toString(),
                        "--strategy",
                        "canary",
                        "--no-wait",
                        "-o",
                        "json");
        assertEquals("r1", run.json().get("rollout").asText());
        assertEquals(
                2,
                run("plugin", "update", "b.jar", "--strategy", "canary", "--canary-percent", "100")
                        .exitCode());
        assertEquals(2, run("plugin", "install", jar.toString(), "--dry-run").exitCode());
    }

    @Test
    void aDryRunPrintsWhatWouldHappen() throws Exception {
        Path jar = Files.writeString(folder.resolve("b.jar"), "bytes");
        Run run = run("plugin", "update", jar.toString(), "--dry-run", "--strategy", "canary");
        assertEquals(0, run.exitCode(), run.err());
        assertEquals(
                "w1 would fetch birdstrikes 1.2.0 (5 bytes)\n"
                        + "birdstrikes 1.2.0 would start beside birdstrikes 1.1.0\n",
                run.out());
        PublishBegin begin = overseer.published.getFirst();
        assertTrue(begin.getDryRun());
        assertEquals(PublishBegin.Mode.UPDATE, begin.getMode());
        assertEquals(10, begin.getCanary().getPercent());
        run = run("plugin", "update", jar.toString(), "--dry-run", "-o", "json");
        assertTrue(run.out().contains("\"w1 would fetch birdstrikes"), run.out());
    }

    @Test
    void listsRolloutsAndDecides() throws Exception {
        Run run = run("rollout", "list");
        assertTrue(run.out().contains("r1"), run.out());
        for (Decision decision :
                List.of(Decision.PAUSE, Decision.RESUME, Decision.APPROVE, Decision.ABORT)) {
            String command = decision.name().toLowerCase(Locale.ROOT);
            run = run("rollout", command, "r1");
            assertEquals(0, run.exitCode(), run.err());
            assertTrue(run.out().startsWith("rollout r1 of birdstrikes 1.2.0: "), run.out());
            assertEquals(
                    DecideRolloutRequest.newBuilder()
                            .setId("r1")
                            .setDecision(decision)
                            .setOperator(System.getProperty("user.name"))
                            .build(),
                    overseer.decided.getLast());
        }
        assertEquals(4, overseer.decided.size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"status", "pause", "resume", "approve", "abort"})
    void suggestsTheNearestRollout(String command) {
        Run run = run("rollout", command, "r9");
        assertEquals(4, run.exitCode());
        assertEquals(
                "stagedpipe: rollout \"r9\": there is no such rollout; did you mean r1?\n",
                run.err());
        assertEquals(List.of(), overseer.decided);
    }
}
