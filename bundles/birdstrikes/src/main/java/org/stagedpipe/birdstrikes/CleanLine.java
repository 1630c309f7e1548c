package org.stagedpipe.birdstrikes;

import org.jspecify.annotations.Nullable;

import java.util.Collections;
import java.util.List;

/// A line in its fields: trimmed, blank ones null, numbers without thousands separators.
///
/// @param line where it came from
/// @param values one for each [Field]
public record CleanLine(Line line, List<@Nullable String> values) {

    public CleanLine {
        values = Collections.unmodifiableList(values);
    }

    @Nullable String value(Field field) {
        return values.get(field.ordinal());
    }
}
