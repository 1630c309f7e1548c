package org.stagedpipe.itests.cluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// One run of a command line, with what it printed.
///
/// @param status its exit status
/// @param out its standard output
/// @param err its standard error
public record Command(int status, String out, String err) {

    private static final Duration LONGEST = Duration.ofMinutes(5);

    /// Runs `stagedpipe` with these arguments.
    static Command stagedpipe(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(Distribution.script().toString()));
        command.addAll(List.of(arguments));
        return run(Path.of(".").toAbsolutePath(), Map.of(), command);
    }

    /// Runs `stagedpipe` with that file on its standard input.
    static Command stagedpipe(Path input, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(Distribution.script().toString()));
        command.addAll(List.of(arguments));
        return run(Path.of(".").toAbsolutePath(), Map.of(), input, command);
    }

    /// Runs a program there.
    public static Command run(Path folder, Map<String, String> environment, List<String> command)
            throws IOException, InterruptedException {
        return run(folder, environment, Path.of("/dev/null"), command);
    }

    private static Command run(
            Path folder, Map<String, String> environment, Path input, List<String> command)
            throws IOException, InterruptedException {
        Path out = Files.createTempFile("command", ".out");
        Path err = Files.createTempFile("command", ".err");
        try {
            ProcessBuilder builder =
                    new ProcessBuilder(command)
                            .directory(folder.toFile())
                            .redirectInput(ProcessBuilder.Redirect.from(input.toFile()))
                            .redirectOutput(out.toFile())
                            .redirectError(err.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            if (!process.waitFor(LONGEST.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(
                        command
                                + " did not end; it said:\n"
                                + Files.readString(out)
                                + Files.readString(err));
            }
            return new Command(
                    process.exitValue(),
                    Files.readString(out, StandardCharsets.UTF_8),
                    Files.readString(err, StandardCharsets.UTF_8));
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    /// All that it printed.
    public String output() {
        return out + err;
    }
}
