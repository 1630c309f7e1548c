package org.stagedpipe.archetype;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/// The command `stagedpipe plugin new NAME [--package P] [--dir D]`. It needs nothing but this jar and Java, and
/// takes the jar's own place in a folder repository for the repository that the project will use.
public final class NewPluginCommand {

    static final int OK = 0;
    static final int FAILED = 1;
    static final int USAGE = 2;

    private static final String USAGE_TEXT =
            "usage: stagedpipe plugin new NAME [--package P] [--dir D]";

    private final Path archetype;
    private final PrintStream out;
    private final PrintStream err;

    /// @param archetype the jar, or the folder that would be packed into it
    public NewPluginCommand(Path archetype, PrintStream out, PrintStream err) {
        this.archetype = archetype;
        this.out = out;
        this.err = err;
    }

    /// Runs the command and ends the process with its exit code.
    public static void main(String[] arguments) throws URISyntaxException {
        Path self =
                Path.of(
                        NewPluginCommand.class
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .toURI());
        System.exit(new NewPluginCommand(self, System.out, System.err).run(List.of(arguments)));
    }

    /// Runs the command.
    ///
    /// @return its exit code: 0 made, 1 not made, 2 not understood
    public int run(List<String> arguments) {
        try {
            return make(Arguments.of(arguments));
        } catch (IllegalArgumentException e) {
            err.println("stagedpipe: " + e.getMessage());
            err.println(USAGE_TEXT);
            return USAGE;
        } catch (IOException e) {
            err.println("stagedpipe: " + e.getMessage());
            return FAILED;
        }
    }

    private int make(Arguments arguments) throws IOException {
        String packageName = arguments.packageName();
        String repository = arguments.repository();
        NewPlugin plugin =
                new NewPlugin(
                        arguments.name(),
                        packageName == null
                                ? NewPlugin.defaultPackage(arguments.name())
                                : packageName,
                        repository == null ? ownRepository() : repository);
        out.println(new Template(archetype).make(plugin, arguments.folder()));
        return OK;
    }

    /// `<repository>/org/stagedpipe/<artifact>/<version>/<file>.jar`: the fifth folder up.
    private String ownRepository() {
        Path path = archetype.toAbsolutePath().normalize();
        int names = path.getNameCount();
        if (names < 6 || !path.subpath(names - 5, names - 3).equals(Path.of("org/stagedpipe"))) {
            throw new IllegalArgumentException(
                    "repository: "
                            + path
                            + " is in no folder repository (expected: --repository URL)");
        }
        Path root = path.getRoot().resolve(path.subpath(0, names - 5));
        return "file://" + root.toUri().getRawPath().replaceFirst("/$", "");
    }

    private record Arguments(
            String name, @Nullable String packageName, Path folder, @Nullable String repository) {

        static Arguments of(List<String> arguments) {
            Deque<String> left = new ArrayDeque<>(arguments);
            String name = null;
            String packageName = null;
            String repository = null;
            Path folder = Path.of("");
            while (!left.isEmpty()) {
                String argument = left.pop();
                switch (argument) {
                    case "--package" -> packageName = value(argument, left);
                    case "--dir" -> folder = Path.of(value(argument, left));
                    case "--repository" -> repository = value(argument, left);
                    default -> name = name(argument, name);
                }
            }
            if (name == null) {
                throw new IllegalArgumentException("name: missing (expected: the plugin's name)");
            }
            return new Arguments(name, packageName, folder, repository);
        }

        private static String name(String argument, @Nullable String earlier) {
            if (argument.startsWith("-") || earlier != null) {
                throw new IllegalArgumentException(
                        "\"" + argument + "\" (expected: one name and the options below)");
            }
            return argument;
        }

        private static String value(String option, Deque<String> left) {
            String value = left.poll();
            if (value == null) {
                throw new IllegalArgumentException(option + ": no value (expected: one)");
            }
            return value;
        }
    }
}
