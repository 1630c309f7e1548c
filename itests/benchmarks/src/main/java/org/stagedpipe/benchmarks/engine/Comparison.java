package org.stagedpipe.benchmarks.engine;

import org.stagedpipe.benchmarks.Figure;
import org.stagedpipe.benchmarks.Goal;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// Two sides, and what the ratio between them has to be.
///
/// @param name the figure's name
/// @param measure what is compared
/// @param ours one side
/// @param other the other side
/// @param goal for ours ÷ other
record Comparison(String name, Measure measure, Run ours, Run other, Goal goal) {

    /// A side in a scenario.
    record Run(Side.Kind kind, Scenario scenario) {

        @Override
        public String toString() {
            return kind + " " + scenario;
        }
    }

    /// What is compared.
    enum Measure {
        RATE("items/s"),
        COST("ns/item"),
        ALLOCATION("B/item");

        private final String unit;

        Measure(String unit) {
            this.unit = unit;
        }

        private double of(Measurement measurement) {
            return switch (this) {
                case RATE -> measurement.itemsPerSecond();
                case COST -> measurement.itemNanos();
                case ALLOCATION -> measurement.itemBytes();
            };
        }
    }

    List<Run> runs() {
        return List.of(ours, other);
    }

    /// The figure, of what these runs measured: medians, and the least and the largest ratio of a round.
    Figure figure(Map<Run, Rounds> measured) {
        Rounds one = of(ours, measured);
        Rounds two = of(other, measured);
        List<Double> lefts = one.values(measure::of);
        List<Double> rights = two.values(measure::of);
        double[] ratios =
                IntStream.range(0, lefts.size())
                        .mapToDouble(i -> lefts.get(i) / rights.get(i))
                        .sorted()
                        .toArray();
        return new Figure(
                name,
                measure.unit,
                one.median(measure::of),
                two.median(measure::of),
                goal,
                ratios[0],
                ratios[ratios.length - 1]);
    }

    private Rounds of(Run run, Map<Run, Rounds> measured) {
        Rounds rounds = measured.get(run);
        if (rounds == null) {
            throw new IllegalStateException(name + ": not measured (expected: measured)");
        }
        return rounds;
    }

    /// All goals.
    static List<Comparison> all() {
        List<Comparison> all = new ArrayList<>();
        for (int stages : new int[] {1, 4, 16}) {
            all.add(leastHandOff(stages));
            for (int groups : new int[] {1, 4}) {
                for (int parallelism : new int[] {1, 2}) {
                    trivial(all, Scenario.trivial(stages, parallelism, groups));
                }
            }
        }
        windows(all);
        slow(all);
        variants(all);
        observations(all);
        return all;
    }

    private static void trivial(List<Comparison> all, Scenario scenario) {
        String name =
                "trivial, stages "
                        + scenario.stages()
                        + ", pipelines "
                        + scenario.parallelism()
                        + ", groups "
                        + scenario.groups();
        int stages = scenario.stages();
        all.add(rate(name + " / naive", scenario, Side.Kind.NAIVE, stages == 16 ? 12 : 25));
        all.add(
                loop(
                        name + ", in runs / loop",
                        new Run(Side.Kind.RUNS, scenario),
                        Goal.atLeast(stages == 1 ? 0.4 : stages == 4 ? 0.7 : 0.9)));
        all.add(
                loop(
                        name + ", one by one / loop",
                        new Run(Side.Kind.ENGINE, scenario),
                        Goal.none()));
    }

    /// What the goals against the loop cost any engine at least.
    private static Comparison leastHandOff(int stages) {
        return loop(
                "trivial, stages " + stages + ", the least hand-off / loop",
                new Run(Side.Kind.HANDOFF, Scenario.trivial(stages, 1, 1)),
                Goal.none());
    }

    private static Comparison loop(String name, Run ours, Goal goal) {
        Scenario scenario = Scenario.trivial(ours.scenario().stages(), 2, 1); // knows no groups
        return new Comparison(name, Measure.RATE, ours, new Run(Side.Kind.LOOP, scenario), goal);
    }

    private static Comparison rate(String name, Scenario scenario, Side.Kind other, double goal) {
        return new Comparison(
                name,
                Measure.RATE,
                new Run(Side.Kind.ENGINE, scenario),
                new Run(other, scenario),
                Goal.atLeast(goal));
    }

    private static void windows(List<Comparison> all) {
        Scenario scenario = Scenario.trivial(4, 1, 1);
        all.add(rate("window 1, stages 4 / naive", scenario.window(1), Side.Kind.NAIVE, 1));
        all.add(rate("window 16, stages 4 / naive", scenario.window(16), Side.Kind.NAIVE, 5));
        all.add(rate("window 1024, stages 4 / naive", scenario, Side.Kind.NAIVE, 8));
        all.add(
                rate(
                        "window unbounded, stages 4 / naive",
                        scenario.window(Scenario.UNBOUNDED),
                        Side.Kind.NAIVE,
                        8));
    }

    private static void slow(List<Comparison> all) {
        Scenario sha = new Scenario(Work.SHA, 2, 4, 1, 1024, Scenario.Variant.UNORDERED);
        all.add(cost("SHA-256 of 1 KiB, stages 2, pipelines 4 / loop", sha, Side.Kind.LOOP, 1.1));
        for (int window : new int[] {64, 1024, Scenario.UNBOUNDED}) {
            Scenario sleep = new Scenario(Work.SLEEP, 4, 2, 1, window, Scenario.Variant.UNORDERED);
            String bound = window == Scenario.UNBOUNDED ? "unbounded" : Integer.toString(window);
            all.add(
                    rate(
                            "sleep 1 ms, stages 4, pipelines 2, window " + bound + " / loop of 8",
                            sleep,
                            Side.Kind.LOOP,
                            0.95));
        }
    }

    private static Comparison cost(String name, Scenario scenario, Side.Kind other, double goal) {
        return new Comparison(
                name,
                Measure.COST,
                new Run(Side.Kind.ENGINE, scenario),
                new Run(other, scenario),
                Goal.atMost(goal));
    }

    private static void variants(List<Comparison> all) {
        Scenario scenario = Scenario.trivial(4, 2, 1);
        all.add(
                variant(
                        "ordered / unordered",
                        scenario,
                        Scenario.Variant.ORDERED,
                        Goal.atMost(1.3)));
        keyed(all, scenario, "keyed, 10,000 keys / the same unkeyed", Side.Kind.ENGINE);
        keyed(all, scenario, "keyed, 10,000 keys / the same unkeyed, in runs", Side.Kind.RUNS);
        all.add(
                new Comparison(
                        "in runs / one by one",
                        Measure.COST,
                        new Run(Side.Kind.RUNS, scenario),
                        new Run(Side.Kind.ENGINE, scenario),
                        Goal.none()));
        all.add(variant("acyclic / unordered", scenario, Scenario.Variant.ACYCLIC, Goal.none()));
        all.add(
                variant(
                        "999 idle groups more / one group",
                        scenario,
                        Scenario.Variant.IDLE,
                        Goal.atMost(1.1)));
        all.add(
                variant(
                        "platform threads / virtual threads",
                        scenario,
                        Scenario.Variant.PLATFORM,
                        Goal.none()));
        all.add(
                new Comparison(
                        "allocation / the item and its request alone",
                        Measure.ALLOCATION,
                        new Run(Side.Kind.ENGINE, scenario),
                        new Run(Side.Kind.REFUSED, scenario.window(1)),
                        Goal.atMost(1)));
        all.add(
                new Comparison(
                        "allocation, in runs / the item and its request alone",
                        Measure.ALLOCATION,
                        new Run(Side.Kind.RUNS, scenario),
                        new Run(Side.Kind.REFUSED, scenario.window(1)),
                        Goal.none()));
        all.add(
                new Comparison(
                        "allocation / loop",
                        Measure.ALLOCATION,
                        new Run(Side.Kind.ENGINE, scenario),
                        new Run(Side.Kind.LOOP, scenario),
                        Goal.none()));
        all.add(
                new Comparison(
                        "loop with one source / loop with split items",
                        Measure.COST,
                        new Run(Side.Kind.LOOP, scenario),
                        new Run(Side.Kind.SPLIT, scenario),
                        Goal.none()));
    }

    /// The price of the order: both sides make the keys.
    private static void keyed(
            List<Comparison> all, Scenario scenario, String name, Side.Kind kind) {
        all.add(
                new Comparison(
                        name,
                        Measure.COST,
                        new Run(kind, scenario.with(Scenario.Variant.KEYED)),
                        new Run(kind, scenario.with(Scenario.Variant.UNKEYED)),
                        Goal.atMost(2)));
    }

    /// What the default of the threads' kind rests on, and W2 measured.
    private static void observations(List<Comparison> all) {
        Scenario sha = new Scenario(Work.SHA, 2, 4, 1, 1024, Scenario.Variant.UNORDERED);
        Scenario sleep = new Scenario(Work.SLEEP, 4, 2, 1, 1024, Scenario.Variant.UNORDERED);
        Scenario many = Scenario.trivial(4, 2, 99);
        Scenario.Variant platform = Scenario.Variant.PLATFORM;
        all.add(variant("platform / virtual threads, SHA-256", sha, platform, Goal.none()));
        all.add(variant("platform / virtual threads, sleep 1 ms", sleep, platform, Goal.none()));
        Scenario crowd = new Scenario(Work.SLEEP, 4, 64, 1, 1024, Scenario.Variant.UNORDERED);
        all.add(
                variant(
                        "platform / virtual threads, sleep 1 ms, 64 pipelines",
                        crowd,
                        platform,
                        Goal.none()));
        all.add(
                variant(
                        "a 100th group that is never read / 99 groups",
                        many,
                        Scenario.Variant.UNREAD,
                        Goal.atMost(1.1)));
    }

    private static Comparison variant(
            String name, Scenario scenario, Scenario.Variant variant, Goal goal) {
        return new Comparison(
                name,
                Measure.COST,
                new Run(Side.Kind.ENGINE, scenario.with(variant)),
                new Run(Side.Kind.ENGINE, scenario),
                goal);
    }
}
