package org.stagedpipe.runtime.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Fault;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.console.Stagedpipe;
import org.stagedpipe.console.command.ConsoleIo;
import org.stagedpipe.console.command.Defaults;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;

@Timeout(60)
class LinesTest {

    private final CountDownLatch never = new CountDownLatch(1);
    private final EchoItems items = new EchoItems();

    /// As `tail -f` does.
    private final Lines.Input endless =
            (_, _) -> {
                items.submit("1".getBytes(StandardCharsets.UTF_8));
                items.submit("2".getBytes(StandardCharsets.UTF_8));
                never.await();
            };

    @Test
    void anOutputThatIsFullEndsTheGroup() {
        OutputStream full =
                new OutputStream() {
                    @Override
                    public void write(int value) throws IOException {
                        throw new IOException("no space left");
                    }
                };
        IOException refused = assertThrows(IOException.class, () -> run(full, endless));
        assertEquals("standard output: cannot be written", refused.getMessage());
        assertEquals("standard output: cannot be written", items.cancels.getFirst());
    }

    /// Such as one of memory, for a result.
    @Test
    void anErrorOfWhoTakesEndsIt() {
        items.failure = new OutOfMemoryError("no room for a result");
        assertSame(
                items.failure,
                assertThrows(
                        OutOfMemoryError.class,
                        () -> run(OutputStream.nullOutputStream(), endless)));
    }

    /// As `head` does.
    @Test
    void aReaderThatHasEnoughEndsTheGroupQuietly() throws Exception {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                CutOff.class.getName())
                        .start();
        try (BufferedReader out = process.inputReader()) {
            assertEquals("{\"sequence\":0,\"result\":1}", out.readLine());
        }
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), err);
        assertEquals("standard output: cannot be written\n", err);
    }

    @Test
    void aGroupThatIsCancelledIsNotHeldUpByItsInput() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        items.endsAfter = 2;
        assertEquals(7, run(out, endless)); // not all lines were sent
        assertTrue(out.toString(StandardCharsets.UTF_8).contains("\"sequence\":1"));
    }

    @Test
    void aGroupThatStopsAtItsFirstFaultIsNotHeldUpByItsInput() throws Exception {
        LineItems all = new LineItems(items, true);
        Lines.Input input =
                (_, progress) -> {
                    progress.submitted();
                    items.submit("1".getBytes(StandardCharsets.UTF_8));
                    all.refuse(new Fault(Fault.Kind.BAD_DATA, null, 0, "bad", false));
                    items.submit("2".getBytes(StandardCharsets.UTF_8)); // brings the fault out
                    never.await();
                };
        items.endsAfter = 2;
        ConsoleIo io =
                ConsoleIo.plain(
                        new ByteArrayInputStream(new byte[0]),
                        new PrintStream(OutputStream.nullOutputStream()),
                        new PrintStream(OutputStream.nullOutputStream()));
        RunProgress progress = new RunProgress(Stagedpipe.create(io, Defaults.local()).context());
        assertEquals(7, new Lines(io, input, all, progress, true).run());
    }

    @Test
    void aLineThatIsTooLargeFailsInItsPlace() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] lines = "1\n22222\n\n333333\r\n4444\r\n55555".getBytes(StandardCharsets.UTF_8);
        LineItems all = new LineItems(items, true);
        assertEquals(
                7, run(out, all, new LineInput(new ByteArrayInputStream(lines), 4, all::refuse)));
        String fault =
                "{\"sequence\":%d,\"fault\":{\"kind\":\"TOO_LARGE\",\"attempt\":0,\"text\":\"line"
                        + " %d: %d bytes (expected: at most 4)\",\"retryable\":false}}\n";
        assertEquals(
                "{\"sequence\":0,\"result\":1}\n"
                        + fault.formatted(1, 2, 5)
                        + fault.formatted(2, 4, 6)
                        + "{\"sequence\":3,\"result\":4444}\n"
                        + fault.formatted(4, 6, 5),
                out.toString(StandardCharsets.UTF_8));
    }

    @Test
    void linesOfSpacesAreLeftOut() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] lines = " \n\t \r\n 1\n\r\r\n".getBytes(StandardCharsets.UTF_8);
        LineItems all = new LineItems(items, true);
        assertEquals(0, run(out, all, new LineInput(new ByteArrayInputStream(lines), all::refuse)));
        assertEquals("{\"sequence\":0,\"result\":1}\n", out.toString(StandardCharsets.UTF_8));
    }

    @Test
    void aLineThatIsNotTakenIsNoItem() throws Exception {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(err, false, StandardCharsets.UTF_8);
        ConsoleIo io = ConsoleIo.plain(new ByteArrayInputStream(new byte[0]), stream, stream);
        RunProgress progress = new RunProgress(Stagedpipe.create(io, Defaults.local()).context());
        progress.servedBy(() -> "a");
        LineInput input =
                new LineInput(
                        new ByteArrayInputStream("1\n".getBytes(StandardCharsets.UTF_8)), _ -> {});
        items.refusal = new IllegalStateException("ended");
        assertThrows(IllegalStateException.class, () -> input.submitAll(items, progress));
        progress.cutOff();
        progress.end();
        assertEquals(
                "0 items: 0 ok, 0 failed, 0 aborted, served by a\n"
                        + "the group ended before its input: the lines after that were not sent\n",
                err.toString(StandardCharsets.UTF_8));
        assertEquals(1, progress.exitCode());
    }

    @Test
    void aLineThatTheGroupRefusesFailsInItsPlace() throws Exception {
        KeyField field = new KeyField("id");
        List<String> keys = new ArrayList<>();
        Items keyed =
                new Items() {
                    @Override
                    public void submit(byte[] item) throws RefusedLineException {
                        keys.add(field.of(item));
                        items.submit(item);
                    }

                    @Override
                    public String servedBy() {
                        return items.servedBy();
                    }

                    @Override
                    public void finish() {
                        items.finish();
                    }

                    @Override
                    public void cancel(String reason) {
                        items.cancel(reason);
                    }

                    @Override
                    public @Nullable Outcome<byte[]> take() throws InterruptedException {
                        return items.take();
                    }

                    @Override
                    public void close() {}
                };
        String lines =
                """
                {"id":"a"}
                {"no":{"id":"x"},"id":1.0}
                {"id":null}
                {"id":["a"]}
                {"no":{"id":"x"}}
                7
                {"id":

                {"id":true}
                """;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        LineItems all = new LineItems(keyed, true);
        byte[] bytes = lines.getBytes(StandardCharsets.UTF_8);
        assertEquals(7, run(out, all, new LineInput(new ByteArrayInputStream(bytes), all::refuse)));
        assertEquals(List.of("a", "1.0", "true"), keys);
        List<String> outcomes = out.toString(StandardCharsets.UTF_8).lines().toList();
        assertEquals("{\"sequence\":0,\"result\":{\"id\":\"a\"}}", outcomes.getFirst());
        assertEquals("{\"sequence\":7,\"result\":{\"id\":true}}", outcomes.getLast());
        for (int i = 2; i < 7; i++) {
            String refused =
                    "{\"sequence\":%d,\"fault\":{\"kind\":\"BAD_DATA\",\"attempt\":0,\"text\":\"line %d: it"
                            .formatted(i, i + 1);
            assertTrue(outcomes.get(i).startsWith(refused), outcomes.get(i));
        }
    }

    /// As `tail -f` gives lines of which none has the field.
    @Test
    void refusalsAreWrittenWhileTheInputGoesOn() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        LineItems all = new LineItems(items, false);
        PipedOutputStream lines = new PipedOutputStream();
        LineInput input = new LineInput(new PipedInputStream(lines), 4, all::refuse);
        FutureTask<Integer> running = new FutureTask<>(() -> run(out, all, input));
        Thread.ofVirtual().start(running);
        for (int i = 0; i < 3_000; i++) {
            lines.write("55555\n".getBytes(StandardCharsets.UTF_8));
        }
        lines.flush();
        awaitLines(out, 3_000);
        lines.write("1\n".getBytes(StandardCharsets.UTF_8));
        lines.flush();
        awaitLines(out, 3_001);
        lines.close();
        assertEquals(7, running.get());
        assertTrue(
                out.toString(StandardCharsets.UTF_8)
                        .endsWith("{\"sequence\":3000,\"result\":1}\n"));
    }

    private static void awaitLines(ByteArrayOutputStream out, int count)
            throws InterruptedException {
        while (out.toString(StandardCharsets.UTF_8).lines().count() < count) {
            Thread.sleep(1); // until the test's timeout
        }
    }

    @Test
    void aBigResultIsJsonToo() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        String big = "\"" + "x".repeat(21_000_000) + "\"";
        new OutcomeLine(new PrintStream(out, false, StandardCharsets.UTF_8))
                .write(new Outcome.Ok<>(0, big.getBytes(StandardCharsets.UTF_8)));
        String line = out.toString(StandardCharsets.UTF_8);
        assertTrue(line.startsWith("{\"sequence\":0,\"result\":\"xx"), line.substring(0, 40));
    }

    private int run(OutputStream out, Lines.Input input) throws Exception {
        return run(out, items, input);
    }

    private int run(OutputStream out, Items to, Lines.Input input) throws Exception {
        ConsoleIo io =
                ConsoleIo.plain(
                        new ByteArrayInputStream(new byte[0]),
                        new PrintStream(out, false, StandardCharsets.UTF_8),
                        new PrintStream(OutputStream.nullOutputStream()));
        RunProgress progress = new RunProgress(Stagedpipe.create(io, Defaults.local()).context());
        return new Lines(io, input, to, progress).run();
    }
}
