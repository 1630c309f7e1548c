package org.stagedpipe.runtime.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.console.Stagedpipe;
import org.stagedpipe.console.command.ConsoleIo;
import org.stagedpipe.console.command.Defaults;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;

/// `run --local`: lines in, outcomes out, the exit code says how they ended.
@Timeout(60)
class RunLocalTest {

    private static final String COMPONENT =
            """
            <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.3.0" name="doubler">
              <service><provide interface="org.stagedpipe.api.Plugin"/></service>%s
              <implementation class="org.stagedpipe.runtime.run.sample.%s"/>
            </scr:component>
            """;

    @TempDir Path folder;
    private Path jar = Path.of("");
    private String config = "";
    private String out = "";
    private String err = "";

    @BeforeEach
    void pack() throws IOException {
        jar = jar(Map.of(), "");
        config = Files.writeString(folder.resolve("config.json"), "{\"factor\": 2}").toString();
    }

    @Test
    void anOutcomeForEachLineInTheirOrder() {
        assertEquals(0, run("{\"number\":1}\n\n{\"number\":2}\r\n{\"number\":3}", "--ordered"));
        assertEquals(
                """
                {"sequence":0,"result":{"number":2}}
                {"sequence":1,"result":{"number":4}}
                {"sequence":2,"result":{"number":6}}
                """,
                out);
        assertEquals(
                "3 items: 3 ok, 0 failed, 0 aborted, served by doubler 1.0.0 in this process\n",
                err);
    }

    @Test
    void theExitCodeSaysHowItemsEnded() {
        assertEquals(7, run("{\"number\":1}\n{\"number\":101}\nnonsense\n", "--ordered", "-q"));
        List<String> lines = out.lines().toList();
        assertEquals(
                "{\"sequence\":1,\"fault\":{\"kind\":\"STAGE\",\"stage\":\"multiply\",\"attempt\":1,\"text\":\"number:"
                    + " 101 (expected: at most 100)\",\"retryable\":false}}",
                lines.get(1));
        assertTrue(lines.get(2).startsWith("{\"sequence\":2,\"fault\":{\"kind\":\"BAD_DATA\""));
        assertEquals("", err);
        assertEquals(1, run("{\"number\":101}\n"));
        assertEquals(0, run(""));
    }

    @Test
    void manyItemsEachHaveTheirOutcome() {
        assertEquals(0, run("{\"number\":7}\n".repeat(10_000)));
        assertEquals(10_000, out.lines().filter(line -> line.contains("{\"number\":14}")).count());
    }

    @Test
    void readsAheadNoMoreThanFitsIntoTheHeap() throws Exception {
        jar = jar(Map.of(), "", "Keeper", "Keeper$Guess", "Keeper$Kept");
        Files.writeString(Path.of(config), "{\"secret\":\"hunter2\"}");
        String line = "{\"text\":\"" + "x".repeat(1 << 20) + "\"}\n"; // and so is its result
        AtomicReference<Thread> reader = new AtomicReference<>();
        AtomicLong read = new AtomicLong();
        InputStream in =
                new FilterInputStream(new ByteArrayInputStream(utf8(line.repeat(24)))) {
                    @Override
                    public int read(byte[] into, int from, int most) throws IOException {
                        reader.set(Thread.currentThread());
                        int count = super.read(into, from, most);
                        read.addAndGet(count);
                        return count;
                    }
                };
        AtomicLong readAhead = new AtomicLong();
        ByteArrayOutputStream outBytes =
                new ByteArrayOutputStream() {
                    @Override
                    public void write(byte[] from, int first, int count) {
                        if (size() == 0) { // nobody takes the first outcome before that
                            awaitStill(Objects.requireNonNull(reader.get()));
                            readAhead.set(read.get());
                        }
                        super.write(from, first, count);
                    }
                };
        assertEquals(0, run(in, outBytes), err);
        assertEquals(24, out.lines().count());
        assertTrue(readAhead.get() < 18 << 20, "" + readAhead); // 16 lines, one that waits
    }

    /// Until that thread waits or has ended, at most 20 s.
    private static void awaitStill(Thread thread) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (thread.getState() == Thread.State.RUNNABLE && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }

    @Test
    void aGroupThatCannotBeOpenedSaysWhy() throws IOException {
        Files.writeString(Path.of(config), "{\"factor\": 0}");
        assertEquals(1, run(""));
        assertEquals(
                "stagedpipe: the group cannot be opened: IllegalArgumentException: factor: 0"
                        + " (expected: another number)\n",
                err);
        Files.writeString(Path.of(config), "{\"fctor\": 1}");
        assertEquals(1, run(""));
        assertTrue(err.contains("unknown key \"fctor\" (expected: one of factor)"), err);
        config = "nowhere.json";
        assertEquals(2, run(""));
        assertEquals("stagedpipe: --config: nowhere.json (expected: a readable file)\n", err);
    }

    @Test
    void aPluginThatTakesNoConfigurationRuns() throws IOException {
        jar = jar(Map.of(), "", "Teller", "Teller$Question");
        for (String nothing : new String[] {"", "{}", "null\n"}) {
            Files.writeString(Path.of(config), nothing);
            assertEquals(0, run("{\"asked\":true}\n"), err);
        }
        Files.writeString(Path.of(config), "{\"factor\": 2}");
        assertEquals(1, run(""));
        assertTrue(err.contains("takes no configuration (expected: none, or {})"), err);
    }

    @Test
    void aSecretIsATextHere() throws IOException {
        jar = jar(Map.of(), "", "Keeper", "Keeper$Guess", "Keeper$Kept");
        Files.writeString(Path.of(config), "{\"secret\":\"hunter2\"}");
        assertEquals(0, run("{\"text\":\"hunter2\"}\n"), err);
        assertTrue(out.contains("true"), out);
        assertEquals(1, run("{\"text\":\"hunter2\",\"isRight\":true}\n"), err);
        assertTrue(out.contains("Exception: not (secret)\""), out);
        Files.writeString(Path.of(config), "{\"secret\":{\"$secret\":\"db-password\"}}");
        assertEquals(1, run(""));
        assertTrue(
                err.contains(
                        "secret \"db-password\": none is known by a name here (expected: a folder"
                                + " of them in a worker's settings)"),
                err);
    }

    @Test
    void aSecretMayComeFromAFolder() throws IOException {
        jar = jar(Map.of(), "", "Keeper", "Keeper$Guess", "Keeper$Kept");
        Files.writeString(Path.of(config), "{\"secret\":{\"$secret\":\"db-password\"}}");
        Path own = Files.createDirectories(folder.resolve("secrets/doubler"));
        Files.writeString(own.resolve("db-password"), "hunter2\n");
        String option = folder.resolve("secrets").toString();
        assertEquals(0, run("{\"text\":\"hunter2\"}\n", "--secrets", option), err);
        assertTrue(out.contains("true"), out);
        assertEquals(2, run("", "--secrets", config));
        assertEquals("stagedpipe: --secrets: " + config + " (expected: a folder)\n", err);
    }

    @Test
    void runsOnTheThreadsThatThePluginAsksFor() throws IOException {
        assertEquals(0, tell("{\"asked\":true}\n"), err);
        assertTrue(out.contains("virtual: false"), out);
    }

    @Test
    void runsWithThePluginsClassLoaderAsContext() throws IOException {
        assertEquals(0, tell("{\"asked\":true}\n"), err);
        assertTrue(out.contains("opened in its context: true"), out);
        assertTrue(out.contains("run in its context: true"), out);
    }

    @Test
    void aLastStageThatLeavesNothingIsAFault() throws IOException {
        assertEquals(1, tell("{\"asked\":false}\n"), err);
        assertTrue(out.startsWith("{\"sequence\":0,\"fault\":{\"kind\":\"BAD_RESULT\""), out);
        assertTrue(out.contains("the last stage left no data (expected: a value)"), out);
    }

    @Test
    void saysWhatAPluginThrowsBesideItsItems() throws IOException {
        Files.writeString(Path.of(config), "{}");
        String[] types = {"Stubborn$Unmade", "Stubborn", "Teller$Question"};
        jar = jar(Map.of(), "", types);
        assertEquals(1, run("{\"asked\":true}\n"));
        assertEquals(
                "stagedpipe: the plugin's pipelines cannot be made: IllegalStateException: no table"
                        + " of stages\n",
                err);
        jar = jar(Map.of(), "", "Stubborn", "Teller$Question");
        assertEquals(1, run("{\"asked\":true}\n", "-q"));
        assertTrue(out.contains("\"result\""), out);
        assertEquals(
                "stagedpipe: the group's resources cannot be closed: IllegalStateException: the"
                        + " disk is full\n",
                err);
    }

    @Test
    void refusesWhatIsNoPluginOrNeedsAContainer() throws IOException {
        jar = jar(Map.of("Stagedpipe-Plugin", ""), "");
        assertEquals(2, run(""));
        assertTrue(err.contains("(expected: the bundle of a plugin)"), err);
        jar = jar(Map.of(), "<reference name=\"x\" interface=\"x.Y\"/>");
        assertEquals(2, run(""));
        assertTrue(err.contains("run it on a cluster"), err);
        jar = jar(Map.of("Bundle-ClassPath", ".,lib/x.jar"), "");
        assertEquals(2, run(""));
        assertTrue(err.contains("Bundle-ClassPath: .,lib/x.jar"), err);
        jar = jar(Map.of("Service-Component", "OSGI-INF/a.xml,OSGI-INF/b.xml"), "");
        assertEquals(2, run(""));
        assertTrue(err.contains(": 2 components provide org.stagedpipe.api.Plugin"), err);
        jar = folder.resolve("nowhere.jar");
        assertEquals(2, run(""));
        assertEquals(
                "stagedpipe: --local: "
                        + jar
                        + ": there is no such file (expected: the bundle of a plugin)\n",
                err);
        jar = Files.writeString(folder.resolve("cut.jar"), "PK");
        assertEquals(2, run(""));
        assertTrue(err.startsWith("stagedpipe: --local: " + jar + ": is no whole jar, "), err);
        assertTrue(err.endsWith(" (expected: the bundle of a plugin)\n"), err);
    }

    @Test
    void findsItsComponentAsAWorkerDoes() throws IOException {
        jar = jar(Map.of("Service-Component", "OSGI-INF/*.xml"), "");
        assertEquals(0, run("{\"number\":1}\n"), err);
    }

    private Process start() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Alone.class.getName(),
                        "run",
                        "--local",
                        jar.toString(),
                        "--config",
                        config)
                .start();
    }

    @Test
    void whatIsUnderWayIsAbortedWhenItsProcessIsEnded() throws Exception {
        jar = jar(Map.of(), "", "Slow", "Slow$Wait");
        Files.writeString(Path.of(config), "{}");
        Process process = start();
        try {
            process.getOutputStream().write(utf8("{\"ms\":60000}\n{\"ms\":0}\n"));
            process.getOutputStream().flush();
            assertEquals(
                    "{\"sequence\":1,\"result\":{\"ms\":0}}", process.inputReader().readLine());
            process.toHandle().destroy();
            String aborted = String.valueOf(process.inputReader().readLine());
            assertTrue(
                    aborted.startsWith("{\"sequence\":0,\"aborted\":{\"kind\":\"CANCELLED\""),
                    aborted);
            assertTrue(aborted.contains("\"text\":\"interrupted\""), aborted);
            String said =
                    new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(said.startsWith("2 items: 1 ok, 0 failed, 1 aborted, "), said);
            assertTrue(said.endsWith("closed\n"), said);
            assertEquals(143, process.waitFor());
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void whoReadsNoOutcomesHoldsUpNoEnd() throws Exception {
        jar = jar(Map.of(), "", "Slow", "Slow$Wait");
        Files.writeString(Path.of(config), "{}");
        Process process = start();
        try {
            process.getOutputStream().write(utf8("{\"ms\":0}\n".repeat(5_000)));
            process.getOutputStream().flush();
            awaitFull(process.getInputStream());
            process.toHandle().destroy();
            assertTrue(process.waitFor(20, TimeUnit.SECONDS));
            assertEquals(143, process.exitValue());
            String said =
                    new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(said.contains(" without an outcome, served by "), said);
            assertTrue(said.endsWith("closed\n"), said);
        } finally {
            process.destroyForcibly();
        }
    }

    /// Until a pipe of 64 KiB has no room for more, at most 20 s.
    private static void awaitFull(InputStream pipe) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (pipe.available() < 60_000) {
            assertTrue(System.nanoTime() < end, "it holds " + pipe.available());
            Thread.sleep(10);
        }
    }

    @Test
    void saysHowFarItCameWhenItsProcessIsEnded() throws Exception {
        Process process = start();
        try {
            process.getOutputStream().write("{\"number\":1}\n".getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
            assertEquals(
                    "{\"sequence\":0,\"result\":{\"number\":2}}", process.inputReader().readLine());
            process.toHandle().destroy(); // as Ctrl-C does, which ends it with 130
            assertEquals(
                    "1 items: 1 ok, 0 failed, 0 aborted, served by doubler 1.0.0 in this process",
                    process.errorReader().readLine());
            assertEquals(143, process.waitFor());
        } finally {
            process.destroyForcibly();
        }
    }

    /// The command as a process.
    static final class Alone {

        private Alone() {}

        public static void main(String[] arguments) {
            Stagedpipe stagedpipe = Stagedpipe.create(ConsoleIo.system(), Defaults.local());
            stagedpipe.commandLine().addSubcommand(new RunCommand(stagedpipe.context()));
            System.exit(stagedpipe.run(arguments));
        }
    }

    @Test
    void wantsEitherANameOrAFile() {
        assertEquals(2, run("", "doubler"));
        assertEquals("stagedpipe: expected: either PLUGIN or --local JAR\n", err);
        assertEquals(2, run("", "--keep-faulted"));
        assertEquals("stagedpipe: --keep-faulted: not with --local (expected: a PLUGIN)\n", err);
    }

    private int tell(String input) throws IOException {
        jar = jar(Map.of(), "", "Teller", "Teller$Question");
        Files.writeString(Path.of(config), "{}");
        return run(input);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private int run(String input, String... more) {
        return run(new ByteArrayInputStream(utf8(input)), new ByteArrayOutputStream(), more);
    }

    private int run(InputStream in, ByteArrayOutputStream outBytes, String... more) {
        ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
        ConsoleIo io =
                ConsoleIo.plain(
                        in,
                        new PrintStream(outBytes, false, StandardCharsets.UTF_8),
                        new PrintStream(errBytes, false, StandardCharsets.UTF_8));
        Stagedpipe stagedpipe = Stagedpipe.create(io, Defaults.local());
        stagedpipe.commandLine().addSubcommand(new RunCommand(stagedpipe.context()));
        List<String> line =
                new java.util.ArrayList<>(
                        List.of("run", "--local", jar.toString(), "--config", config));
        line.addAll(List.of(more));
        int exitCode = stagedpipe.run(line.toArray(String[]::new));
        out = outBytes.toString(StandardCharsets.UTF_8);
        err = errBytes.toString(StandardCharsets.UTF_8);
        return exitCode;
    }

    /// The sample as a bundle; an empty header is left out.
    private Path jar(Map<String, String> headers, String reference) throws IOException {
        return jar(headers, reference, "Doubler", "Doubler$Value", "Doubler$Factor");
    }

    /// The same of a sample with those classes, the plugin's first.
    private Path jar(Map<String, String> headers, String reference, String... types)
            throws IOException {
        Map<String, String> all =
                new TreeMap<>(
                        Map.of(
                                "Manifest-Version", "1.0",
                                "Bundle-Version", "1.0.0",
                                "Stagedpipe-Plugin", "doubler",
                                "Service-Component", "OSGI-INF/doubler.xml"));
        all.putAll(headers);
        Manifest manifest = new Manifest();
        all.forEach((key, value) -> {
            if (!value.isEmpty()) {
                manifest.getMainAttributes().putValue(key, value);
            }
        });
        Path file = folder.resolve(types[0] + headers.size() + reference.length() + ".jar");
        try (OutputStream bytes = Files.newOutputStream(file);
                JarOutputStream entries = new JarOutputStream(bytes, manifest)) {
            String component = COMPONENT.formatted(reference, types[0]);
            for (String place :
                    all.getOrDefault("Service-Component", "").replace("*", "any").split(",", -1)) {
                entries.putNextEntry(new ZipEntry(place));
                entries.write(component.getBytes(StandardCharsets.UTF_8));
            }
            for (String type : types) {
                String name = "org/stagedpipe/runtime/run/sample/" + type + ".class";
                entries.putNextEntry(new ZipEntry(name));
                entries.write(Files.readAllBytes(Path.of("target/test-classes", name)));
            }
        }
        return file;
    }
}
