package org.stagedpipe.console.command;

import org.stagedpipe.cluster.Spelling;

import java.util.Collection;
import java.util.Optional;

/// Says which name was probably meant.
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

    /// The known name that was probably meant.
    public static Optional<String> to(String name, Collection<String> known) {
        return Spelling.nearest(name, known);
    }
}
