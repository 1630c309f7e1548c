package org.stagedpipe.console.shell;

import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.apache.felix.service.command.Process;
import org.jspecify.annotations.Nullable;
import org.stagedpipe.console.command.ConsoleIo;
import org.stagedpipe.console.command.ExitCode;

import java.util.List;

/// One command of the console as Gogo runs it, on a thread of the session: its streams may be pipes.
///
/// @param name `group:command`
record GogoCommand(CommandSet commands, String name) implements Function {

    @Override
    public @Nullable Object execute(CommandSession session, List<Object> arguments) {
        Process process = Process.Utils.current();
        int exitCode =
                commands.run(
                        io(session, process),
                        GogoSession.operator(session),
                        name,
                        words(arguments).toArray(String[]::new));
        if (exitCode != ExitCode.OK) {
            process.error(exitCode);
        }
        return null;
    }

    static List<String> words(List<Object> arguments) {
        return arguments.stream().map(String::valueOf).toList();
    }

    /// The streams of the command that runs on this thread.
    static ConsoleIo io(CommandSession session, Process process) {
        boolean terminal = session.get(GogoSession.TERMINAL) != null;
        return new ConsoleIo(
                process.in(),
                process.out(),
                process.err(),
                terminal && process.isTty(1),
                terminal && process.isTty(2));
    }
}
