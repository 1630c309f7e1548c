package org.stagedpipe.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stagedpipe.console.command.Defaults;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Endpoint;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What all commands have in common.
class CommandsTest extends OneConsole {

    @Test
    void takesGlobalOptionsBeforeTheCommandToo() throws Exception {
        assertEquals("o1", run("-o", "json", "node", "list").json().get(0).get("name").asText());
    }

    @Test
    void colorsOnlyOnTerminalAndOnlyIfWanted() {
        assertTrue(
                System.getenv("NO_COLOR") != null
                        || terminal("node", "list").out().contains("\u001b[32mready\u001b[0m"));
        assertFalse(terminal("node", "list", "--no-color").out().contains("\u001b"));
        assertFalse(run("node", "list").out().contains("\u001b"));
    }

    @Test
    void triesOverseersInTurn() {
        Run run =
                run(
                        "node",
                        "list",
                        "--overseer",
                        "127.0.0.1:1," + overseer.adminEndpoint() + "," + overseer.endpoint());
        assertEquals(0, run.exitCode(), run.err());
    }

    @Test
    void saysWhichOverseersWereTried() {
        Run run = run("node", "list", "--overseer", "127.0.0.1:1," + overseer.adminEndpoint());
        assertEquals(3, run.exitCode());
        assertTrue(run.err().contains("no overseer answers; tried 127.0.0.1:1: "), run.err());
        assertTrue(run.err().contains("Connection refused"), run.err());
        assertTrue(run.err().contains(overseer.adminEndpoint() + ": no overseer there"), run.err());
        assertEquals(1, run.err().lines().count());
    }

    /// Or whoever tries again while nobody answers would try for ever.
    @Test
    void isNotPermittedWhereAnOverseerSaysSo() throws Exception {
        String endpoint = overseer.endpoint().toString();
        overseer.refuses = true;
        try {
            Run run = run("node", "list", "--overseer", endpoint);
            assertEquals(77, run.exitCode(), run.err());
            assertTrue(
                    run.err().contains("no overseer lets this client in; tried " + endpoint),
                    run.err());
            assertTrue(run.err().contains(endpoint + ": not you"), run.err());
            Run another = run("node", "list", "--overseer", "127.0.0.1:1," + endpoint);
            assertEquals(3, another.exitCode(), another.err());
        } finally {
            overseer.refuses = false;
        }
    }

    @Test
    void theKeyOfAShellIsAKey(@TempDir Path folder) throws Exception {
        Path noKey = Files.writeString(folder.resolve("key"), "{}");
        for (Path identity : List.of(folder.resolve("none"), folder, noKey)) {
            Run run =
                    run(
                            "shell",
                            "--ssh",
                            "127.0.0.1:1",
                            "--host-key",
                            "SHA256:" + "A".repeat(43),
                            "--identity",
                            identity.toString());
            assertEquals(2, run.exitCode(), run.err());
            assertTrue(run.err().contains("--identity: " + identity), run.err());
        }
        Run both = run("shell", "--ssh", "127.0.0.1:1", "--data", folder.toString());
        assertEquals(2, both.exitCode(), both.err());
        assertTrue(both.err().contains("--data: not with --ssh"), both.err());
    }

    @Test
    void asksForTlsWhereItIsCutOff() throws Exception {
        try (ServerSocket cuts = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual()
                    .start(() -> {
                        while (true) {
                            try (Socket socket = cuts.accept()) {
                                socket.getInputStream().read();
                                socket.setSoLinger(true, 0);
                            } catch (IOException e) {
                                return;
                            }
                        }
                    });
            Run run = run("node", "list", "--overseer", "127.0.0.1:" + cuts.getLocalPort());
            assertEquals(3, run.exitCode());
            assertTrue(
                    run.err().endsWith(" (does it want TLS? see --tls-certificate)\n"), run.err());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "INVALID,1",
        "NOT_FOUND,4",
        "EXISTS,1",
        "REFUSED,1",
        "NOT_PERMITTED,77",
        "BUSY,1",
        "UNREACHABLE,3",
        "TIMED_OUT,5",
        "CANCELLED,1",
        "CONFLICT,1",
        "INTERNAL,1"
    })
    void exitCodeSaysTheKindOfFailure(Kind kind, int exitCode) {
        overseer.refusal = Optional.of(new CallException(kind, "because"));
        Run run = run("group", "list");
        assertEquals(exitCode, run.exitCode());
        assertEquals("stagedpipe: because\n", run.err());
    }

    @Test
    void suggestsCommands() {
        Run run = run("plugin", "lst");
        assertEquals(2, run.exitCode());
        assertTrue(run.err().contains("Did you mean: plugin list"), run.err());
    }

    @ParameterizedTest
    @CsvSource({
        "plugin,Missing required subcommand",
        "plugin install,Missing required parameter: 'JAR'",
        "node list --overseer nowhere,'address: \"nowhere\" (expected: host:port)'",
        "plugin install a.jar --timeout soon,'\"soon\" (expected: 500ms, 30s, 2m or the like, at"
                + " most 24h)'",
        "node list -o yaml,'expected one of [table, json]'",
        "node list --tls-key k,'expected: --tls-certificate, --tls-key and --tls-authorities"
                + " together'"
    })
    void saysWhatTheCommandLineLacks(String line, String text) {
        Run run = run(line.split(" "));
        assertEquals(2, run.exitCode());
        assertEquals("", run.out());
        assertTrue(run.err().contains(text), run.err());
    }

    @Test
    void helpsAndSaysItsVersion() {
        Run help = run("plugin", "update", "--help");
        assertEquals(0, help.exitCode());
        assertTrue(help.out().contains("Usage: stagedpipe plugin update"), help.out());
        assertTrue(help.out().contains("new groups get it"), help.out());
        Run version = run("--version");
        assertEquals(0, version.exitCode());
        assertTrue(version.out().matches("stagedpipe [0-9]+\\.[0-9]+\\.[0-9]+.*\n"), version.out());
    }

    @Test
    void verboseSaysWhoAnswers() {
        assertEquals("overseer o1, version 1.0.0\n", run("node", "list", "-v").err());
    }

    @Test
    void theEnvironmentStandsForOptions() {
        Map<String, String> variables =
                new HashMap<>(Map.of("STAGEDPIPE_OVERSEER", overseer.endpoint().toString()));
        Defaults defaults =
                new Defaults() {
                    @Override
                    public List<Endpoint> overseers() {
                        return List.of();
                    }

                    @Override
                    public Map<String, String> environment() {
                        return variables;
                    }
                };
        assertEquals(0, Run.of(defaults, false, "node", "list").exitCode());
        variables.put("STAGEDPIPE_TLS_KEY", "k.pem");
        Run some = Run.of(defaults, false, "node", "list");
        assertEquals(2, some.exitCode());
        assertTrue(some.err().contains("STAGEDPIPE_TLS_CERTIFICATE"), some.err());
        variables.put("STAGEDPIPE_TLS_CERTIFICATE", "c.pem");
        variables.put("STAGEDPIPE_TLS_AUTHORITIES", "a.pem");
        Run missing = Run.of(defaults, false, "node", "list");
        assertEquals(2, missing.exitCode());
        assertTrue(missing.err().contains("c.pem"), missing.err());
    }

    @Test
    void coloursHelpOnTerminalsOnly() {
        String escape = "\u001b[";
        assertTrue(Run.of(Defaults.local(), true, "--help").out().contains(escape));
        assertFalse(Run.of(Defaults.local(), true, "--no-color", "--help").out().contains(escape));
        assertFalse(Run.of(Defaults.local(), false, "--help").out().contains(escape));
    }

    @Test
    void printsACompletionScript() {
        Run bash = run("completion");
        assertEquals(0, bash.exitCode(), bash.err());
        for (String word : List.of("plugin", "rollback", "--timeout", "complete -F")) {
            assertTrue(bash.out().contains(word), word);
        }
        assertTrue(run("completion", "zsh").out().endsWith(bash.out()));
        assertEquals(2, run("completion", "fish").exitCode());
    }

    @Test
    void bashCompletesByThatScript() throws Exception {
        Path script = Files.writeString(folder.resolve("completion"), run("completion").out());
        assertEquals(
                "complete -o default -F _complete_stagedpipe stagedpipe\n",
                bash("source \"$0\"; complete -p stagedpipe", script));
        String completed = // compopt is for an interactive bash only
                "compopt() { :; }; source \"$0\"; _complete_stagedpipe; echo \"${COMPREPLY[@]}\"";
        assertEquals(
                "rollback\n",
                bash("COMP_WORDS=(stagedpipe plugin roll); COMP_CWORD=2; " + completed, script));
        assertEquals(
                "--timeout\n",
                bash(
                        "COMP_WORDS=(stagedpipe plugin rollback --timeo); COMP_CWORD=3; "
                                + completed,
                        script));
    }

    /// What bash prints, with the file as `$0`; the test ends here if there is no bash.
    private static String bash(String line, Path file) throws Exception {
        Process process;
        try {
            process =
                    new ProcessBuilder("bash", "--norc", "-c", line, file.toString())
                            .redirectErrorStream(true)
                            .start();
        } catch (IOException e) {
            Assumptions.abort("no bash: " + e.getMessage());
            throw e;
        }
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), out);
        return out;
    }
}
