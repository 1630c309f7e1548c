package org.stagedpipe.coordinator.letter;

import java.time.Duration;

/// How many dead letters a node keeps, and for how long.
///
/// @param groupItems of one group
/// @param groupBytes of one group, on the disk
/// @param bytes of all groups, on the disk
/// @param ttl after the last item that failed in a group
public record LetterBounds(int groupItems, long groupBytes, long bytes, Duration ttl) {

    /// As a person reads it.
    @Override
    public String toString() {
        return groupItems
                + " items and "
                + groupBytes
                + " bytes of a group, "
                + bytes
                + " bytes of all (deadLetterGroupItems, deadLetterGroupBytes, deadLetterBytes)";
    }
}
