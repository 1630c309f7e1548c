package org.stagedpipe.birdstrikes;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// The columns that one version of the plugin writes. Later versions only add columns that may be null, so that earlier
/// ones go on loading into the same table.
///
/// @param version of the plugin
/// @param columns the key first
/// @param added those that an older table may lack
public record Schema(String version, List<Column> columns, List<Column> added) {

    public Schema {
        columns = List.copyOf(columns);
        added = List.copyOf(added);
    }

    /// What the first version writes.
    public static Schema of(String version) {
        return new Schema(version, first(), List.of());
    }

    /// The same with one column more.
    public Schema with(Column column) {
        List<Column> more = new ArrayList<>(added);
        more.add(column);
        return new Schema(version, columns, more);
    }

    /// All columns of a strike, the key first.
    List<Column> all() {
        List<Column> all = new ArrayList<>(columns);
        all.addAll(added);
        return all;
    }

    private static List<Column> first() {
        return List.of(
                new Column("line_sha256", "CHAR(64)", Strike::key),
                new Column("line_number", "INTEGER", Strike::line),
                text("airport", strike -> strike.place().airportName()),
                new Column("airport_iata", "VARCHAR(8)", Schema::iata),
                new Column("state", "CHAR(2)", strike -> strike.place().state()),
                text("aircraft", strike -> strike.flight().aircraft()),
                text("operator", strike -> strike.flight().operator()),
                new Column("flight_date", "DATE", strike -> strike.flight().date()),
                text("time_of_day", strike -> strike.flight().timeOfDay()),
                text("phase", strike -> strike.flight().phase()),
                new Column("speed_knots", "INTEGER", strike -> strike.flight().speedKnots()),
                text("wildlife_size", strike -> strike.wildlife().size()),
                text("species", strike -> strike.wildlife().species()),
                text("damage", strike -> strike.damage().effect()),
                new Column("cost_other", "BIGINT", strike -> strike.damage().costOther()),
                new Column("cost_repair", "BIGINT", strike -> strike.damage().costRepair()),
                new Column("cost_total", "BIGINT", strike -> strike.damage().costTotal()));
    }

    private static Column text(String name, Column.Value value) {
        return new Column(name, "VARCHAR(200)", value);
    }

    private static @Nullable String iata(Strike strike) {
        Airport airport = strike.place().airport();
        return airport == null ? null : airport.code();
    }
}
