package org.stagedpipe.console.command;

import org.stagedpipe.cluster.Spelling;

import java.util.Collection;
import java.util.List;

/// Says which name was probably meant.
public final class Nearest {

    private static final int SHOWN = 5;

    private Nearest() {}

    /// A sentence to be put behind a refusal: what was probably meant, or else the first few of what there is.
    public static String hint(String name, Collection<String> known, String things) {
        return Spelling.hint(name, known)
                .orElseGet(() ->
                        known.isEmpty()
                                ? "there are no " + things
                                : "expected: one of " + some(known));
    }

    /// The first few of them, and how many more there are.
    static String some(Collection<String> known) {
        List<String> first = known.stream().distinct().sorted().limit(SHOWN).toList();
        long others = known.stream().distinct().count() - first.size();
        return String.join(", ", first) + (others == 0 ? "" : " and " + others + " more");
    }
}
