package org.stagedpipe.birdstrikes.season;

import org.stagedpipe.birdstrikes.Strike;

import java.time.LocalDate;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// A season of the northern hemisphere, by whole months as in meteorology.
enum Season {
    WINTER,
    SPRING,
    SUMMER,
    AUTUMN;

    /// The season of a day.
    static Season of(LocalDate day) {
        return values()[day.getMonthValue() % 12 / 3];
    }

    /// How many of the strikes fell into each season; those without any are left out.
    static Map<String, Integer> count(Collection<Strike> strikes) {
        Map<String, Integer> counts = new TreeMap<>();
        strikes.forEach(strike -> counts.merge(of(strike.flight().date()).text(), 1, Integer::sum));
        return counts;
    }

    /// How the table and the summary write it.
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
