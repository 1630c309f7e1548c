package org.stagedpipe.itests.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;

import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ChannelShell;
import org.apache.sshd.client.keyverifier.AcceptAllServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.keyprovider.FileKeyPairProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.console.command.ShellAccess;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// The console of a running overseer, from the command line and by ssh.
class ShellIT {

    private static final Duration WAIT = Duration.ofSeconds(30);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CTRL_P = "\u0010"; // the line before

    @TempDir static Path folder;

    private static Cluster cluster;

    @BeforeAll
    static void start() throws Exception {
        cluster = Cluster.start(folder, 1);
        Path plugin = ProbePlugin.build(folder, "commanded", "1.0.0", "1");
        Command installed = shell("plugin:install", plugin.toString());
        assertEquals(0, installed.status(), installed.output());
    }

    @AfterAll
    static void stop() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void runsOneCommandAndPassesItsExitCode() throws Exception {
        Command nodes = shell("node:list");
        assertEquals(0, nodes.status(), nodes.output());
        assertTrue(nodes.out().contains("w1"), nodes.out());
        assertTrue(shell("plugin:list", "-o", "json").out().contains("\"commanded\""));
        Command unknown = shell("plugin:describe", "comanded");
        assertEquals(4, unknown.status(), unknown.output());
        assertTrue(unknown.err().contains("did you mean commanded?"), unknown.err());
        assertEquals(2, shell("plugin:describe").status());
    }

    @Test
    void updatesAndDecidesRollouts() throws Exception {
        Command installed = shell("plugin:install", jar("1.0.0"));
        assertEquals(0, installed.status(), installed.output());
        Command updated = shell("plugin:update", jar("1.1.0"));
        assertEquals(0, updated.status(), updated.output());
        assertEquals("1.1.0", current());

        String kept = canary("1.2.0");
        for (String decision : List.of("pause", "resume", "approve")) {
            Command decided = shell("rollout:" + decision, kept);
            assertEquals(0, decided.status(), decided.output());
        }
        Command done = shell("rollout:status", kept, "--watch");
        assertEquals(0, done.status(), done.output());
        assertEquals("1.2.0", current());

        String ended = canary("1.3.0");
        Command aborted = shell("rollout:abort", ended);
        assertEquals(0, aborted.status(), aborted.output());
        assertEquals(6, shell("rollout:status", ended, "--watch").status());
        assertEquals("1.2.0", current());
        String all = shell("rollout:list").out();
        assertTrue(all.contains(kept) && all.contains(ended), all);
        Command unknown = shell("rollout:status", "none-such");
        assertEquals(4, unknown.status(), unknown.output());
    }

    /// Begins one that goes on when it is told.
    ///
    /// @return its ID
    private static String canary(String version) throws Exception {
        Command begun =
                shell(
                        "plugin:update",
                        jar(version),
                        "--strategy",
                        "canary",
                        "--canary-percent",
                        "50",
                        "--hold",
                        "1h",
                        "--min-items",
                        "0",
                        "--no-wait");
        assertEquals(0, begun.status(), begun.output());
        String id = begun.out().split(" ")[1];
        cluster.until(
                "a share of the new groups gets " + version,
                () -> shell("rollout:status", id).out().contains(version + ": canary, step 1"));
        return id;
    }

    private static String current() throws Exception {
        Command plugin = shell("plugin:describe", "moved", "-o", "json");
        return JSON.readTree(plugin.out()).at("/current/version").asText();
    }

    private static String jar(String version) throws Exception {
        return ProbePlugin.build(folder, "moved", version, "1").toString();
    }

    @Test
    void loadsNoCodePastTheAdminService() throws Exception {
        for (String line : List.of("felix:install http://127.0.0.1:1/x.jar", "'x' getClass")) {
            Command refused = shell(line);
            assertEquals(2, refused.status(), refused.output());
            assertTrue(refused.err().contains("expected: "), refused.err());
        }
    }

    @Test
    void runsLinesAsItems() throws Exception {
        Path items =
                Files.writeString(
                        folder.resolve("items.jsonl"),
                        Traffic.item(0, 0, false)
                                + "\n"
                                + Traffic.item(1, 0, true)
                                + "\n"
                                + Traffic.item(2, 0, false)
                                + "\n");
        Command run =
                Command.stagedpipe(
                        items, "run", "commanded", "--ordered", "--overseer", cluster.overseer());
        assertEquals(7, run.status(), run.output());
        List<String> lines = run.out().lines().toList();
        assertEquals(3, lines.size(), run.out());
        assertTrue(lines.get(0).startsWith("{\"sequence\":0,\"result\":"), lines.get(0));
        assertTrue(lines.get(1).startsWith("{\"sequence\":1,\"fault\":"), lines.get(1));
        assertTrue(run.err().contains("3 items: 2 ok, 1 failed, 0 aborted"), run.err());
    }

    @Test
    void runsLinesOfOneKeyOneAfterTheOther() throws Exception {
        List<String> items = new ArrayList<>();
        for (int i = 0; i < 4; i++) { // those of "a" take ever less time
            items.add("{\"text\":\"a\",\"waitMs\":%d}".formatted(300 - 100 * i));
        }
        items.add(2, "{\"waitMs\":0}");
        items.add("{\"text\":\"b\",\"waitMs\":60000}");
        Command run = run(items, "--key", "text", "--deadline", "1s");
        assertEquals(7, run.status(), run.output());
        List<String> outcomes = run.out().lines().map(ShellIT::sequence).toList();
        assertEquals(6, Set.copyOf(outcomes).size(), run.out());
        assertEquals(
                List.of("0", "1", "3", "4"),
                outcomes.stream().filter(sequence -> !"25".contains(sequence)).toList());
        assertTrue(run.out().contains("line 3: it has no key"), run.out());
        assertTrue(run.out().contains("\"kind\":\"DEADLINE\""), run.out());
    }

    @Test
    void stopsAtTheFirstFaultIfItIsTo() throws Exception {
        List<String> items =
                List.of(
                        Traffic.item(0, 0, true),
                        Traffic.item(1, 60_000, false),
                        Traffic.item(2, 60_000, false));
        Command run = run(items, "--stop-at-first-fault");
        assertEquals(1, run.status(), run.output()); // none is done
        assertTrue(run.out().contains("{\"sequence\":1,\"aborted\":"), run.output());
        assertTrue(run.err().contains(" 1 failed, "), run.err());
        Command refused = run(items.subList(1, 3), "--stop-at-first-fault", "--key", "no");
        assertTrue(refused.out().contains("line 1: it has no key"), refused.output());
        assertTrue(refused.err().contains("0 ok, "), refused.err());
    }

    private static Command run(List<String> items, String... options) throws Exception {
        Path lines = Files.write(folder.resolve("lines.jsonl"), items);
        List<String> command = new ArrayList<>(List.of("run", "commanded"));
        command.addAll(List.of("--overseer", cluster.overseer()));
        command.addAll(List.of(options));
        return Command.stagedpipe(lines, command.toArray(String[]::new));
    }

    private static String sequence(String outcome) {
        return outcome.substring("{\"sequence\":".length(), outcome.indexOf(','));
    }

    @Test
    void completesNamesAndRemembersLines() throws Exception {
        typed("plugin:describe com\t", "plugin:describe commanded ", "\r", "SHA-256", "exit\r");
        typed(CTRL_P, "exit", CTRL_P, "plugin:describe commanded", "\r", "SHA-256", "exit\r");
    }

    /// Types every first text and waits for every second one.
    private static void typed(String... steps) throws Exception {
        ShellAccess access = ShellAccess.of(folder.resolve("o1"));
        ByteArrayOutputStream screen = new ByteArrayOutputStream();
        try (SshClient client = SshClient.setUpDefaultClient()) {
            client.setServerKeyVerifier(AcceptAllServerKeyVerifier.INSTANCE);
            client.setKeyIdentityProvider(new FileKeyPairProvider(access.identity()));
            client.start();
            try (ClientSession session =
                    client.connect("me", access.ssh().host(), access.ssh().port())
                            .verify(WAIT)
                            .getSession()) {
                session.auth().verify(WAIT);
                ChannelShell shell = session.createShellChannel();
                shell.setPtyType("xterm");
                shell.setOut(screen);
                shell.open().verify(WAIT);
                int seen = until(screen, 0, "o1> ");
                for (int i = 0; i < steps.length; i++) {
                    if (i % 2 == 0) {
                        shell.getInvertedIn().write(steps[i].getBytes(StandardCharsets.UTF_8));
                        shell.getInvertedIn().flush();
                    } else {
                        seen = until(screen, seen, steps[i]);
                    }
                }
                cluster.until("the shell has ended", shell::isClosed);
                assertEquals(0, shell.getExitStatus());
            }
        }
    }

    /// Waits until the screen shows it behind that place.
    ///
    /// @return the place behind it
    private static int until(ByteArrayOutputStream screen, int from, String text) throws Exception {
        cluster.until(
                "\"" + text + "\" on the screen", () -> plain(screen).indexOf(text, from) >= 0);
        return plain(screen).indexOf(text, from) + text.length();
    }

    /// What was written, without the codes for colours and places.
    private static String plain(ByteArrayOutputStream screen) {
        return screen.toString(StandardCharsets.UTF_8)
                .replaceAll("\u001b(\\[[0-9;?]*[ -/]*[@-~]|[=>]|\\([A-Z0-9])", "");
    }

    private static Command shell(String... command) throws Exception {
        List<String> all =
                new ArrayList<>(List.of("shell", "--data", folder.resolve("o1").toString(), "--"));
        all.addAll(List.of(command));
        return Command.stagedpipe(all.toArray(String[]::new));
    }
}
