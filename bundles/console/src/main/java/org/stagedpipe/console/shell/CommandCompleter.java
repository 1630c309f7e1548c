package org.stagedpipe.console.shell;

import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;

import picocli.CommandLine.Model.CommandSpec;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Completes the line of a shell: names of commands, then what the command takes.
final class CommandCompleter implements Completer {

    /// What ends one command and begins the next in a line of Gogo.
    private static final Set<String> BETWEEN = Set.of("|", "||", "&&", ";", "&", "|&");

    private final CommandSet commands;
    private final ArgumentCompleter arguments;

    CommandCompleter(CommandSet commands) {
        this.commands = commands;
        this.arguments = new ArgumentCompleter(new Names(commands.defaults()));
    }

    @Override
    public void complete(LineReader reader, ParsedLine line, List<Candidate> candidates) {
        List<String> before = before(line);
        if (before.isEmpty()) {
            commands(candidates);
            return;
        }
        Optional<CommandSpec> spec = commands.spec(before.getFirst());
        if (spec.isPresent()) {
            arguments.complete(
                    reader, line, spec.get(), before.subList(1, before.size()), candidates);
        } else if (before.getFirst().equals("help") && before.size() == 1) {
            commands(candidates);
        }
    }

    /// The words of the command in which the cursor stands, before it.
    private static List<String> before(ParsedLine line) {
        List<String> words = line.words().subList(0, line.wordIndex());
        for (int i = words.size() - 1; i >= 0; i--) {
            if (BETWEEN.contains(words.get(i))) {
                return words.subList(i + 1, words.size());
            }
        }
        return words;
    }

    private void commands(List<Candidate> candidates) {
        commands.specs()
                .forEach((name, spec) ->
                        candidates.add(
                                new Candidate(
                                        name,
                                        name,
                                        null,
                                        HelpCommand.description(spec),
                                        null,
                                        null,
                                        true)));
        candidates.add(new Candidate("help"));
        candidates.add(new Candidate("grep"));
        candidates.add(new Candidate("exit"));
    }
}
