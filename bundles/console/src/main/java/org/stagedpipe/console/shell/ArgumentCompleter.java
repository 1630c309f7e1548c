package org.stagedpipe.console.shell;

import org.jline.builtins.Completers.FilesCompleter;
import org.jline.reader.Candidate;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;
import org.jspecify.annotations.Nullable;
import org.stagedpipe.console.command.Labels;

import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Completes what a command takes: its options, their values, and the names that its parameters' labels stand for.
final class ArgumentCompleter {

    private final Names names;
    private final FilesCompleter files = new FilesCompleter(Path.of(""));

    ArgumentCompleter(Names names) {
        this.names = names;
    }

    /// @param before the words after the command's name and before the cursor's
    void complete(
            LineReader reader,
            ParsedLine line,
            CommandSpec spec,
            List<String> before,
            List<Candidate> candidates) {
        OptionSpec open = before.isEmpty() ? null : option(spec, before.getLast());
        List<String> given = positionals(spec, before);
        if (open != null) {
            values(reader, line, open, given, candidates);
        } else if (line.word().startsWith("-")) {
            options(spec, candidates);
        } else {
            @Nullable PositionalParamSpec next = positional(spec, given.size());
            if (next == null) {
                options(spec, candidates);
            } else {
                values(reader, line, next, given, candidates);
            }
        }
    }

    /// The option of that name if it waits for a value.
    private static @Nullable OptionSpec option(CommandSpec spec, String word) {
        OptionSpec option = spec.optionsMap().get(word);
        return option != null && option.arity().max() > 0 ? option : null;
    }

    private static List<String> positionals(CommandSpec spec, List<String> before) {
        List<String> given = new ArrayList<>();
        for (int i = 0; i < before.size(); i++) {
            String word = before.get(i);
            if (word.startsWith("-")) {
                i += option(spec, word) == null ? 0 : 1;
            } else {
                given.add(word);
            }
        }
        return given;
    }

    private static @Nullable PositionalParamSpec positional(CommandSpec spec, int index) {
        return spec.positionalParameters().stream()
                .filter(parameter -> parameter.index().contains(index))
                .findFirst()
                .orElse(null);
    }

    private static void options(CommandSpec spec, List<Candidate> candidates) {
        for (OptionSpec option : spec.options()) {
            if (!option.hidden()) {
                String[] lines = option.description();
                String name = option.longestName();
                String text = lines.length == 0 ? null : lines[0];
                candidates.add(new Candidate(name, name, null, text, null, null, true));
            }
        }
    }

    private void values(
            LineReader reader,
            ParsedLine line,
            ArgSpec argument,
            List<String> given,
            List<Candidate> candidates) {
        @Nullable Iterable<String> choices = argument.completionCandidates();
        if (choices != null) {
            choices.forEach(choice -> candidates.add(new Candidate(choice)));
        }
        if (argument.paramLabel().equals(Labels.JAR) || argument.paramLabel().equals("FILE")) {
            files.complete(reader, line, candidates);
        }
        names.of(argument.paramLabel(), given).forEach(name -> candidates.add(new Candidate(name)));
    }
}
