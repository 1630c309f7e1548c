package org.stagedpipe.itests.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The command `itests/faults [--rounds N] [--seed S] [--list] [NAME...]`: every fault, or those named, N times.
///
/// A line a round on standard output, and at the end the sums, how each goal was met, and which rows were skipped; exit status 1 if
/// anything was lost, duplicated or wrong, a fault hit nothing, or a goal was missed, otherwise 77 if a row was skipped.
public final class Faults {

    private static final int FAILED = 1;
    private static final int USAGE = 2;
    private static final int SKIPPED = 77;

    private final List<Row> rows;
    private final int rounds;
    private final Map<Goal, Latency> latencies = new EnumMap<>(Goal.class); // of all rounds
    private Sums sums = Sums.NONE;
    private int unclean;
    private final Set<String> skippedRows = new LinkedHashSet<>();
    private int skipped;

    private Faults(List<Row> rows, int rounds) {
        this.rows = rows;
        this.rounds = rounds;
    }

    /// Runs it.
    public static void main(String[] arguments) throws Exception {
        int rounds = 1;
        long seed = System.nanoTime() & 0xffff_ffffL;
        List<Row> rows = new ArrayList<>();
        try {
            for (int i = 0; i < arguments.length; i++) {
                switch (arguments[i]) {
                    case "--list" -> {
                        Rows.ALL.forEach(row -> System.out.println(row.name()));
                        return;
                    }
                    case "--rounds" -> rounds = Integer.parseInt(arguments[++i]);
                    case "--seed" -> seed = Long.parseLong(arguments[++i]);
                    default -> rows.add(Rows.named(arguments[i]));
                }
            }
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            System.err.println("faults: " + e.getMessage() + " (see itests/faults --help)");
            System.exit(USAGE);
        }
        System.out.println("seed " + seed);
        Faults faults = new Faults(rows.isEmpty() ? Rows.ALL : rows, rounds);
        System.exit(!faults.run(seed) ? FAILED : faults.skipped > 0 ? SKIPPED : 0);
    }

    private boolean run(long seed) throws Exception {
        SplittableRandom seeds = new SplittableRandom(seed);
        for (Row.Kind kind : Row.Kind.values()) {
            List<Row> ofKind = rows.stream().filter(row -> row.kind() == kind).toList();
            if (!ofKind.isEmpty()) {
                run(ofKind, kind, seeds);
            }
        }
        System.out.println(
                (rows.size() * rounds - skipped)
                        + " rounds, "
                        + unclean
                        + " not clean, "
                        + skipped
                        + " skipped: "
                        + sums);
        latencies.values().forEach(System.out::println);
        if (skipped > 0) {
            System.out.println("SKIPPED, not permitted here: " + skippedRows);
        }
        return unclean == 0 && latencies.values().stream().allMatch(Latency::isMet);
    }

    private void run(List<Row> ofKind, Row.Kind kind, SplittableRandom seeds) throws Exception {
        Path folder = Files.createTempDirectory("faults");
        boolean clean = false;
        try (FaultCluster cluster = FaultCluster.start(folder, kind)) {
            int before = unclean;
            for (int round = 1; round <= rounds; round++) {
                for (Row row : ofKind) {
                    round(cluster, row, round, seeds.nextLong());
                }
            }
            clean = unclean == before;
        } finally {
            if (clean) {
                delete(folder);
            } else {
                System.out.println("what the nodes wrote is in " + folder);
            }
        }
    }

    private void round(FaultCluster cluster, Row row, int number, long seed)
            throws InterruptedException {
        long start = System.nanoTime();
        String head = String.format("%3d %-28s", number, row.name());
        try {
            Round.Verdict verdict = Round.run(cluster, row, seed);
            sums = sums.plus(verdict.sums());
            verdict.latencies()
                    .forEach(latency -> latencies.merge(latency.goal(), latency, Latency::plus));
            unclean += verdict.isClean() ? 0 : 1;
            System.out.printf(
                    "%s %s %s, %.1f s%s%n",
                    head,
                    verdict.isClean() ? "ok   " : "WRONG",
                    verdict.sums(),
                    (System.nanoTime() - start) / 1e9,
                    Stream.concat(verdict.latencies().stream(), verdict.notes().stream())
                            .map(note -> "; " + note)
                            .collect(Collectors.joining()));
            verdict.findings().forEach(finding -> System.out.println("      " + finding));
        } catch (Row.NotPermitted e) {
            skipped++;
            skippedRows.add(row.name());
            System.out.println(head + " skipped: " + e.getMessage());
        }
    }

    private static void delete(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
