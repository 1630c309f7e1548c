package org.stagedpipe.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.runtime.probe.Probe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// The launcher as a process of its own, with a feature of one bundle.
@Timeout(120)
class LauncherTest {

    @TempDir Path folder;
    private ProbeHome home;

    @BeforeEach
    void makeHome() throws IOException {
        home = ProbeHome.in(folder.toRealPath());
    }

    @Test
    void servesUntilItIsTerminated() throws Exception {
        try (ChildProcess node = home.launch("--role", "probe", "--name", "p1", "--port", "9600")) {
            assertEquals("probe p1 on 127.0.0.1:9600, admin on 127.0.0.1:9601", node.line());
            Path data = home.data("p1");
            assertEquals(
                    "{\"pid\":%d,\"role\":\"probe\",\"name\":\"p1\",\"addresses\":{\"probe\":\"127.0.0.1:9600\",\"admin\":\"127.0.0.1:9601\"}}\n"
                            .formatted(node.pid()),
                    Files.readString(data.resolve("node.json")));
            assertEquals(
                    "stray\na request has 30\n", Files.readString(data.resolve("log/stdout.log")));
            assertEquals("1\n", Files.readString(data.resolve("format")));

            try (ChildProcess second = home.launch("--role", "probe", "--name", "p1")) {
                assertEquals(1, second.status());
                assertEquals(
                        "stagedpipe: data directory " + data + " is used by another node\n",
                        second.err());
            }

            assertEquals(0, node.terminate().status());
            assertNull(node.line());
            assertEquals("probe closed, startup was Startup\n", node.err());
            assertFalse(Files.exists(data.resolve("node.json")));
        }
    }

    /// Nothing of it was to be stopped well, or the coordinators would take it for an operator's doing.
    @Test
    void endsAtOnceWhenSomethingInItCallsExit() throws Exception {
        home.configure("{\"org.stagedpipe.probe\": {\"mode\": \"exits\"}}");
        try (ChildProcess node = home.launch("--role", "probe", "--name", "p1")) {
            assertEquals(1, node.status());
            String err = node.err();
            assertTrue(
                    err.matches(
                            "stagedpipe: \\S*probe\\.Probe\\.exit\\(Probe\\.java:\\d+\\) called"
                                    + " Runtime\\.exit\\(0\\), the node ends without a stop\n"),
                    err);
        }
    }

    /// The container's threads would keep the process, which serves nobody.
    @Test
    void endsWhenItMeetsABug() throws Exception {
        try (ChildProcess node = home.launch(List.of("-Xrs"), "--role", "probe", "--name", "p1")) {
            assertEquals(1, node.status());
            String err = node.err();
            assertTrue(
                    err.contains("stagedpipe: the node ended by java.lang.IllegalArgument"), err);
        }
    }

    @Test
    void stopsWellWhenItIsToBeStartedAnew() throws Exception {
        home.configure("{\"org.stagedpipe.probe\": {\"mode\": \"recycles\"}}");
        try (ChildProcess node = home.launch("--role", "probe", "--name", "p1")) {
            assertEquals(75, node.status());
            assertEquals("stagedpipe: it leaks\nprobe closed, startup was Startup\n", node.err());
        }
    }

    @Test
    void stopsWellWhenItsTerminalIsClosed() throws Exception {
        assumeFalse(isHangUpIgnored(), "what runs under nohup and what it starts hear no SIGHUP");
        home.configure("{\"org.stagedpipe.probe\": {\"mode\": \"ready\"}}");
        try (ChildProcess node = home.launch("--role", "probe", "--name", "p2")) {
            assertEquals("probe p2 on 127.0.0.1:9500, admin on 127.0.0.1:9501", node.line());
            new ProcessBuilder("kill", "-HUP", Long.toString(node.pid())).start().waitFor();
            assertEquals(129, node.status());
            assertEquals("probe closed, startup was Startup\n", node.err());
        }
    }

    private static boolean isHangUpIgnored() throws IOException {
        Path status = Path.of("/proc/self/status");
        return Files.exists(status)
                && Files.readAllLines(status).stream()
                        .filter(line -> line.startsWith("SigIgn:"))
                        .map(line -> line.replaceAll(".*\\s", ""))
                        .anyMatch(mask -> (Long.parseUnsignedLong(mask, 16) & 1) != 0);
    }

    @Test
    void refusesWhatTheComponentRefusesInOneLine() throws Exception {
        home.configure("{\"org.stagedpipe.probe\": {\"mode\": \"failed\"}}");
        assertRefused(
                home.home().resolve("conf/probe.json")
                        + ": org.stagedpipe.probe: mode: \"failed\" (expected: ready)",
                "--name",
                "p1");
    }

    /// As one that is tried again, with all its waits, because another component needs it.
    @Test
    void endsWithoutWaitingForWhatHasFailed() throws Exception {
        home.configure("{\"org.stagedpipe.probe\": {\"mode\": \"lingers\"}}");
        long from = System.nanoTime();
        assertRefused("no majority", "--name", "p1");
        Duration took = Duration.ofNanos(System.nanoTime() - from);
        assertTrue(took.compareTo(Probe.LINGERS) < 0, took::toString);
    }

    @Test
    void refusesAnUnknownPid() throws Exception {
        home.configure("{\"org.stagedpipe.prob\": {}}");
        assertRefused(
                home.home().resolve("conf/probe.json")
                        + ": unknown PID org.stagedpipe.prob (expected: org.stagedpipe.probe)");
    }

    @Test
    void refusesAConfigurationThatIsNoJson() throws Exception {
        home.configure("{\"org.stagedpipe.probe\": {\"mode\" 1}}");
        try (ChildProcess node = home.launch("--role", "probe")) {
            assertEquals(1, node.status());
            String err = node.err();
            assertTrue(err.matches("stagedpipe: \\S*conf/probe.json: .*line.*\n"), err);
        }
    }

    @Test
    void refusesADataDirectoryOfANewerFormat() throws Exception {
        Path data = Files.createDirectories(home.data("p1"));
        Files.writeString(data.resolve("format"), "2\n");
        assertRefused(
                "data directory " + data + ": format 2 is newer than this release (expected: 1)",
                "--name",
                "p1");
    }

    @Test
    void namesAMissingBundle() throws Exception {
        Path lib = home.home().resolve("lib/probe-1.jar");
        Files.delete(lib);
        assertRefused("bundle probe-1.jar is missing (expected: " + lib + ")");
    }

    @Test
    void namesABundleThatDoesNotResolve() throws Exception {
        home.bundle("org.nowhere;version=\"[1,2)\"", "");
        assertRefused(
                "bundle org.stagedpipe.probe 1.0.0 needs osgi.wiring.package"
                    + " (&(osgi.wiring.package=org.nowhere)(version>=1.0.0)(!(version>=2.0.0))),"
                    + " which no bundle of the feature offers");
    }

    @Test
    void namesAComponentThatDoesNotBecomeReadyAndWhatItWaitsFor() throws Exception {
        home.bundle("", "<reference name=\"more\" interface=\"java.util.concurrent.Callable\"/>");
        assertRefused(
                "org.stagedpipe.probe did not become ready within 3 s: org.stagedpipe.probe waits"
                        + " for its reference more",
                "--ready-within",
                "3"); // by then it has seen what is missing, also on a busy machine
    }

    @Test
    void refusesAWrongCommandLineWithAStatusOfItsOwn() throws Exception {
        assertEnds(2, "--role: \"wroker\" (expected: probe)", "--role", "wroker");
        assertEnds(
                2,
                "--name: \"W_9\" (expected: lower-case letters, digits and hyphens, a letter first,"
                        + " at most 63)",
                "--role",
                "probe",
                "--name",
                "W_9");
        String conf = folder.resolve("none").toString();
        assertEnds(
                2, "--conf: " + conf + " (expected: a folder)", "--role", "probe", "--conf", conf);
    }

    private void assertRefused(String text, String... arguments) throws Exception {
        String[] all = new String[arguments.length + 2];
        all[0] = "--role";
        all[1] = "probe";
        System.arraycopy(arguments, 0, all, 2, arguments.length);
        assertEnds(1, text, all);
    }

    private void assertEnds(int status, String text, String... arguments) throws Exception {
        try (ChildProcess node = home.launch(arguments)) {
            assertEquals(status, node.status());
            assertEquals("stagedpipe: " + text + "\n", node.err());
            assertNull(node.line());
        }
    }
}
