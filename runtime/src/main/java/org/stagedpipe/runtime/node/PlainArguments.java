package org.stagedpipe.runtime.node;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/// Reads the arguments of a node where they are the usual ones: known options, each once, each followed by its value. The library that
/// reads command lines costs a start as much as its ten biggest bundles, and is left what it is good at: help, and what is wrong.
final class PlainArguments {

    private final NodeOptions options = new NodeOptions();
    private final Set<String> seen = new HashSet<>();

    private PlainArguments() {}

    /// Empty if there is anything else among them, or no role.
    static Optional<NodeOptions> read(String... arguments) {
        PlainArguments plain = new PlainArguments();
        try {
            for (int i = 0; i < arguments.length; i += 2) {
                if (i + 1 == arguments.length || !plain.take(arguments[i], arguments[i + 1])) {
                    return Optional.empty();
                }
            }
        } catch (NumberFormatException e) { // the library says it better
            return Optional.empty();
        }
        return plain.seen.contains("--role") ? Optional.of(plain.options) : Optional.empty();
    }

    /// Whether it could be taken.
    private boolean take(String name, String value) {
        if (value.isEmpty() || value.startsWith("-") || value.startsWith("@")) {
            return false;
        }
        switch (name) {
            case "--role" -> options.role = value;
            case "--conf" -> options.conf = Path.of(value);
            case "--data" -> options.data = Path.of(value);
            case "--name" -> options.name = value;
            case "--overseer" -> options.overseer = value;
            case "--port" -> options.port = within(0, 65_535, value);
            case "--ready-within" ->
                    options.readyWithinSeconds = within(1, Integer.MAX_VALUE, value);
            default -> {
                return false;
            }
        }
        return seen.add(name);
    }

    private static int within(int min, int max, String value) {
        int number = Integer.parseInt(value);
        if (number < min || number > max) {
            throw new NumberFormatException(value);
        }
        return number;
    }
}
