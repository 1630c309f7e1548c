package org.stagedpipe.console.shell;

import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.apache.felix.service.command.Process;
import org.jspecify.annotations.Nullable;
import org.stagedpipe.console.command.ConsoleIo;
import org.stagedpipe.console.command.ExitCode;
import org.stagedpipe.console.command.Nearest;

import picocli.CommandLine.Model.CommandSpec;

import java.util.List;

/// `help`: what commands there are; `help plugin:update`: what that one takes.
record HelpCommand(CommandSet commands) implements Function {

    @Override
    public @Nullable Object execute(CommandSession session, List<Object> arguments) {
        Process process = Process.Utils.current();
        ConsoleIo io = GogoCommand.io(session, process);
        if (arguments.isEmpty()) {
            all(io);
            return null;
        }
        String name = String.valueOf(arguments.getFirst());
        if (commands.spec(name).isPresent()) {
            commands.run(io, "", name, "--help");
            return null;
        }
        io.err()
                .println(
                        "stagedpipe: command \""
                                + name
                                + "\": there is no such command; "
                                + Nearest.hint(name, commands.specs().keySet(), "commands"));
        process.error(ExitCode.USAGE);
        return null;
    }

    private void all(ConsoleIo io) {
        int width = commands.specs().keySet().stream().mapToInt(String::length).max().orElse(0);
        String row = "%-" + (width + 2) + "s%s%n";
        commands.specs().forEach((name, spec) -> io.out().printf(row, name, description(spec)));
        io.out().println();
        io.out().println("help COMMAND        what it takes; TAB completes names too");
        io.out().println("... | grep PATTERN  only the lines with it, a regular expression");
        io.out().println("exit                leaves the shell");
        io.out().flush();
    }

    static String description(CommandSpec spec) {
        String[] lines = spec.usageMessage().description();
        return lines.length == 0 ? "" : lines[0];
    }
}
