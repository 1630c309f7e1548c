package org.stagedpipe.benchmarks.engine;

import org.stagedpipe.benchmarks.Median;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/// What one run measured, once a round.
final class Rounds {

    private final List<Measurement> measurements = new ArrayList<>();

    void add(Measurement measurement) {
        measurements.add(measurement);
    }

    int count() {
        return measurements.size();
    }

    /// That value, round by round.
    List<Double> values(ToDoubleFunction<Measurement> value) {
        return measurements.stream().map(value::applyAsDouble).toList();
    }

    /// Of that value the one in the middle.
    double median(ToDoubleFunction<Measurement> value) {
        Median median = new Median();
        measurements.forEach(measurement -> median.add(value.applyAsDouble(measurement)));
        return median.value();
    }
}
