package org.stagedpipe.console.shell;

import org.apache.felix.gogo.runtime.Parser;
import org.apache.felix.gogo.runtime.Token;
import org.stagedpipe.console.command.Nearest;
import org.stagedpipe.console.command.UsageException;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// What a line of the shell may be: commands of the console with words, joined by `;`, `&&`, `||`, `&`, `|` and `|&`.
///
/// Gogo's own lines are a programming language that reaches every command, object and file of the process. Who has it
/// needs no admin service to load code, so only what is listed here runs.
///
/// @param commands what may be called
record Grammar(Set<String> commands) {

    /// Text that stands for itself.
    private static final Pattern LITERAL =
            Pattern.compile("\\\\.|'[^']*'|\"[^\"'\\\\$%]*\"", Pattern.DOTALL);

    /// What Gogo evaluates or assigns with, or the rest of a literal that is none.
    private static final Pattern EVALUATED = Pattern.compile("[$%(){}\\[\\]<>\\\\'\"]|^=$");

    /// The line as Gogo runs it. It has to run this and not the text, which it might read in another way.
    ///
    /// @throws UsageException if there is anything else in it; nothing of it may run then
    Parser.Program parse(CharSequence line) {
        Parser.Program program = new Parser(line).program();
        program.tokens().forEach(this::check);
        return program;
    }

    private void check(Parser.Executable part) {
        switch (part) {
            case Parser.Statement statement -> check(statement);
            case Parser.Pipeline pipeline -> pipeline.tokens().forEach(this::check);
            case Parser.Operator _ -> {}
            default -> throw refused(part);
        }
    }

    private void check(Parser.Statement statement) {
        List<Token> words = statement.tokens();
        if (!statement.redirections().isEmpty()) {
            throw refused(statement.redirections().getFirst());
        }
        if (words.isEmpty()) {
            return;
        }
        String command = words.getFirst().toString();
        if (!commands.contains(command)) {
            throw new UsageException(
                    "command \"%s\": there is no such command; %s"
                            .formatted(command, Nearest.hint(command, commands, "commands")));
        }
        for (Token word : words) {
            if (isEvaluated(word)) {
                throw refused(word);
            }
        }
    }

    private static boolean isEvaluated(Token word) {
        return EVALUATED.matcher(LITERAL.matcher(word).replaceAll("")).find();
    }

    private static UsageException refused(Token what) {
        return new UsageException(
                "\"%s\" (expected: a command and its words; what is in '...' is a word)"
                        .formatted(what));
    }
}
