package org.stagedpipe.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.stagedpipe.console.command.ConsoleIo;
import org.stagedpipe.console.command.Defaults;
import org.stagedpipe.console.command.Labels;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.transport.Server;

import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Whatever takes the name of a thing that there is, and gets one of which a letter is wrong, says which was probably meant.
class MisspeltTest extends OneConsole {

    /// But for a label, which may be a new one.
    private static final Set<String> NAMES =
            Set.of(
                    Labels.NODE,
                    Labels.PLUGIN,
                    Labels.VERSION,
                    Labels.ROLLOUT,
                    Labels.LIBRARY,
                    Labels.LIBRARY_VERSION,
                    Labels.GROUP,
                    Labels.DEAD_LETTERS);

    private static final List<String> LINES =
            List.of(
                    "node describe worker-1",
                    "node cordon worker-1",
                    "node drain worker-1",
                    "node resume worker-1",
                    "node forget o1",
                    "plugin describe birdstrikes",
                    "plugin rollback birdstrikes --version 1.0.0",
                    "plugin uninstall birdstrikes",
                    "plugin delete birdstrikes 1.0.0",
                    "plugin label birdstrikes stable 1.0.0",
                    "library delete com.example.csv 1.14.1",
                    "group describe " + TestOverseer.GROUP_A,
                    "group cancel " + TestOverseer.GROUP_A,
                    "group why " + TestOverseer.GROUP_A,
                    "group dead-letters " + TestOverseer.GROUP_A,
                    "rollout status r1",
                    "rollout pause r1",
                    "rollout resume r1",
                    "rollout abort r1",
                    "rollout approve r1",
                    "audit list --plugin birdstrikes");

    /// A command line in which one name is right.
    record Named(String command, String label, List<String> words, String name) {

        String what() {
            return command + " " + label;
        }

        String[] misspelt() {
            String wrong = name.substring(0, name.length() - 1) + "f"; // hexadecimal, too
            return words.stream()
                    .map(word -> word.equals(name) ? wrong : word)
                    .toArray(String[]::new);
        }
    }

    static Stream<Named> names() {
        return LINES.stream().flatMap(MisspeltTest::names);
    }

    private static Stream<Named> names(String line) {
        List<String> words = List.of(line.split(" "));
        CommandLine.ParseResult parsed = root().parseArgs(words.toArray(String[]::new));
        while (parsed.hasSubcommand()) {
            parsed = parsed.subcommand();
        }
        List<ArgSpec> matched = new ArrayList<>(parsed.matchedOptions());
        matched.addAll(parsed.matchedPositionals());
        String command = parsed.commandSpec().qualifiedName();
        return matched.stream()
                .filter(argument -> NAMES.contains(argument.paramLabel()))
                .map(argument ->
                        new Named(
                                command,
                                argument.paramLabel(),
                                words,
                                argument.stringValues().getFirst()));
    }

    private static CommandLine root() {
        return Stagedpipe.create(ConsoleIo.system(), Defaults.local()).commandLine();
    }

    @ParameterizedTest
    @MethodSource("names")
    void isToldWhatWasMeant(Named named) throws Exception {
        try (Server c1 = PartlyTest.coordinator(true)) {
            overseer.coordinators =
                    List.of(Samples.node("c1", Role.COORDINATOR, c1.endpoint().port()));
            Run run = run(named.misspelt());
            assertEquals(4, run.exitCode(), Arrays.toString(named.misspelt()) + run.err());
            assertTrue(run.err().endsWith("; did you mean " + named.name() + "?\n"), run.err());
        }
    }

    @Test
    void isLookedAtWhereverANameIsTaken() {
        assertEquals(sorted(arguments(root())), sorted(names().map(Named::what)));
    }

    private static Set<String> sorted(Stream<String> names) {
        return names.collect(Collectors.toCollection(TreeSet::new));
    }

    private static Stream<String> arguments(CommandLine command) {
        return Stream.concat(
                command.getCommandSpec().args().stream()
                        .map(ArgSpec::paramLabel)
                        .filter(NAMES::contains)
                        .map(label -> command.getCommandSpec().qualifiedName() + " " + label),
                command.getSubcommands().values().stream().flatMap(MisspeltTest::arguments));
    }
}
