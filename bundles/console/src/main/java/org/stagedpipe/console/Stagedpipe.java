package org.stagedpipe.console;

import org.stagedpipe.console.command.AuditCommands;
import org.stagedpipe.console.command.CompletionCommand;
import org.stagedpipe.console.command.ConsoleContext;
import org.stagedpipe.console.command.ConsoleIo;
import org.stagedpipe.console.command.Defaults;
import org.stagedpipe.console.command.ExitCode;
import org.stagedpipe.console.command.Failures;
import org.stagedpipe.console.command.GlobalOptions;
import org.stagedpipe.console.command.GroupCommands;
import org.stagedpipe.console.command.LibraryCommands;
import org.stagedpipe.console.command.NodeCommands;
import org.stagedpipe.console.command.PluginCommands;
import org.stagedpipe.console.command.RolloutCommands;
import org.stagedpipe.console.remote.ShellCommand;
import org.stagedpipe.transport.Endpoint;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.List;
import java.util.Properties;

/// The command `stagedpipe` with all commands of the console; a program may add its own before it runs it.
///
/// One for each command line: options of one run must not reach the next. For one thread.
public final class Stagedpipe {

    private static final String[] FOOTER = {
        "",
        "Each of them says with --help what it takes. Exit codes: 0 done, 1 failed,",
        "2 usage, 3 unreachable, 4 not found, 5 timed out, 6 rolled back, 7 partly done,",
        "77 not permitted, 130 interrupted."
    };

    private final CommandLine commandLine;
    private final ConsoleContext context;

    private Stagedpipe(CommandLine commandLine, ConsoleContext context) {
        this.commandLine = commandLine;
        this.context = context;
    }

    /// With those streams and defaults.
    public static Stagedpipe create(ConsoleIo io, Defaults defaults) {
        Root root = new Root();
        ConsoleContext context = new ConsoleContext(io, root.options, defaults);
        CommandLine commandLine =
                new CommandLine(root)
                        .addSubcommand("node", NodeCommands.create(context))
                        .addSubcommand("plugin", PluginCommands.create(context))
                        .addSubcommand("library", LibraryCommands.create(context))
                        .addSubcommand("group", GroupCommands.create(context))
                        .addSubcommand("rollout", RolloutCommands.create(context))
                        .addSubcommand("audit", AuditCommands.create(context))
                        .addSubcommand(new ShellCommand(context))
                        .addSubcommand(new CompletionCommand(context));
        return new Stagedpipe(commandLine, context);
    }

    /// What own commands share with those of the console.
    public ConsoleContext context() {
        return context;
    }

    /// The command line, to be looked at or added to. Run it with [#run], which sets it up.
    public CommandLine commandLine() {
        return commandLine;
    }

    /// The command below which own ones are added: `group("plugin").addSubcommand(…)`.
    ///
    /// @throws IllegalArgumentException if there is no command of that name
    public CommandLine group(String name) {
        CommandLine group = commandLine.getSubcommands().get(name);
        if (group == null) {
            throw new IllegalArgumentException(
                    "command: \""
                            + name
                            + "\" (expected: one of "
                            + commandLine.getSubcommands().keySet()
                            + ")");
        }
        return group;
    }

    /// Puts an own command in the place of one of the console's and keeps the commands below that one.
    public void replace(String name, Object command) {
        CommandLine group = group(name);
        commandLine.getCommandSpec().removeSubcommand(name);
        CommandLine own = new CommandLine(command);
        group.getSubcommands()
                .forEach((below, line) -> own.addSubcommand(below, line.getCommand()));
        commandLine.addSubcommand(name, own);
    }

    /// Runs one command.
    ///
    /// @return the exit code, see [ExitCode]
    public int run(String... arguments) {
        ConsoleIo io = context.io();
        Failures failures = new Failures();
        commandLine
                .setOut(writer(io.out()))
                .setErr(writer(io.err()))
                .setColorScheme(CommandLine.Help.defaultColorScheme(ansi(arguments)))
                .registerConverter(Endpoint.class, Stagedpipe::endpoint)
                .setExecutionStrategy(Stagedpipe::runOrRefuse)
                .setExecutionExceptionHandler(failures)
                .setParameterExceptionHandler(failures);
        commandLine.getCommandSpec().usageMessage().footer(FOOTER);
        layOut(commandLine);
        int exitCode = commandLine.execute(arguments);
        if (exitCode == ExitCode.OK && io.isOutLost()) {
            io.err().println("stagedpipe: standard output: cannot be written");
            return ExitCode.FAILED;
        }
        return exitCode;
    }

    /// With `--help` picocli takes a command that there is not for none.
    private static int runOrRefuse(ParseResult parsed) {
        ParseResult last = parsed;
        while (last.hasSubcommand()) {
            last = last.subcommand();
        }
        if (!last.unmatched().isEmpty() && !last.commandSpec().subcommands().isEmpty()) {
            throw new UnmatchedArgumentException(
                    last.commandSpec().commandLine(), last.unmatched());
        }
        return new CommandLine.RunLast().execute(parsed);
    }

    /// Makes the usage texts of the command and of all below it easy to read over.
    private static void layOut(CommandLine command) {
        command.getCommandSpec()
                .usageMessage()
                .abbreviateSynopsis(true)
                .descriptionHeading("%n")
                .parameterListHeading("%nParameters:%n")
                .optionListHeading("%nOptions:%n")
                .commandListHeading("%nCommands:%n");
        command.getSubcommands().values().forEach(Stagedpipe::layOut);
    }

    /// Before the line is parsed: what is wrong with it may be coloured too.
    private Ansi ansi(String... arguments) {
        boolean wanted = !List.of(arguments).contains("--no-color");
        return wanted && context.isColored() ? Ansi.ON : Ansi.OFF;
    }

    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(new OutputStreamWriter(stream, stream.charset()), true);
    }

    private static Endpoint endpoint(String text) {
        try {
            return Endpoint.parse(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(String.valueOf(e.getMessage()));
        }
    }

    @Command(
            name = "stagedpipe",
            description =
                    "Staged pipelines, run as plugins on a cluster, and changed while data flows.",
            versionProvider = Version.class)
    private static final class Root {

        @Mixin private final GlobalOptions options = new GlobalOptions();

        @Option(names = "--version", versionHelp = true, description = "say which version this is")
        private boolean version;
    }

    /// Reads the version that the build wrote.
    static final class Version implements IVersionProvider {

        @Override
        public String[] getVersion() throws IOException {
            Properties properties = new Properties();
            try (InputStream in = Stagedpipe.class.getResourceAsStream("version.properties")) {
                if (in != null) {
                    properties.load(in);
                }
            }
            return new String[] {"stagedpipe " + properties.getProperty("version", "unknown")};
        }
    }
}
