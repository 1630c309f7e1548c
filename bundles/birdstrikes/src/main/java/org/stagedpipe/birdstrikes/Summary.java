package org.stagedpipe.birdstrikes;

import java.util.Collection;
import java.util.Map;

/// What the client gets for an item. Every delivery of an item reports the same, and the sums over all items are what
/// the table holds.
///
/// @param pluginVersion the version that served it
/// @param read lines in the item
/// @param loaded rows that are in the table because of this item
/// @param duplicates the other lines: the same text stood earlier in this item, or came with another item
/// @param airportMisses rows loaded whose airport is not known
/// @param speedsMissing rows loaded without a speed
/// @param costTotal dollars of the rows loaded
/// @param seasons rows loaded in each season, from version 1.1.0 on
public record Summary(
        String pluginVersion,
        int read,
        int loaded,
        int duplicates,
        int airportMisses,
        int speedsMissing,
        long costTotal,
        Map<String, Integer> seasons)
        implements Batch {

    public Summary {
        seasons = Map.copyOf(seasons);
    }

    /// Counts an item.
    ///
    /// @param read lines in the item
    /// @param rows that the item has loaded
    public static Summary of(String pluginVersion, int read, Collection<Strike> rows) {
        int misses = (int) rows.stream().filter(row -> row.place().airport() == null).count();
        int speeds = (int) rows.stream().filter(row -> row.flight().speedKnots() == null).count();
        long cost = rows.stream().mapToLong(row -> row.damage().costTotal()).sum();
        return new Summary(
                pluginVersion,
                read,
                rows.size(),
                read - rows.size(),
                misses,
                speeds,
                cost,
                Map.of());
    }

    /// The same with the seasons.
    public Summary withSeasons(Map<String, Integer> seasons) {
        return new Summary(
                pluginVersion,
                read,
                loaded,
                duplicates,
                airportMisses,
                speedsMissing,
                costTotal,
                seasons);
    }
}
