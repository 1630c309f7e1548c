package org.stagedpipe.console.shell;

import org.stagedpipe.console.Stagedpipe;
import org.stagedpipe.console.command.ConsoleIo;
import org.stagedpipe.console.command.Defaults;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/// The commands of the console under their names in Gogo: `plugin:update` is `plugin update` of the command line. What
/// is added to [Stagedpipe] is here too.
///
/// Safe for use by many threads: each run has commands of its own.
final class CommandSet {

    private static final String HELP = "help";
    private static final String GREP = "grep";
    private static final Set<String> SHELL_ONLY = Set.of(HELP, GREP);

    private final Defaults defaults;
    private final SortedMap<String, CommandSpec> specs;

    CommandSet(Defaults defaults) {
        this.defaults = defaults;
        this.specs = specs(model());
    }

    /// Every command below a group, by `group:command`; only to be looked at.
    SortedMap<String, CommandSpec> specs() {
        return specs;
    }

    /// All that a line of the shell may call: the commands, `help` and `grep`.
    Set<String> names() {
        Set<String> names = new TreeSet<>(specs.keySet());
        names.addAll(SHELL_ONLY);
        return names;
    }

    /// The command of that name.
    Optional<CommandSpec> spec(String name) {
        return Optional.ofNullable(specs.get(name));
    }

    /// What holds where a command line says nothing.
    Defaults defaults() {
        return defaults;
    }

    /// Runs one command.
    ///
    /// @param operator who runs it, empty if nobody said so
    /// @param name `group:command`
    /// @return the exit code
    int run(ConsoleIo io, String operator, String name, String... arguments) {
        String[] line = new String[arguments.length + 2];
        System.arraycopy(name.split(":", 2), 0, line, 0, 2);
        System.arraycopy(arguments, 0, line, 2, arguments.length);
        Defaults own = operator.isEmpty() ? defaults : new OperatorDefaults(defaults, operator);
        Stagedpipe command = Stagedpipe.create(io, own);
        command.commandLine().setExpandAtFiles(false); // they would be this machine's
        return command.run(line);
    }

    /// Makes them commands of Gogo.
    void offerTo(Whiteboard whiteboard) {
        for (String name : specs.keySet()) {
            String[] parts = name.split(":", 2);
            whiteboard.offer(parts[0], parts[1], new GogoCommand(this, name));
        }
        whiteboard.offer("stagedpipe", HELP, new HelpCommand(this));
        whiteboard.offer("stagedpipe", GREP, new GrepCommand());
    }

    private CommandLine model() {
        PrintStream nothing = new PrintStream(OutputStream.nullOutputStream());
        return Stagedpipe.create(
                        ConsoleIo.plain(InputStream.nullInputStream(), nothing, nothing), defaults)
                .commandLine();
    }

    private static SortedMap<String, CommandSpec> specs(CommandLine root) {
        SortedMap<String, CommandSpec> specs = new TreeMap<>();
        root.getSubcommands()
                .forEach((group, commands) ->
                        commands.getSubcommands()
                                .forEach((name, command) ->
                                        specs.put(group + ":" + name, command.getCommandSpec())));
        return specs;
    }
}
