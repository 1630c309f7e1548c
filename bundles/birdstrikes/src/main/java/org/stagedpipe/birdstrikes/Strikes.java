package org.stagedpipe.birdstrikes;

import java.util.List;

/// The rows of an item.
///
/// @param read how many lines the item had
/// @param rows the distinct ones
public record Strikes(int read, List<Strike> rows) implements Batch {

    public Strikes {
        rows = List.copyOf(rows);
    }
}
