package org.stagedpipe.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// `bin/stagedpipe` with a script in the place of Java, which tells what it was given.
@Timeout(30)
@EnabledOnOs(OS.LINUX)
class ScriptTest {

    private static final String JAVA =
            """
            #!/bin/sh
            streams=$(for fd in 0 1 2; do readlink /proc/$$/fd/$fd || echo closed; done)
            echo "$LC_ALL" > "${0%/*}/locale"
            echo "$*" > "${0%/*}/arguments"
            echo lost || streams="$streams unwritable"
            echo "$streams" > "${0%/*}/streams"
            """;

    /// Makes what Maven would, and does what a file beside it says.
    private static final String MVN =
            """
            #!/bin/sh
            echo built >> "$0.log"
            mkdir -p runtime/target/stagedpipe-1/bin
            touch runtime/target/org.stagedpipe.runtime-1.jar runtime/target/stagedpipe-1/bin/stagedpipe
            . "$0.does"
            """;

    @TempDir Path folder;

    @BeforeEach
    void makeHome() throws IOException {
        executable(Files.readString(Path.of("bin/stagedpipe")), "bin/stagedpipe");
        Files.createDirectories(folder.resolve("lib"));
        executable(JAVA, "jdk/bin/java");
        Files.writeString(folder.resolve("jdk/release"), "JAVA_VERSION=\"25.0.1\"\n");
    }

    @Test
    void leavesNoStreamClosedForAFileToTakeItsPlace() throws Exception {
        assertEquals("/dev/null\n/dev/null\n/dev/null unwritable\n", streams("<&- >&- 2>&-"));
        assertEquals("/dev/null\n/dev/zero\n/dev/null\n", streams("<&- >/dev/zero 2>&-"));
        assertEquals("/dev/zero\n/dev/zero\n/dev/null\n", streams("</dev/zero >/dev/zero 2>&-"));
    }

    @Test
    void leavesOpenStreamsAlone() throws Exception {
        assertEquals("/dev/zero\n/dev/zero\n/dev/full\n", streams("<&2 >&2 2>/dev/full"));
    }

    /// As a service of the system has none.
    @Test
    void startsWithoutAHome() throws Exception {
        ProcessBuilder builder = new ProcessBuilder(script(), "node", "--role", "worker");
        builder.environment().remove("HOME");
        assertEquals("", run(builder, 0));
    }

    @ParameterizedTest
    @CsvSource({",", "LC_ALL,C", "LC_ALL,POSIX", "LANG,none_XX.UTF-8"})
    void namesFilesThatAreNotAscii(@Nullable String variable, @Nullable String locale)
            throws Exception {
        ProcessBuilder builder = new ProcessBuilder(script(), "run", "p");
        builder.environment()
                .keySet()
                .removeIf(name -> name.equals("LANG") || name.startsWith("LC_"));
        if (variable != null && locale != null) {
            builder.environment().put(variable, locale);
        }
        assertEquals("", run(builder, 0));
        assertEquals("C.UTF-8\n", Files.readString(folder.resolve("jdk/bin/locale")));
    }

    /// All else that `node` begins is a command about nodes, or asks for help.
    @ParameterizedTest
    @CsvSource({
        "Launcher,node --role worker",
        "Launcher,node --name list --role=worker",
        "Launcher,node --role worker --help",
        "Main,node --help",
        "Main,node --name w1",
        "Main,node --overseer h:1 list",
        "Main,node --overseer h:1 forget o3",
        "Main,node list",
    })
    void startsANodeByItsRole(String main, String line) throws Exception {
        List<String> command = new ArrayList<>(List.of(line.split(" ")));
        command.addFirst(script());
        assertEquals("", run(new ProcessBuilder(command), 0));
        String arguments = Files.readString(folder.resolve("jdk/bin/arguments"));
        assertTrue(arguments.contains(" org.stagedpipe.runtime." + main + " "), arguments);
    }

    /// As the unit in `conf` says, for the worker `w1`.
    @Test
    void startsAsAServiceOfTheSystem() throws Exception {
        List<String> unit = Files.readAllLines(Path.of("conf/stagedpipe-role@.service"));
        assertTrue(unit.contains("Restart=on-failure"), unit::toString);
        assertTrue(unit.contains("RestartPreventExitStatus=2"), unit::toString);
        String start = "ExecStart=/opt/stagedpipe/";
        List<String> lines = unit.stream().filter(line -> line.startsWith(start)).toList();
        assertEquals(1, lines.size(), lines::toString);
        String line =
                lines.getFirst()
                        .replace(start, folder + "/")
                        .replace("%j", "worker")
                        .replace("%i", "w1")
                        .replace("%S", "/var/lib");
        assertEquals("", run(new ProcessBuilder(line.split(" ")), 0));
        String arguments = Files.readString(folder.resolve("jdk/bin/arguments"));
        assertTrue(
                arguments.endsWith(
                        " org.stagedpipe.runtime.Launcher --role worker --name w1 --data"
                                + " /var/lib/stagedpipe/w1\n"),
                arguments);
        assertTrue(arguments.contains(" -Xmx512m "), arguments);
    }

    @Test
    void refusesAReleaseUnpackedOverAnother() throws Exception {
        Path lib = folder.resolve("lib");
        Files.createFile(lib.resolve("org.stagedpipe.runtime-1.jar"));
        ProcessBuilder builder = new ProcessBuilder(script(), "node", "--role", "worker");
        assertEquals("", run(builder, 0));
        Files.createFile(lib.resolve("org.stagedpipe.runtime-2.jar"));
        assertEquals(
                "stagedpipe: "
                        + lib
                        + " has org.stagedpipe.runtime-1.jar org.stagedpipe.runtime-2.jar"
                        + " (expected: one of them; unpack each release into a folder of its"
                        + " own)\n",
                run(builder, 1));
    }

    @Test
    void buildsAgainWhatWasEditedMeanwhile() throws Exception {
        makeCheckout();
        assertEquals(1, builds("sleep 0.1; touch bundles/edited", 0)); // more than a tick of dates
        assertEquals(2, builds("", 0));
        assertEquals(2, builds("", 0));
    }

    @Test
    void buildsAgainWhatDidNotEndWell() throws Exception {
        makeCheckout();
        assertEquals(1, builds("exit 1", 1));
        assertEquals(2, builds("kill -9 $(cat $0.for)", 137));
        assertEquals(3, builds("", 0));
        assertEquals(3, builds("", 0));
        Files.writeString(folder.resolve("checkout/bundles/new"), "");
        assertEquals(4, builds("exit 1", 1));
        assertEquals(5, builds("", 0));
    }

    private void makeCheckout() throws IOException {
        for (String sources : new String[] {"bundles", "features"}) {
            Files.createDirectories(folder.resolve("checkout").resolve(sources));
        }
        Files.writeString(folder.resolve("checkout/pom.xml"), "<version>1</version>\n");
        executable(
                Files.readString(folder.resolve("bin/stagedpipe")),
                "checkout/runtime/bin/stagedpipe");
        executable(MVN, "maven/mvn");
    }

    /// How many builds there were once the command of the checkout has been run.
    ///
    /// @param does what Maven does beside its work
    /// @param status with which the command ends
    private int builds(String does, int status) throws Exception {
        Files.writeString(folder.resolve("maven/mvn.does"), does);
        String line = "echo $$ > maven/mvn.for; exec checkout/runtime/bin/stagedpipe run";
        ProcessBuilder builder =
                new ProcessBuilder("/bin/sh", "-c", line).directory(folder.toFile());
        builder.environment().merge("PATH", folder + "/maven:", (path, maven) -> maven + path);
        run(builder, status);
        return Files.readAllLines(folder.resolve("maven/mvn.log")).size();
    }

    /// What the streams of Java are when the command is run with those.
    private String streams(String redirections) throws Exception {
        String line = "exec \"$0\" run p 2>/dev/zero " + redirections;
        run(new ProcessBuilder("/bin/sh", "-c", line, script()), 0);
        return Files.readString(folder.resolve("jdk/bin/streams"));
    }

    private String script() {
        return folder.resolve("bin/stagedpipe").toString();
    }

    /// What it says on stderr; it ends with that status.
    private String run(ProcessBuilder builder, int status) throws Exception {
        builder.environment().put("JAVA_HOME", folder.resolve("jdk").toString());
        try (ChildProcess child = ChildProcess.start(builder)) {
            String err = child.err();
            assertEquals(status, child.status(), err);
            return err;
        }
    }

    private void executable(String text, String file) throws IOException {
        Path path = folder.resolve(file);
        Files.createDirectories(path.resolveSibling(""));
        Files.writeString(path, text);
        assertTrue(path.toFile().setExecutable(true));
    }
}
