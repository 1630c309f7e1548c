package org.stagedpipe.console.shell;

import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;
import org.stagedpipe.console.command.ExitCode;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Set;

/// Reads lines at a terminal, with completion and a history, and runs them, until `exit` or Ctrl-D.
final class InteractiveShell implements Shell {

    private static final Set<String> LAST = Set.of("exit", "logout", "quit");

    private final Shells shells;
    private final GogoSession session;
    private final Terminal terminal;

    InteractiveShell(Shells shells, GogoSession session, Terminal terminal) {
        this.shells = shells;
        this.session = session;
        this.terminal = terminal;
    }

    /// Whether the line leaves a shell.
    static boolean isLast(String line) {
        return LAST.contains(line.strip());
    }

    /// @return the exit code of the last command
    @Override
    public int run() {
        LineReader reader = reader();
        terminal.writer()
                .println(
                        "Overseer "
                                + shells.overseer()
                                + ". TAB completes, help lists the commands, exit leaves.");
        int exitCode = ExitCode.OK;
        try {
            String prompt = prompt();
            while (true) {
                String line = next(reader, prompt);
                if (isLast(line)) {
                    return exitCode;
                }
                if (!line.isBlank()) {
                    exitCode = session.run(line);
                }
            }
        } catch (EndOfFileException e) {
            return exitCode;
        }
    }

    @Override
    public void operator(String name) {
        session.operator(name);
    }

    /// Ends what runs; a line that is being read ends as at the end of the input.
    @Override
    public void close() {
        session.close();
        try {
            terminal.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The next line, an empty one for one that was given up.
    private static String next(LineReader reader, String prompt) {
        try {
            return reader.readLine(prompt);
        } catch (UserInterruptException e) {
            return "";
        }
    }

    private LineReader reader() {
        LineReaderBuilder builder =
                LineReaderBuilder.builder()
                        .appName("stagedpipe")
                        .terminal(terminal)
                        .completer(new CommandCompleter(shells.commands()))
                        .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                        .option(LineReader.Option.HISTORY_REDUCE_BLANKS, true)
                        .option(LineReader.Option.AUTO_FRESH_LINE, true);
        if (shells.historyLines() > 0) {
            builder.variable(LineReader.HISTORY_FILE, shells.history())
                    .variable(LineReader.HISTORY_SIZE, shells.historyLines())
                    .variable(LineReader.HISTORY_FILE_SIZE, shells.historyLines());
        }
        return builder.build();
    }

    private String prompt() {
        return new AttributedStringBuilder()
                .style(AttributedStyle.BOLD.foreground(AttributedStyle.CYAN))
                .append(shells.overseer())
                .style(AttributedStyle.DEFAULT)
                .append("> ")
                .toAnsi(terminal);
    }
}
