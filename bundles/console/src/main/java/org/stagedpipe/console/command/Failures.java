package org.stagedpipe.console.command;

import org.stagedpipe.cluster.FileReason;
import org.stagedpipe.transport.CallException;

import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.Objects;

/// Turns what a command threw into a line on standard error and an exit code.
public final class Failures implements IExecutionExceptionHandler, IParameterExceptionHandler {

    /// What an overseer, and the command for libraries, call what is in two commands for plugins.
    private static final String PUBLISH = "publish";

    /// For all commands.
    public Failures() {}

    @Override
    public int handleExecutionException(Exception e, CommandLine command, ParseResult parsed)
            throws Exception {
        return switch (e) {
            case CallException call -> {
                say(command, call.getMessage());
                yield ExitCode.of(call.kind());
            }
            case RolledBackException rolledBack -> {
                say(command, String.valueOf(rolledBack.getMessage()));
                yield ExitCode.ROLLED_BACK;
            }
            case UsageException usage -> {
                say(command, String.valueOf(usage.getMessage()));
                yield ExitCode.USAGE;
            }
            case IOException io -> {
                say(command, FileReason.of(io));
                yield ExitCode.FAILED;
            }
            case UncheckedIOException io ->
                    handleExecutionException(
                            Objects.requireNonNull(io.getCause()), command, parsed);
            case SeveralException several -> {
                int first = ExitCode.OK;
                for (Exception failure : several.failures()) {
                    int code = handleExecutionException(failure, command, parsed);
                    first = first == ExitCode.OK ? code : first;
                }
                yield several.isPartly() ? ExitCode.PARTLY : first;
            }
            case InterruptedException interrupted -> {
                for (Throwable before : interrupted.getSuppressed()) {
                    if (before instanceof SeveralException several) {
                        handleExecutionException(several, command, parsed);
                    }
                }
                say(command, "interrupted");
                yield ExitCode.INTERRUPTED;
            }
            default -> throw e;
        };
    }

    @Override
    public int handleParseException(ParameterException e, String[] arguments) {
        CommandLine command = e.getCommandLine();
        say(command, String.valueOf(e.getMessage()));
        if (e instanceof UnmatchedArgumentException unknown
                && unknown.getUnmatched().getFirst().equals(PUBLISH)
                && command.getSubcommands().containsKey("install")) {
            command.getErr()
                    .println(
                            "Did you mean: plugin install, of a new plugin, or plugin update, of a"
                                    + " new version?");
        } else if (!UnmatchedArgumentException.printSuggestions(e, command.getErr())) {
            command.getErr().println(command.getUsageMessage().strip());
        }
        command.getErr().flush();
        return ExitCode.USAGE;
    }

    private static void say(CommandLine command, String text) {
        PrintWriter err = command.getErr();
        err.println(command.getCommandSpec().root().name() + ": " + Values.plain(text));
        err.flush();
    }
}
