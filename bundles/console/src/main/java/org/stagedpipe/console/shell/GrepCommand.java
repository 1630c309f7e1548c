package org.stagedpipe.console.shell;

import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.apache.felix.service.command.Process;
import org.jspecify.annotations.Nullable;
import org.stagedpipe.console.command.ExitCode;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// `grep PATTERN`: the lines of its input that have it; exit code 1 if none has.
record GrepCommand() implements Function {

    @Override
    public @Nullable Object execute(CommandSession session, List<Object> arguments)
            throws IOException {
        Process process = Process.Utils.current();
        try {
            List<String> words = GogoCommand.words(arguments);
            if (words.size() == 1) {
                Pattern pattern = Pattern.compile(words.getFirst());
                process.error(matches(process, pattern) ? ExitCode.OK : ExitCode.FAILED);
                return null;
            }
            process.err().println("stagedpipe: grep (expected: one PATTERN)");
        } catch (PatternSyntaxException e) {
            process.err().println("stagedpipe: grep: " + e.getMessage());
        }
        process.error(ExitCode.USAGE);
        return null;
    }

    private static boolean matches(Process process, Pattern pattern) throws IOException {
        boolean any = false;
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.in(), StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (pattern.matcher(line).find()) {
                any = true;
                process.out().println(line);
            }
        }
        process.out().flush();
        return any;
    }
}
