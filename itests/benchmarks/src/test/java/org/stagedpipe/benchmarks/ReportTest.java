package org.stagedpipe.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class ReportTest {

    private final ByteArrayOutputStream lines = new ByteArrayOutputStream();

    @Test
    void printsALineForEachFigure() {
        Report report = report("engine");
        report.add(new Figure("fast", "items/s", 5_000_000, 100_000, Goal.atLeast(25)));
        report.add(new Figure("big", "B/item", 120, 100, Goal.atMost(1.1)));
        report.add(new Figure("shown", "ns/item", 1.5, 3, Goal.none()));
        List<String> printed = lines.toString(StandardCharsets.UTF_8).lines().toList();
        assertEquals(
                List.of(
                        "fast 5,000,000 100,000 items/s 50.00 50.00..50.00 >= 25.00 met",
                        "big 120 100 B/item 1.20 1.20..1.20 <= 1.10 missed",
                        "shown 1.50 3.00 ns/item 0.50 0.50..0.50 - -"),
                printed.stream().map(line -> line.replaceAll(" +", " ")).toList());
        assertTrue(report.isMissed());
    }

    @Test
    void saysBetweenWhatTheRoundsWere() {
        Report report = report("engine");
        report.add(new Figure("fast", "items/s", 30, 10, Goal.atLeast(2), 1.5, 4));
        assertTrue(lines.toString(StandardCharsets.UTF_8).contains("3.00  1.50..4.00"));
        assertFalse(report.isMissed(), "the goal is for the medians");
    }

    @Test
    void isMissedOnlyByAGoal() {
        Report report = report("engine");
        report.add(new Figure("fast", "items/s", 25, 1, Goal.atLeast(25)));
        report.add(new Figure("small", "B/item", 1.1, 1, Goal.atMost(1.1)));
        report.add(new Figure("shown", "ns/item", 99, 1, Goal.none()));
        assertFalse(report.isMissed());
        report.add(new Figure("none", "items/s", Double.NaN, 1, Goal.atLeast(0.1)));
        assertTrue(report.isMissed());
    }

    @Test
    void writesTheSameAsJson(@TempDir Path folder) throws IOException {
        Report report = report("engine --quick");
        report.add(new Figure("a \"name\"", "items/s", 2, 4, Goal.atLeast(0.4)));
        String json = Files.readString(report.write(folder.resolve("new")));
        assertTrue(json.contains("\"suite\": \"engine\""), json);
        assertTrue(json.contains("\"quick\": true"), json);
        assertTrue(
                json.contains(
                        "{\"name\": \"a \\\"name\\\"\", \"unit\": \"items/s\", \"ours\": 2.0,"
                                + " \"other\": 4.0, \"ratio\": 0.5, \"least\": 0.5, \"most\": 0.5,"
                                + " \"goal\": \">= 0.40\", \"verdict\": \"met\"}"),
                json);
    }

    @Test
    void measuresWhatIsWanted() {
        assertTrue(report("engine").wants("window 16"));
        assertTrue(report("engine --only window").wants("window 16"));
        assertFalse(report("engine --only window").wants("keyed"));
    }

    @Test
    void aFigureIsWantedByTheNameThatIsPrinted() {
        Report report = report(new Options("data-plane", false, "100 B / naive"));
        assertTrue(report.wants("100 B"));
        assertFalse(report.wants("64 KiB"));
        report.add(new Figure("100 B / naive", "items/s", 2, 1, Goal.none()));
        report.add(new Figure("100 B / raw relay", "items/s", 1, 2, Goal.atLeast(1)));
        assertEquals(1, lines.toString(StandardCharsets.UTF_8).lines().count());
        assertFalse(report.isMissed(), "what nobody asked for");
    }

    @Test
    void refusesWhatItDoesNotUnderstand() {
        for (String line : List.of("", "engine --fast", "engine --only", "engine node")) {
            List<String> arguments = line.isEmpty() ? List.of() : List.of(line.split(" "));
            assertThrows(IllegalArgumentException.class, () -> Options.parse(arguments), line);
        }
        assertThrows(IllegalArgumentException.class, () -> Goal.atLeast(0));
        assertThrows(
                IllegalArgumentException.class,
                () -> new Figure("division", "s", 1, 0, Goal.none()));
        assertThrows(
                IllegalArgumentException.class,
                () -> new Figure("a cheap miracle", "s", -1, 1, Goal.atMost(1)));
    }

    @Test
    void theMedianIsTheOneInTheMiddle() {
        Median median = new Median();
        assertThrows(IllegalStateException.class, median::value);
        median.add(9);
        median.add(1);
        assertEquals(5, median.value());
        median.add(2);
        assertEquals(2, median.value());
    }

    private Report report(String commandLine) {
        return report(Options.parse(List.of(commandLine.split(" "))));
    }

    private Report report(Options options) {
        PrintStream stream = new PrintStream(lines, true, StandardCharsets.UTF_8);
        return new Report(options.suite(), options, stream, stream);
    }
}
