package org.stagedpipe.worker.memory;

import java.util.Locale;

/// What the gauges show at one moment. Each of the first three is a part of all there is: 0 to 1, 0 if unknown.
///
/// @param heap in use after the last collection
/// @param direct memory of the network's buffers
/// @param resident size of the process beside its heap, in what the limit of its container leaves beside it
/// @param collecting of the last seconds: the part that went into collections
record Reading(double heap, double direct, double resident, double collecting) {

    /// The highest.
    double gauge() {
        return Math.max(heap, Math.max(direct, resident));
    }

    /// Which one is the highest.
    String gaugeOf() {
        double highest = gauge();
        return highest == heap
                ? "heap after collection"
                : highest == direct ? "direct memory" : "resident size";
    }

    /// For people: why the worker pauses now.
    String why(Marks marks) {
        return gauge() >= marks.pause()
                ? at(gaugeOf(), gauge(), marks.pause())
                : at("time in collections", collecting, marks.collecting());
    }

    private static String at(String what, double part, double mark) {
        return String.format(
                Locale.ROOT, "%s at %.0f %% (pauses at %.0f %%)", what, part * 100, mark * 100);
    }
}
