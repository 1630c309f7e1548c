package org.stagedpipe.runtime.demo;

import org.stagedpipe.client.Counts;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToLongFunction;

/// What the demo prints at its end, and whether everything adds up.
///
/// @param groups in the order in which they were opened
/// @param facts what the database says
/// @param updateMs from the update command to the first item that the new version served
/// @param victim the worker that was killed
/// @param notCollected empty if the old version's class loader was collected, otherwise what is so instead
record DemoReport(
        StrikeFile file,
        List<GroupResult> groups,
        Facts facts,
        long updateMs,
        String victim,
        String notCollected) {

    /// A group that has ended.
    ///
    /// @param expectedVersion what should have served it
    record GroupResult(GroupStream stream, Counts counts, String expectedVersion) {}

    /// What the database says once all groups have ended.
    ///
    /// @param rows in the table
    /// @param rowsByVersion in the table, by the version that loaded them
    /// @param rowsWithSeason those that have what only the new version writes
    /// @param species the five most struck, with their strikes
    /// @param damage classes, with strikes and dollars
    record Facts(
            long rows,
            Map<String, Long> rowsByVersion,
            long rowsWithSeason,
            List<List<String>> species,
            List<List<String>> damage) {}

    void print(PrintStream out) {
        for (GroupResult group : groups) {
            Counts counts = group.counts();
            out.printf(
                    Locale.ROOT,
                    "group %s, served by %s: %,d items sent, %,d ok, %,d failed, %,d aborted;"
                            + " %,d rows%n",
                    group.stream().name(),
                    group.stream().version(),
                    group.stream().sent(),
                    counts.ok(),
                    counts.failed(),
                    counts.aborted(),
                    group.stream().tally().read());
        }
        out.printf(
                Locale.ROOT,
                "worker %s was killed on the way; its items ran again elsewhere%n",
                victim);
        out.printf(
                Locale.ROOT,
                "%,d rows in the file, %,d in the database: %,d repeat another one to the letter%n",
                file.lines().size(),
                facts.rows(),
                file.lines().size() - file.distinct());
        out.printf(
                Locale.ROOT,
                "%,d rows kept although their airport is not in the list of airports%n",
                sum(Tally::airportMisses));
        out.println("\nmost struck species");
        facts.species()
                .forEach(row -> out.printf(Locale.ROOT, "  %-34s %7s strikes%n", row.toArray()));
        out.println("\ncost by damage class");
        facts.damage()
                .forEach(row ->
                        out.printf(
                                Locale.ROOT,
                                "  %-34s %7s strikes %,15d dollars%n",
                                row.get(0),
                                row.get(1),
                                Long.parseLong(row.get(2))));
        out.printf(
                Locale.ROOT,
                "%n%,d ms from the update command to the first item of 1.1.0%n",
                updateMs);
        out.println(
                "the class loader of 1.0.0 was "
                        + (notCollected.isEmpty()
                                ? "collected"
                                : "NOT collected: " + notCollected));
        List<String> wrong = wrong();
        out.println(wrong.isEmpty() ? "\nevery count reconciles" : "\nDOES NOT RECONCILE");
        wrong.forEach(line -> out.println("  " + line));
        out.flush();
    }

    /// What does not add up; empty if everything does.
    List<String> wrong() {
        List<String> wrong = new ArrayList<>();
        groups.forEach(group -> check(group, wrong));
        long lines = file.lines().size();
        long distinct = file.distinct();
        expect(wrong, "rows that the plugin read", sum(Tally::read), lines);
        expect(wrong, "rows that the plugin loaded", sum(Tally::loaded), distinct);
        expect(wrong, "duplicates that the plugin saw", sum(Tally::duplicates), lines - distinct);
        expect(wrong, "rows in the database", facts.rows(), distinct);
        expect(
                wrong,
                "rows in the database with a season",
                facts.rowsWithSeason(),
                groups.getLast().stream().tally().loaded());
        if (!notCollected.isEmpty()) {
            wrong.add("class loader of the old version: " + notCollected);
        }
        return wrong;
    }

    private void check(GroupResult group, List<String> wrong) {
        GroupStream stream = group.stream();
        String name = "group " + stream.name();
        Counts counts = group.counts();
        if (!stream.version().equals(group.expectedVersion())) {
            wrong.add(
                    name
                            + ": served by "
                            + stream.version()
                            + " (expected: "
                            + group.expectedVersion()
                            + ")");
        }
        expect(wrong, name + ": items accepted", counts.accepted(), stream.sent());
        expect(wrong, name + ": items ok", counts.ok(), stream.sent());
        expect(wrong, name + ": items without an outcome", counts.open(), 0);
        expect(
                wrong,
                name + ": items whose answer names " + group.expectedVersion(),
                stream.tally().itemsByVersion().getOrDefault(group.expectedVersion(), 0L),
                stream.sent());
        expect(
                wrong,
                name + ": rows in the database of " + group.expectedVersion(),
                facts.rowsByVersion().getOrDefault(group.expectedVersion(), 0L),
                stream.tally().loaded());
        if (stream.firstFault() != null) {
            wrong.add(name + ": " + stream.firstFault());
        }
    }

    private long sum(ToLongFunction<Tally> of) {
        return groups.stream().mapToLong(group -> of.applyAsLong(group.stream().tally())).sum();
    }

    private static void expect(List<String> wrong, String what, long is, long expected) {
        if (is != expected) {
            wrong.add(String.format(Locale.ROOT, "%s: %,d (expected: %,d)", what, is, expected));
        }
    }
}
