package org.stagedpipe.itests.faults;

import java.util.ArrayList;
import java.util.List;
import java.util.LongSummaryStatistics;

/// How long something took after faults, against its goal.
///
/// @param ms each of them; at least one
record Latency(Goal goal, List<Long> ms) {

    Latency {
        if (ms.isEmpty()) {
            throw new IllegalArgumentException(goal + ": none (expected: at least one)");
        }
        ms = ms.stream().sorted().toList();
    }

    /// When items that were delivered again began to run, after the moment of the fault; may be none.
    static List<Long> redelivered(List<Load> loads, long faultMs) {
        return loads.stream()
                .flatMap(load -> load.book().arrivals().stream())
                .filter(arrival -> arrival.attempt() > 1 && arrival.startedMs() > faultMs)
                .map(arrival -> arrival.startedMs() - faultMs)
                .toList();
    }

    /// When the last of the groups had its first outcome of an item that began after the fault; none if a group has none.
    static List<Long> resumed(List<Load> loads, long faultMs) {
        LongSummaryStatistics firsts = new LongSummaryStatistics();
        for (Load load : loads) {
            load.book().arrivals().stream()
                    .filter(arrival -> arrival.startedMs() > faultMs)
                    .mapToLong(arrival -> arrival.arrivedMs() - faultMs)
                    .min()
                    .ifPresent(firsts);
        }
        return firsts.getCount() < loads.size() ? List.of() : List.of(firsts.getMax());
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
