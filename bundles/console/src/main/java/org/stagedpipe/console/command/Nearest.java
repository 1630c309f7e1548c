package org.stagedpipe.console.command;

import org.stagedpipe.cluster.Spelling;

import java.util.Collection;

/// Says which name was probably meant.
public final class Nearest {

    private Nearest() {}

    /// A sentence to be put behind a refusal: what was probably meant, or else what there is.
    public static String hint(String name, Collection<String> known, String things) {
        return Spelling.hint(name, known)
                .orElseGet(() ->
                        known.isEmpty()
                                ? "there are no " + things
                                : "expected: one of "
                                        + String.join(", ", known.stream().sorted().toList()));
    }
}
