package org.stagedpipe.benchmarks;

import java.util.Locale;

/// What the ratio of a figure, ours ÷ the other's, has to be.
///
/// @param side on which side of the bound it has to be
/// @param bound the bound, itself included; without meaning for [Side#NONE]
public record Goal(Side side, double bound) {

    /// Where a ratio has to be.
    public enum Side {
        AT_LEAST,
        AT_MOST,
        NONE
    }

    public Goal {
        if (side != Side.NONE && !(bound > 0)) {
            throw new IllegalArgumentException("goal: " + bound + " (expected: > 0)");
        }
    }

    /// For a figure of which more is better.
    public static Goal atLeast(double bound) {
        return new Goal(Side.AT_LEAST, bound);
    }

    /// For a figure of which less is better.
    public static Goal atMost(double bound) {
        return new Goal(Side.AT_MOST, bound);
    }

    /// For a figure that is only shown.
    public static Goal none() {
        return new Goal(Side.NONE, 0);
    }

    /// Whether the ratio is as it has to be. A ratio that is no number never is.
    public boolean isMetBy(double ratio) {
        return switch (side) {
            case AT_LEAST -> ratio >= bound;
            case AT_MOST -> ratio <= bound;
            case NONE -> true;
        };
    }

    /// As in `>= 25.00`; `-` without a goal.
    @Override
    public String toString() {
        return switch (side) {
            case AT_LEAST -> String.format(Locale.ROOT, ">= %.2f", bound);
            case AT_MOST -> String.format(Locale.ROOT, "<= %.2f", bound);
            case NONE -> "-";
        };
    }
}
