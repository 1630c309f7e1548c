package org.stagedpipe.benchmarks.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// All sides do the same work, or comparing them would be worth nothing.
class SideTest {

    private static final int ITEMS = 2_000;

    @Test
    void allSidesComputeTheSame() throws Exception {
        for (int stages : new int[] {1, 4}) {
            Scenario scenario = Scenario.trivial(stages, 2, 1);
            long expected = sum(Side.Kind.SPLIT, scenario);
            for (Side.Kind kind : Side.Kind.values()) {
                if (kind == Side.Kind.REFUSED) {
                    continue; // it processes nothing, which it checks itself
                }
                assertEquals(expected, sum(kind, scenario), kind + " " + scenario);
                assertEquals(expected, sum(kind, scenario.window(1)), kind + ", round trips");
            }
            for (Scenario.Variant variant : Scenario.Variant.values()) {
                Scenario other = scenario.with(variant);
                assertEquals(expected, sum(Side.Kind.ENGINE, other), other.toString());
            }
        }
    }

    @Test
    void aFullGroupRefusesAll() throws Exception {
        assertEquals(ITEMS, sum(Side.Kind.REFUSED, Scenario.trivial(4, 1, 1)));
    }

    @Test
    void aScenarioIsReadAsItIsWritten() {
        for (Comparison comparison : Comparison.all()) {
            for (var run : List.of(comparison.ours(), comparison.other())) {
                assertEquals(run.scenario(), Scenario.parse(run.scenario().toString()));
            }
        }
    }

    @Test
    void figuresHaveNamesOfTheirOwn() {
        Set<String> names = new HashSet<>();
        Comparison.all().forEach(comparison -> names.add(comparison.name()));
        assertEquals(Comparison.all().size(), names.size());
    }

    private static long sum(Side.Kind kind, Scenario scenario) throws Exception {
        try (Side side = kind.open(scenario)) {
            return side.run(ITEMS);
        }
    }
}
