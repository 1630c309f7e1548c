package org.stagedpipe.runtime.plugin;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.archetype.NewPluginCommand;
import org.stagedpipe.console.command.ConsoleContext;
import org.stagedpipe.console.command.ExitCode;
import org.stagedpipe.runtime.Home;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/// `plugin new`: makes a plugin project from the archetype in the distribution's folder repository.
@Command(name = "new", description = "makes a plugin project that builds, tests and deploys")
public final class PluginNewCommand implements Callable<Integer> {

    private static final Path ARCHETYPE =
            Path.of("repository", "org", "stagedpipe", "org.stagedpipe.plugin-archetype");

    private final ConsoleContext context;
    private final Home home;

    @Parameters(
            paramLabel = "NAME",
            description = "the plugin's name: lower-case letters, digits, hyphens")
    private String name = "";

    @Option(
            names = "--package",
            paramLabel = "P",
            description = "of its classes (com.example.NAME, without hyphens)")
    private @Nullable String packageName;

    @Option(
            names = "--dir",
            paramLabel = "D",
            description = "where to make it (the working directory)")
    private @Nullable String folder;

    /// For that distribution.
    public PluginNewCommand(ConsoleContext context, Home home) {
        this.context = context;
        this.home = home;
    }

    @Override
    public Integer call() throws IOException {
        List<String> arguments = new ArrayList<>(List.of(name));
        if (packageName != null) {
            arguments.addAll(List.of("--package", packageName));
        }
        if (folder != null) {
            arguments.addAll(List.of("--dir", folder));
        }
        PrintStream said = context.isJson() ? context.io().err() : context.io().out();
        int exitCode = new NewPluginCommand(archetype(), said, context.io().err()).run(arguments);
        said.flush(); // else the folder's name is lost with the process
        if (exitCode == ExitCode.OK) {
            Path made = Path.of(folder == null ? "" : folder).resolve(name);
            if (context.isJson()) {
                context.printJson(Map.of("folder", made.toString()));
            } else if (!context.isQuiet()) {
                sayNext(made);
            }
        }
        return exitCode;
    }

    private void sayNext(Path made) {
        context.io()
                .err()
                .printf(
                        """
                        made in %s; next, in there (README.md says more):
                          mvn package
                          stagedpipe run --local target/%s-1.0.0.jar --config config.json < items.jsonl
                        """,
                        made.toAbsolutePath(), name);
        context.io().err().flush();
    }

    private Path archetype() throws IOException {
        Path versions = home.distribution().resolve(ARCHETYPE);
        try (var files = Files.walk(versions)) {
            return files.filter(file -> file.toString().endsWith(".jar"))
                    .findFirst()
                    .orElseThrow(() ->
                            new IOException(versions + ": has no jar (expected: the archetype)"));
        }
    }
}
