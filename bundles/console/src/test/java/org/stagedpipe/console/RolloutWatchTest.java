package org.stagedpipe.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What a person sees of a rollout that goes on.
class RolloutWatchTest extends OneConsole {

    private static final String CLEAR = "\r\u001b[K";

    @Test
    void isLinesWhereNoTerminalIs() {
        Run run = run("rollout", "status", "r1", "--watch");
        assertEquals(0, run.exitCode(), run.err());
        List<String> lines = run.err().lines().toList();
        assertEquals(2, lines.size(), run.err());
        assertTrue(
                lines.getFirst()
                        .matches(
                                "rollout r1 of birdstrikes 1\\.2\\.0: canary, step 1 of 2 with 10 %"
                                        + " of new groups, 5 of 20 items failed at 1\\.2 ms, 0 of"
                                        + " 180 at 1\\.2 ms on 1\\.1\\.0; held 1\\d\\d s of 600 s"),
                run.err());
        assertTrue(lines.getLast().contains("step 2 of 2 with 50 %"), run.err());
        assertFalse(run.err().contains("\r"), "a bar where no terminal is");
        assertTrue(run.out().startsWith("rollout r1 of birdstrikes 1.2.0: done"), run.out());
    }

    @ParameterizedTest
    @ValueSource(strings = {"rollout status r1 --watch", "plugin update JAR --strategy canary"})
    void isABarOnATerminal(String line) throws Exception {
        Path jar = Files.writeString(folder.resolve("b.jar"), "bytes");
        Run run =
                Run.of(
                        () -> List.of(overseer.endpoint()),
                        true,
                        line.replace("JAR", jar.toString()).split(" "));
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.err().contains(bar(2) + "step 1 of 2 with 10 %, held 1"), run.err());
        assertTrue(
                run.err().contains("failed 5 of 20 at 1.2 ms, on 1.1.0 0 of 180 at 1.2 ms"),
                run.err());
        assertTrue(run.err().contains(bar(17) + "step 2 of 2 with 50 %, held 1"), run.err());
        String last = run.err().substring(run.err().lastIndexOf(CLEAR) + CLEAR.length());
        assertTrue(last.isEmpty() || last.startsWith("rollout r1: "), run.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"done", "rolled_back"})
    void isALineOfJsonForEachChangeWhereThatIsWanted(String end) throws Exception {
        overseer.rolloutEnd = end;
        Run run = run("rollout", "status", "r1", "--watch", "-o", "json");
        assertEquals(end.equals("done") ? 0 : 6, run.exitCode(), run.err());
        List<String> states = new ArrayList<>();
        for (String line : run.out().lines().toList()) {
            states.add(new ObjectMapper().readTree(line).get("state").asText());
        }
        assertEquals(List.of("canary", "canary", end), states);
    }

    @Test
    void isNothingIfNothingIsWanted() {
        Run run = run("rollout", "status", "r1", "--watch", "-q");
        assertEquals(0, run.exitCode(), run.err());
        assertEquals("", run.err());
    }

    @Test
    void clearsTheBarBeforeItSaysThatItWasRolledBack() {
        overseer.rolloutEnd = "rolled_back";
        Run run =
                Run.of(
                        () -> List.of(overseer.endpoint()),
                        true,
                        "rollout",
                        "status",
                        "r1",
                        "--watch");
        assertEquals(6, run.exitCode(), run.err());
        assertTrue(
                run.err()
                        .endsWith(
                                CLEAR
                                        + "stagedpipe: 1.2.0 was rolled back: 5 of 20 items"
                                        + " failed\n"),
                run.err());
    }

    @Test
    void goesOnWithTheNextOverseerThatLeads() throws Exception {
        overseer.looksUntilEnd = Integer.MAX_VALUE;
        overseer.onLook =
                look -> {
                    if (look == 1) {
                        Thread.ofVirtual().start(overseer::close);
                    }
                };
        try (TestOverseer next = new TestOverseer()) {
            next.looksUntilEnd = 1;
            overseer.others = List.of(next.endpoint().toString()); // which nobody names besides
            Run run =
                    Run.of(
                            () -> List.of(overseer.endpoint()),
                            false,
                            "rollout",
                            "status",
                            "r1",
                            "--watch");
            assertEquals(0, run.exitCode(), run.err());
            assertTrue(run.err().contains("the overseer is lost ("), run.err());
            assertTrue(run.err().contains("; looking for one for 30 s\n"), run.err());
            assertTrue(run.err().contains("overseer o1 answers\n"), run.err());
            assertEquals(2, next.looks.get());
            assertTrue(run.out().contains(": done"), run.out());
        }
    }

    private static String bar(int filled) {
        return CLEAR + "rollout [" + "#".repeat(filled) + ".".repeat(30 - filled) + "] ";
    }
}
