package org.stagedpipe.benchmarks;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/// Values of one side, one for each round, and the one in the middle. Rounds of both sides take turns, so that a noisy
/// neighbour meets both.
public final class Median {

    private final List<Double> values = new ArrayList<>();

    /// Takes a round's value.
    public void add(double value) {
        values.add(value);
    }

    /// The one in the middle; the mean of two for an even number.
    ///
    /// @throws IllegalStateException if there is none
    public double value() {
        if (values.isEmpty()) {
            throw new IllegalStateException("rounds: 0 (expected: >= 1)");
        }
        List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1
                ? sorted.get(middle)
                : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    /// Of each round, this value ÷ that of the other side.
    ///
    /// @throws IllegalArgumentException if one of them has more rounds
    DoubleStream ratios(Median other) {
        if (values.size() != other.values.size()) {
            throw new IllegalArgumentException(
                    "rounds: "
                            + values.size()
                            + " and "
                            + other.values.size()
                            + " (expected: as many)");
        }
        return IntStream.range(0, values.size())
                .mapToDouble(i -> values.get(i) / other.values.get(i));
    }
}
