package org.stagedpipe.itests.faults;

import java.util.List;
import java.util.stream.Stream;

/// All rows.
final class Rows {

    static final List<Row> ALL =
            Stream.of(
                            WorkerRows.ALL,
                            PluginRows.ALL,
                            BundleRows.ALL,
                            CoordinatorRows.ALL,
                            OverseerRows.ALL,
                            List.of(StaleOverseer.ROW),
                            ClientRows.ALL,
                            NetworkRows.ALL,
                            ResourceRows.ALL,
                            Chaos.ALL)
                    .flatMap(List::stream)
                    .toList();

    private Rows() {}

    /// @throws IllegalArgumentException if there is no such row
    static Row named(String name) {
        return ALL.stream()
                .filter(row -> row.name().equals(name))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "fault \"" + name + "\" (expected: one that --list prints)"));
    }
}
