package org.stagedpipe.console;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.stagedpipe.console.command.ConsoleIo;
import org.stagedpipe.console.command.Defaults;
import org.stagedpipe.transport.Endpoint;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// What one command printed and ended with.
record Run(int exitCode, String out, String err) {

    /// Runs a command against that overseer.
    static Run of(Endpoint overseer, String... arguments) {
        return of(() -> List.of(overseer), false, arguments);
    }

    static Run of(Defaults defaults, boolean isTerminal, String... arguments) {
        return of(defaults, isTerminal, "", arguments);
    }

    /// Runs a command with that on its standard input.
    static Run typed(Defaults defaults, String input, String... arguments) {
        return of(defaults, false, input, arguments);
    }

    private static Run of(
            Defaults defaults, boolean isTerminal, String input, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        ConsoleIo io =
                new ConsoleIo(
                        new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        isTerminal,
                        isTerminal);
        int exitCode = Stagedpipe.create(io, defaults).run(arguments);
        return new Run(
                exitCode,
                out.toString(StandardCharsets.UTF_8),
                err.toString(StandardCharsets.UTF_8));
    }

    JsonNode json() throws Exception {
        return new ObjectMapper().readTree(out);
    }
}
