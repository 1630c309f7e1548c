package org.stagedpipe.console.command;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/// Finds the name that was probably meant.
public final class Nearest {

    private Nearest() {}

    /// A sentence to be put behind a refusal: what was probably meant, or else what there is.
    public static String hint(String name, Collection<String> known, String things) {
        Optional<String> nearest = to(name, known);
        if (nearest.isPresent()) {
            return "did you mean " + nearest.get() + "?";
        }
        return known.isEmpty()
                ? "there are no " + things
                : "expected: one of " + String.join(", ", known.stream().sorted().toList());
    }

    /// The known name at most a third of its letters away.
    public static Optional<String> to(String name, Collection<String> known) {
        return known.stream()
                .filter(other -> distance(name, other) <= Math.max(1, other.length() / 3))
                .min(
                        Comparator.<String>comparingInt(other -> distance(name, other))
                                .thenComparing(Comparator.naturalOrder()));
    }

    /// Letters to be changed, added or taken away to make one of the other.
    static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] current = new int[b.length() + 1];
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(replaced, Math.min(previous[j], current[j - 1]) + 1);
            }
            previous = current;
        }
        return previous[b.length()];
    }
}
