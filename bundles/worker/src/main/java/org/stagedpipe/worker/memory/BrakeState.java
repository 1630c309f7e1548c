package org.stagedpipe.worker.memory;

import org.jspecify.annotations.Nullable;

import java.util.EnumMap;
import java.util.Map;

/// Where the brake is. The table is what runs; the drawing is made from it and a test compares them.
///
/// ```text
/// FLOWING --PRESSURE--> PAUSED
/// PAUSED --EASE--> EASING
/// PAUSED --LEAK--> RECYCLING
/// EASING --CALM--> FLOWING
/// EASING --STRAIN--> PAUSED
/// EASING --PRESSURE--> PAUSED
/// EASING --LEAK--> PAUSED
/// ```
enum BrakeState {
    /// Items are taken in.
    FLOWING,
    /// Nothing is taken in.
    PAUSED,
    /// The same, but the gauge has been seen down.
    EASING,
    /// Memory is lost: the process is to be started anew.
    RECYCLING;

    /// What the gauges say.
    enum Signal {
        /// Down at the mark for going on.
        EASE,
        /// The same, for long enough.
        CALM,
        /// Between the marks.
        STRAIN,
        /// At the mark for pausing, or too much time goes into collections.
        PRESSURE,
        /// Not down for long, although nothing is reserved.
        LEAK
    }

    private static final Map<BrakeState, Map<Signal, BrakeState>> TABLE = table();

    /// The state after that signal; the same if it changes nothing.
    BrakeState after(Signal signal) {
        @Nullable BrakeState next = row(this).get(signal);
        return next == null ? this : next;
    }

    /// The table, one line for each change.
    static String drawing() {
        StringBuilder drawing = new StringBuilder();
        for (BrakeState from : values()) {
            row(from)
                    .forEach((signal, to) ->
                            drawing.append(from)
                                    .append(" --")
                                    .append(signal)
                                    .append("--> ")
                                    .append(to)
                                    .append('\n'));
        }
        return drawing.toString();
    }

    private static Map<Signal, BrakeState> row(BrakeState state) {
        return TABLE.getOrDefault(state, Map.of());
    }

    private static Map<BrakeState, Map<Signal, BrakeState>> table() {
        Map<BrakeState, Map<Signal, BrakeState>> table = new EnumMap<>(BrakeState.class);
        table.put(FLOWING, new EnumMap<>(Map.of(Signal.PRESSURE, PAUSED)));
        table.put(PAUSED, new EnumMap<>(Map.of(Signal.EASE, EASING, Signal.LEAK, RECYCLING)));
        table.put(
                EASING,
                new EnumMap<>(
                        Map.of(
                                Signal.CALM,
                                FLOWING,
                                Signal.STRAIN,
                                PAUSED,
                                Signal.PRESSURE,
                                PAUSED,
                                Signal.LEAK,
                                PAUSED)));
        return table;
    }
}
