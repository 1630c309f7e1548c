package org.stagedpipe.console.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Rows in aligned columns, for persons.
final class Table {

    private static final String RESET = "\u001b[0m";
    private static final String BOLD = "\u001b[1m";
    private static final String GREEN = "\u001b[32m";
    private static final String YELLOW = "\u001b[33m";
    private static final String RED = "\u001b[31m";

    /// The words that states are told by.
    private static final Map<String, String> COLORS =
            Map.ofEntries(
                    Map.entry("ready", GREEN),
                    Map.entry("running", GREEN),
                    Map.entry("unloaded", GREEN),
                    Map.entry("joining", YELLOW),
                    Map.entry("leaving", YELLOW),
                    Map.entry("cordoned", YELLOW),
                    Map.entry("installing", YELLOW),
                    Map.entry("draining", YELLOW),
                    Map.entry("unloading", YELLOW),
                    Map.entry("cancelling", YELLOW),
                    Map.entry("failed", RED),
                    Map.entry("lost", RED));

    private final List<String> header;
    private final List<List<String>> rows = new ArrayList<>();

    Table(String... header) {
        this.header = Stream.of(header).map(Values::plain).toList();
    }

    /// Adds a row with as many cells as the header has; control characters in them are replaced.
    Table row(Object... cells) {
        List<String> row = new ArrayList<>();
        for (Object cell : cells) {
            row.add(cell.toString().isEmpty() ? "-" : Values.plain(cell.toString()));
        }
        rows.add(row);
        return this;
    }

    boolean isEmpty() {
        return rows.isEmpty();
    }

    String text(boolean colored) {
        int[] widths = new int[header.size()];
        measure(header, widths);
        rows.forEach(row -> measure(row, widths));
        StringBuilder text = new StringBuilder();
        append(text, header, widths, colored ? BOLD : "");
        for (List<String> row : rows) {
            append(text, row, widths, colored ? null : "");
        }
        return text.toString();
    }

    private static void measure(List<String> row, int[] widths) {
        for (int i = 0; i < widths.length; i++) {
            widths[i] = Math.max(widths[i], row.get(i).length());
        }
    }

    private static void append(
            StringBuilder text,
            List<String> row,
            int[] widths,
            @org.jspecify.annotations.Nullable String color) {
        for (int i = 0; i < widths.length; i++) {
            String cell = row.get(i);
            String start = color == null ? COLORS.getOrDefault(cell, "") : color;
            text.append(start).append(cell).append(start.isEmpty() ? "" : RESET);
            if (i < widths.length - 1) {
                text.repeat(' ', widths[i] - cell.length() + 2);
            }
        }
        text.append('\n');
    }
}
