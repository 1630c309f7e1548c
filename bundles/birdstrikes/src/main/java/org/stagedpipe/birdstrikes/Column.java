package org.stagedpipe.birdstrikes;

import org.jspecify.annotations.Nullable;

/// A column of the table and what a strike puts into it.
///
/// @param name lower case
/// @param type in SQL that both databases read
/// @param value of a strike
public record Column(String name, String type, Value value) {

    /// Reads a column's value from a strike.
    @FunctionalInterface
    public interface Value {

        /// The value for JDBC, null for SQL's null.
        @Nullable Object of(Strike strike);
    }
}
