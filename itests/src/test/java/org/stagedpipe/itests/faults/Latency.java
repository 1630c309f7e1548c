package org.stagedpipe.itests.faults;

import org.stagedpipe.itests.faults.Book.Arrival;

import java.util.ArrayList;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.stream.Stream;

/// How long something took after faults, against its goal.
///
/// @param ms each of them; at least one
record Latency(Goal goal, List<Long> ms) {

    /// An item takes a tenth of this, and its outcome not long to come on a machine that others use too. Only an ordered
    /// group keeps outcomes longer, behind one that runs again, and hands them over right after it.
    private static final long BROUGHT_WITHIN_MS = 1_000;

    Latency {
        if (ms.isEmpty()) {
            throw new IllegalArgumentException(goal + ": none (expected: at least one)");
        }
        ms = ms.stream().sorted().toList();
    }

    /// When items that were delivered again began to run, after the moment of the fault; may be none.
    static List<Long> redelivered(List<Arrival> arrivals, long faultMs) {
        return arrivals.stream()
                .filter(arrival -> arrival.attempt() > 1 && arrival.startedMs() > faultMs)
                .map(arrival -> arrival.startedMs() - faultMs)
                .toList();
    }

    /// The same of a worker that fell silent then. An item that it has brought itself, too late, nobody ran elsewhere: what
    /// counts for it is when it came. None if no item was delivered again.
    static List<Long> elsewhere(List<Arrival> arrivals, long silentMs) {
        List<Long> again = redelivered(arrivals, silentMs);
        if (again.isEmpty()) {
            return List.of();
        }
        Stream<Long> kept =
                arrivals.stream()
                        .filter(arrival -> arrival.attempt() == 1)
                        .filter(arrival -> arrival.startedMs() <= silentMs)
                        .map(arrival -> arrival.arrivedMs() - silentMs)
                        .filter(ms -> ms > BROUGHT_WITHIN_MS);
        return Stream.concat(again.stream(), kept).toList();
    }

    /// When the last of the groups had its first outcome of an item that began after the fault; none if a group has none.
    ///
    /// @param groups the arrivals of each
    /// @param faultMs from then on nothing could come by the old way, ms since 1970
    static List<Long> resumed(List<List<Arrival>> groups, long faultMs) {
        LongSummaryStatistics firsts = new LongSummaryStatistics();
        for (List<Arrival> arrivals : groups) {
            arrivals.stream()
                    .filter(arrival -> arrival.startedMs() > faultMs)
                    .mapToLong(arrival -> arrival.arrivedMs() - faultMs)
                    .min()
                    .ifPresent(firsts);
        }
        return firsts.getCount() < groups.size() ? List.of() : List.of(firsts.getMax());
    }

    /// These and those of another round.
    Latency plus(Latency other) {
        List<Long> all = new ArrayList<>(ms);
        all.addAll(other.ms);
        return new Latency(goal, all);
    }

    long median() {
        return ms.get((ms.size() - 1) / 2);
    }

    long p99() {
        return ms.get((int) Math.ceil(ms.size() * 0.99) - 1);
    }

    boolean isMet() {
        return p99() <= goal.ms();
    }

    @Override
    public String toString() {
        return "%s after %d ms (median of %d), %d ms (p99; goal %d ms: %s)"
                .formatted(goal, median(), ms.size(), p99(), goal.ms(), isMet() ? "met" : "MISSED");
    }
}
