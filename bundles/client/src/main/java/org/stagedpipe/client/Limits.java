package org.stagedpipe.client;

/// How much a group may hold between [Group#submit] and the hand-over of the outcome.
///
/// @param items at least 1
/// @param bytes of the submitted items; one item larger than this still goes, alone
record Limits(int items, long bytes) {

    static final Limits DEFAULT = new Limits(4_096, 16L << 20);

    Limits {
        if (items < 1) {
            throw new IllegalArgumentException("window items: " + items + " (expected: >= 1)");
        }
        if (bytes < 1) {
            throw new IllegalArgumentException("window bytes: " + bytes + " (expected: >= 1)");
        }
    }
}
