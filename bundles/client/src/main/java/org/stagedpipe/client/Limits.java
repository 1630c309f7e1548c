package org.stagedpipe.client;

import java.time.Duration;

/// How much a group may hold between [Group#submit] and the hand-over of the outcome, and how patient it is.
///
/// @param items at least 1
/// @param bytes of the submitted items; one item larger than this still goes, alone
/// @param cancelTimeout how long the coordinator has to answer a cancel
/// @param resumeTimeout how long another coordinator is looked for when one is lost, or one for a group that is resumed; zero: none is
record Limits(int items, long bytes, Duration cancelTimeout, Duration resumeTimeout) {

    /// Longer than anybody waits, and still a number of nanoseconds.
    private static final Duration LONGEST = Duration.ofDays(36_500);

    static final Limits DEFAULT =
            new Limits(4_096, 16L << 20, Duration.ofMillis(500), Duration.ofSeconds(60));

    /// What a coordinator takes between `moved` and its answer, where each item counts 16 bytes more. Until somebody takes an
    /// outcome `moved` may lie unread, and a window is all that goes out meanwhile.
    private static final long MOST_BYTES_AT_A_MOVE = 16L << 20;

    private static final int MOST_ITEMS_AT_A_MOVE = 256 << 10;
    private static final int BYTES_AN_ITEM = 16;

    Limits {
        if (items < 1) {
            throw new IllegalArgumentException("window items: " + items + " (expected: >= 1)");
        }
        if (bytes < 1) {
            throw new IllegalArgumentException("window bytes: " + bytes + " (expected: >= 1)");
        }
        if (resumeTimeout.isNegative()) {
            throw new IllegalArgumentException(
                    "resume timeout: " + resumeTimeout + " (expected: >= 0)");
        }
        cancelTimeout = bounded(cancelTimeout);
        resumeTimeout = bounded(resumeTimeout);
    }

    /// That time, or 100 years: a user's "for ever" may be more nanoseconds than a `long` holds.
    static Duration bounded(Duration timeout) {
        return timeout.compareTo(LONGEST) < 0 ? timeout : LONGEST;
    }

    Limits withWindow(int newItems, long newBytes) {
        return new Limits(newItems, newBytes, cancelTimeout, resumeTimeout);
    }

    /// Those of a group that moves.
    Limits following() {
        int mostItems = Math.min(items, MOST_ITEMS_AT_A_MOVE);
        long mostBytes = MOST_BYTES_AT_A_MOVE - (long) mostItems * BYTES_AN_ITEM;
        return withWindow(mostItems, Math.min(bytes, mostBytes));
    }

    Limits withCancelTimeout(Duration timeout) {
        return new Limits(items, bytes, timeout, resumeTimeout);
    }

    Limits withResumeTimeout(Duration timeout) {
        return new Limits(items, bytes, cancelTimeout, timeout);
    }
}
