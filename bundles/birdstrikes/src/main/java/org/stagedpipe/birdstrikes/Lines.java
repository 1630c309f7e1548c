package org.stagedpipe.birdstrikes;

import java.util.List;

/// An item as the client sends it: `{"lines":[{"number":2,"text":"BARKSDALE AIR ..."}]}`, without the file's header.
///
/// @param lines the lines, in any order
public record Lines(List<Line> lines) implements Batch {

    /// @throws IllegalArgumentException if there is no list, or a null in it
    public Lines {
        if (lines == null || lines.stream().anyMatch(line -> line == null)) {
            throw new IllegalArgumentException(
                    "lines: missing (expected: {\"lines\":[{\"number\":17,\"text\":\"...\"}]})");
        }
        lines = List.copyOf(lines);
    }
}
