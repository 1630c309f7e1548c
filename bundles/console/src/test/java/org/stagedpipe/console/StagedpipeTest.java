package org.stagedpipe.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.stagedpipe.console.command.ConsoleIo;
import org.stagedpipe.console.command.Defaults;
import org.stagedpipe.console.command.ExitCode;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;

/// What a program does that adds its own commands.
class StagedpipeTest {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    private final Stagedpipe stagedpipe =
            Stagedpipe.create(
                    ConsoleIo.plain(InputStream.nullInputStream(), stream, stream),
                    Defaults.local());

    /// It is another one's shell otherwise.
    @Test
    void aShellIsNotReachedByTheAddressOfAnOverseer() {
        assertEquals(
                2, stagedpipe.run("shell", "--overseer", "127.0.0.1:1", "--", "plugin:uninstall"));
        assertTrue(out.toString(StandardCharsets.UTF_8).contains("--ssh HOST:PORT"));
    }

    @Test
    void helpForACommandThatThereIsNotIsRefused() {
        for (String[] line :
                new String[][] {{"plugin", "publish"}, {"plugin", "publish", "--help"}}) {
            out.reset();
            assertEquals(2, stagedpipe.run(line));
            String said = out.toString(StandardCharsets.UTF_8);
            assertTrue(said.contains("'publish'"), said);
            assertTrue(said.contains("Did you mean: plugin install, of a new plugin, or"), said);
        }
        out.reset();
        assertEquals(2, stagedpipe.run("group", "lits", "--help"));
        assertTrue(out.toString(StandardCharsets.UTF_8).contains("list"), out::toString);
        assertEquals(0, stagedpipe.run("plugin", "--help"));
        assertEquals(0, stagedpipe.run("plugin", "install", "--help"));
    }

    @Test
    void takesOwnCommandsBelowItsGroups() {
        stagedpipe.group("plugin").addSubcommand(new NewPlugin());
        assertEquals(42, stagedpipe.run("plugin", "new", "mine", "-q"));
    }

    @Test
    void anOwnCommandKeepsWhatWasBelow() throws Exception {
        stagedpipe.replace("node", new RunNode());
        assertEquals(43, stagedpipe.run("node", "--role", "worker"));
        try (TestOverseer overseer = new TestOverseer()) {
            String address = overseer.endpoint().toString();
            assertEquals(0, stagedpipe.run("node", "list", "--overseer", address));
        }
        assertTrue(out.toString(StandardCharsets.UTF_8).contains("worker-1"));
    }

    @Test
    void refusesGroupsThatAreNotThere() {
        assertThrows(IllegalArgumentException.class, () -> stagedpipe.group("nodes"));
    }

    @Test
    void itsHelpNamesEveryExitCode() throws Exception {
        assertEquals(0, stagedpipe.run("--help"));
        String help = out.toString(StandardCharsets.UTF_8);
        String codes = help.substring(help.indexOf("Exit codes: "));
        assertTrue(codes.contains(" 6 rolled back,"), codes);
        for (Field code : ExitCode.class.getFields()) {
            assertTrue(
                    Pattern.compile("\\s" + code.getInt(null) + " [a-z]").matcher(codes).find(),
                    code.getName() + " in: " + codes);
        }
    }

    @Command(name = "new")
    private static final class NewPlugin implements Callable<Integer> {

        @Parameters private String name = "";

        @Override
        public Integer call() {
            return name.equals("mine") ? 42 : 0;
        }
    }

    @Command(name = "node")
    private static final class RunNode implements Callable<Integer> {

        @Option(names = "--role")
        private String role = "";

        @Override
        public Integer call() {
            return role.equals("worker") ? 43 : 0;
        }
    }
}
