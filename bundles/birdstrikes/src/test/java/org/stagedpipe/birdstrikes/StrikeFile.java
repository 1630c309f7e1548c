package org.stagedpipe.birdstrikes;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.GZIPInputStream;

/// The real file, read without any of the plugin's code. It has no quoted fields, so a comma always ends one.
record StrikeFile(List<Line> lines) {

    static final String HAND_CHECKED_MISS = "BARKSDALE AIR FORCE BASE ARPT";

    static StrikeFile read() throws IOException {
        List<Line> lines = new ArrayList<>();
        try (BufferedReader file =
                new BufferedReader(
                        new InputStreamReader(
                                new GZIPInputStream(
                                        Files.newInputStream(Path.of("data/birdstrikes.csv.gz"))),
                                StandardCharsets.UTF_8))) {
            int number = 0;
            for (String text = file.readLine(); text != null; text = file.readLine()) {
                if (++number > 1) {
                    lines.add(new Line(number, text));
                }
            }
        }
        return new StrikeFile(List.copyOf(lines));
    }

    /// Items of so many lines, the last one shorter.
    List<Lines> items(int size) {
        List<Lines> items = new ArrayList<>();
        for (int from = 0; from < lines.size(); from += size) {
            items.add(new Lines(lines.subList(from, Math.min(from + size, lines.size()))));
        }
        return items;
    }

    /// What the table must hold after the file: its distinct lines.
    Expected expected() {
        Set<String> distinct = new LinkedHashSet<>();
        lines.forEach(line -> distinct.add(line.text()));
        return Expected.of(lines.size(), distinct);
    }

    /// What must come of one item that is the first to bring its lines, given those of earlier items.
    static Expected expected(Lines item, Set<String> earlier) {
        Set<String> fresh = new HashSet<>();
        item.lines().forEach(line -> fresh.add(line.text()));
        fresh.removeAll(earlier);
        return Expected.of(item.lines().size(), fresh);
    }

    record Expected(int read, int loaded, int misses, int speedsMissing, long costTotal) {

        static Expected of(int read, Collection<String> distinct) {
            int misses = 0;
            int speedsMissing = 0;
            long cost = 0;
            for (String text : distinct) {
                String[] fields = text.split(",", -1);
                misses += fields[0].equals(HAND_CHECKED_MISS) ? 1 : 0;
                speedsMissing += fields[13].isEmpty() ? 1 : 0;
                cost += Long.parseLong(fields[12]);
            }
            return new Expected(read, distinct.size(), misses, speedsMissing, cost);
        }

        int duplicates() {
            return read - loaded;
        }

        static Expected of(Summary summary) {
            return new Expected(
                    summary.read(),
                    summary.loaded(),
                    summary.airportMisses(),
                    summary.speedsMissing(),
                    summary.costTotal());
        }

        Expected plus(Expected other) {
            return new Expected(
                    read + other.read,
                    loaded + other.loaded,
                    misses + other.misses,
                    speedsMissing + other.speedsMissing,
                    costTotal + other.costTotal);
        }
    }
}
