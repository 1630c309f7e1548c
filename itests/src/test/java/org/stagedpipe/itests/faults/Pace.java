package org.stagedpipe.itests.faults;

import java.util.List;

/// How fast the outcomes of a group came before a fault and while it lasted.
///
/// @param before outcomes a second
/// @param during the same, later
/// @param silent whole seconds of the fault without any
record Pace(double before, double during, long silent) {

    /// Of its pace before, what a group must keep beside a fault that is not its own; a busy machine takes some of it.
    private static final double LEAST = 0.5;

    private static final long SECOND_MS = 1_000;

    /// When something was, in ms since 1970.
    ///
    /// @param usualMs from then on the group went as it does
    /// @param usualEndMs until then
    /// @param faultMs then the fault had come
    /// @param overMs then it was over
    record Times(long usualMs, long usualEndMs, long faultMs, long overMs) {

        /// The fault comes at once.
        Times(long usualMs, long faultMs, long overMs) {
            this(usualMs, faultMs, faultMs, overMs);
        }
    }

    /// Of these outcomes.
    static Pace of(List<Book.Arrival> arrivals, Times times) {
        List<Long> ms = arrivals.stream().map(Book.Arrival::arrivedMs).toList();
        long silent = 0;
        for (long from = times.faultMs(); from + SECOND_MS <= times.overMs(); from += SECOND_MS) {
            silent += rate(ms, from, from + SECOND_MS) == 0 ? 1 : 0;
        }
        return new Pace(
                rate(ms, times.usualMs(), times.usualEndMs()),
                rate(ms, times.faultMs(), times.overMs()),
                silent);
    }

    private static double rate(List<Long> ms, long from, long to) {
        long count = ms.stream().filter(at -> at >= from && at < to).count();
        return count * (double) SECOND_MS / (to - from);
    }

    /// Whether it shows that nobody was slowed.
    boolean isKept() {
        return before > 0 && during >= LEAST * before && silent == 0;
    }

    @Override
    public String toString() {
        return "%.0f outcomes a second, %.0f before; %d seconds without any"
                .formatted(during, before, silent);
    }
}
