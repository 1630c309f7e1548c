package org.stagedpipe.benchmarks;

/// Something measured on two sides in one run.
///
/// @param name what was measured, unique in its suite
/// @param unit of both values, such as `items/s`
/// @param ours our value; 0 or more, or no number if there is none
/// @param other the other side's value, or a bound that the goal names; above 0
/// @param goal what [#ratio()] has to be
/// @param least the smallest ratio of a round; the ratio itself if there was one round
/// @param most the largest ratio of a round
public record Figure(
        String name, String unit, double ours, double other, Goal goal, double least, double most) {

    /// A figure of one round.
    public Figure(String name, String unit, double ours, double other, Goal goal) {
        this(name, unit, ours, other, goal, ours / other, ours / other);
    }

    /// A figure of as many rounds as both sides have values, in turns.
    public Figure(String name, String unit, Median ours, Median other, Goal goal) {
        this(
                name,
                unit,
                ours.value(),
                other.value(),
                goal,
                ours.ratios(other).min().orElseThrow(),
                ours.ratios(other).max().orElseThrow());
    }

    public Figure {
        if (name.isBlank()) {
            throw new IllegalArgumentException(
                    "figure's name: \"" + name + "\" (expected: not blank)");
        }
        if (ours < 0) {
            throw new IllegalArgumentException(
                    name + ": our value is " + ours + " (expected: >= 0)");
        }
        if (!(other > 0)) {
            throw new IllegalArgumentException(
                    name + ": the other side's value is " + other + " (expected: > 0)");
        }
    }

    /// Ours ÷ the other's.
    public double ratio() {
        return ours / other;
    }

    /// `met`, `missed`, or `-` without a goal.
    public String verdict() {
        if (goal.side() == Goal.Side.NONE) {
            return "-";
        }
        return isMissed() ? "missed" : "met";
    }

    boolean isMissed() {
        return !goal.isMetBy(ratio());
    }
}
