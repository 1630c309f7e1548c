package org.stagedpipe.console.shell;

import org.apache.felix.service.command.CommandProcessor;
import org.jline.terminal.Terminal;
import org.jspecify.annotations.Nullable;

import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// Makes the shell that a connection asks for. Whoever asked closes it.
///
/// @param overseer its name, for the prompt
/// @param history the file with what was typed
/// @param historyLines how many lines of it are kept, 0 for none
record Shells(
        CommandProcessor gogo,
        CommandSet commands,
        String overseer,
        Path history,
        int historyLines) {

    /// For a person at a terminal.
    Shell interactive(Terminal terminal) {
        GogoSession session = session(terminal);
        return new InteractiveShell(this, session, terminal);
    }

    /// One line.
    ///
    /// @param terminal null without one
    Shell line(
            String line,
            InputStream in,
            PrintStream out,
            PrintStream err,
            @Nullable Terminal terminal) {
        return new LineShell(terminal == null ? session(in, out, err) : session(terminal), line);
    }

    /// The lines of a script, to the end of the input.
    Shell script(InputStream in, PrintStream out, PrintStream err) {
        // The commands do not read what the script says next.
        return new ScriptShell(session(InputStream.nullInputStream(), out, err), in);
    }

    private GogoSession session(Terminal terminal) {
        PrintStream out = new PrintStream(terminal.output(), true, StandardCharsets.UTF_8);
        GogoSession session = session(terminal.input(), out, out);
        session.terminal(terminal);
        terminal.handle(Terminal.Signal.INT, signal -> session.interrupt());
        return session;
    }

    private GogoSession session(InputStream in, PrintStream out, PrintStream err) {
        return new GogoSession(gogo, new Grammar(commands.names()), in, out, err);
    }
}
