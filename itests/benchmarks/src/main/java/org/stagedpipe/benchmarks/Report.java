package org.stagedpipe.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// What a suite found: a line for each figure at once, everything as JSON at the end. For one thread.
public final class Report {

    private static final String LINE = "%-58s %14s %14s %-8s %8.2f  %-15s %-9s %s";

    private final String suite;
    private final Options options;
    private final PrintStream lines;
    private final PrintStream progress;
    private final List<Figure> figures = new ArrayList<>();

    Report(String suite, Options options, PrintStream lines, PrintStream progress) {
        this.suite = suite;
        this.options = options;
        this.lines = lines;
        this.progress = progress;
    }

    /// Whether less certainty is enough this time.
    public boolean isQuick() {
        return options.quick();
    }

    /// Whether a figure is wanted that has this in its name, or is called so: ask before measuring.
    ///
    /// @param part a figure's name, or a piece that all have that are measured together
    public boolean wants(String part) {
        return part.contains(options.only()) || options.only().contains(part);
    }

    /// Says what is being done; to standard error.
    public void progress(String text) {
        progress.println(suite + ": " + text);
    }

    /// Prints the figure and keeps it for the JSON, unless it was measured beside one that is wanted and is not wanted itself.
    public void add(Figure figure) {
        if (!figure.name().contains(options.only())) {
            return;
        }
        figures.add(figure);
        lines.println(line(figure));
    }

    void printHead() {
        lines.printf(
                Locale.ROOT,
                "%-58s %14s %14s %-8s %8s  %-15s %-9s %s%n",
                "figure",
                "ours",
                "other",
                "unit",
                "ratio",
                "of the rounds",
                "goal",
                "verdict");
    }

    boolean isMissed() {
        return figures.stream().anyMatch(Figure::isMissed);
    }

    boolean isEmpty() {
        return figures.isEmpty();
    }

    private static String line(Figure figure) {
        return String.format(
                Locale.ROOT,
                LINE,
                figure.name(),
                number(figure.ours()),
                number(figure.other()),
                figure.unit(),
                figure.ratio(),
                String.format(Locale.ROOT, "%.2f..%.2f", figure.least(), figure.most()),
                figure.goal(),
                figure.verdict());
    }

    /// Whole numbers from 100 on, three digits below.
    private static String number(double value) {
        return String.format(Locale.ROOT, Math.abs(value) >= 100 ? "%,.0f" : "%.3g", value);
    }

    /// Writes `SUITE.json` into that folder.
    Path write(Path folder) throws IOException {
        Files.createDirectories(folder);
        return Files.writeString(folder.resolve(suite + ".json"), json());
    }

    private String json() {
        return """
        {
          "suite": %s,
          "at": "%s",
          "quick": %s,
          "processors": %d,
          "java": %s,
          "figures": [
        %s
          ]
        }
        """
                .formatted(
                        quote(suite),
                        Instant.now(),
                        options.quick(),
                        Runtime.getRuntime().availableProcessors(),
                        quote(Runtime.version().toString()),
                        figures.stream().map(Report::json).collect(Collectors.joining(",\n")));
    }

    private static String json(Figure figure) {
        return String.format(
                Locale.ROOT,
                "    {\"name\": %s, \"unit\": %s, \"ours\": %s, \"other\": %s, \"ratio\": %s,"
                        + " \"least\": %s, \"most\": %s, \"goal\": %s, \"verdict\": %s}",
                quote(figure.name()),
                quote(figure.unit()),
                figure.ours(),
                figure.other(),
                figure.ratio(),
                figure.least(),
                figure.most(),
                quote(figure.goal().toString()),
                quote(figure.verdict()));
    }

    private static String quote(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
