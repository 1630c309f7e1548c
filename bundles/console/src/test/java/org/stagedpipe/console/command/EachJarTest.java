package org.stagedpipe.console.command;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.stagedpipe.console.Stagedpipe;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import picocli.CommandLine;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What ends a series of files.
class EachJarTest {

    private static final List<Path> JARS =
            List.of(Path.of("a.jar"), Path.of("b.jar"), Path.of("c.jar"));

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final List<Path> tried = new ArrayList<>();

    @ParameterizedTest
    @EnumSource(names = {"UNREACHABLE", "TIMED_OUT"})
    void anOverseerThatIsLostIsNotAskedForTheRest(Kind kind) {
        SeveralException failed =
                assertThrows(
                        SeveralException.class,
                        () -> each(context(), new CallException(kind, "says nothing")).of(JARS));
        assertEquals(
                List.of("b.jar: says nothing; not tried: c.jar"),
                failed.failures().stream().map(Exception::getMessage).toList());
        assertEquals(JARS.subList(0, 2), tried);
    }

    @Test
    void anOverseerThatRefusesOneIsAskedForTheRest() {
        assertThrows(
                SeveralException.class,
                () -> each(context(), new CallException(Kind.EXISTS, "is there")).of(JARS));
        assertEquals(JARS, tried);
    }

    @Test
    void programsHearWhatWasDoneBeforeAnInterruption() {
        ConsoleContext context = context("-o", "json");
        assertThrows(
                InterruptedException.class,
                () -> each(context, new InterruptedException()).of(JARS));
        assertEquals("[\"a.jar\"]", text().replaceAll("\\s", ""));
    }

    @Test
    void whatFailedBeforeAnInterruptionIsSaid() {
        InterruptedException interrupted =
                assertThrows(
                        InterruptedException.class,
                        () ->
                                new EachJar<String>(
                                                context(),
                                                jar -> {
                                                    if (jar.equals(JARS.getFirst())) {
                                                        throw new IOException(jar + ": no");
                                                    }
                                                    throw new InterruptedException();
                                                },
                                                done -> done)
                                        .of(JARS));
        StringWriter said = new StringWriter();
        CommandLine command = stagedpipe().commandLine().setErr(new PrintWriter(said));
        int code =
                assertDoesNotThrow(() ->
                        new Failures()
                                .handleExecutionException(
                                        interrupted, command, command.parseArgs()));
        assertEquals(ExitCode.INTERRUPTED, code);
        assertEquals(
                List.of("stagedpipe: a.jar: no", "stagedpipe: interrupted"),
                said.toString().lines().toList());
    }

    /// Fails with that at the second.
    private EachJar<String> each(ConsoleContext context, Exception failure) {
        return new EachJar<>(
                context,
                jar -> {
                    tried.add(jar);
                    if (tried.size() == 2) {
                        switch (failure) {
                            case CallException call -> throw call;
                            case InterruptedException interrupted -> throw interrupted;
                            default -> throw new IllegalStateException(failure);
                        }
                    }
                    return jar.toString();
                },
                done -> done);
    }

    private ConsoleContext context(String... options) {
        Stagedpipe stagedpipe = stagedpipe();
        if (options.length > 0) {
            var _ = stagedpipe.commandLine().parseArgs(options);
        }
        return stagedpipe.context();
    }

    private Stagedpipe stagedpipe() {
        PrintStream to = new PrintStream(out, true, StandardCharsets.UTF_8);
        return Stagedpipe.create(
                new ConsoleIo(InputStream.nullInputStream(), to, to, false, false),
                Defaults.local());
    }

    private String text() {
        return out.toString(StandardCharsets.UTF_8);
    }
}
