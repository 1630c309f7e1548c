package org.stagedpipe.cluster;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/// Finds the name that was probably meant by one that is not known. No state.
public final class Spelling {

    private Spelling() {}

    /// A question to be put behind a refusal: was it the nearest known name that was meant? Empty if none is near.
    public static Optional<String> hint(String name, Collection<String> known) {
        return nearest(name, known).map(Spelling::question);
    }

    /// Whether that name was meant.
    public static String question(String name) {
        return "did you mean " + name + "?";
    }

    /// The known name at most a third of its letters away, of those the nearest.
    public static Optional<String> nearest(String name, Collection<String> known) {
        return known.stream()
                .filter(other -> isNear(name, other))
                .min(
                        Comparator.<String>comparingInt(other -> distance(name, other))
                                .thenComparing(Comparator.naturalOrder()));
    }

    private static boolean isNear(String name, String other) {
        int most = Math.max(1, other.length() / 3);
        return Math.abs(name.length() - other.length())
                        <= most // spares what is never near, however long
                && distance(name, other) <= most;
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
