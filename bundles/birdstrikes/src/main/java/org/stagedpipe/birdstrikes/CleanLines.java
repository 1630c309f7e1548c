package org.stagedpipe.birdstrikes;

import java.util.List;

/// The lines of an item once each, in their fields.
///
/// @param read how many lines the item had
/// @param lines the distinct ones
public record CleanLines(int read, List<CleanLine> lines) implements Batch {

    public CleanLines {
        lines = List.copyOf(lines);
    }
}
