package org.stagedpipe.console.remote;

import java.util.List;

/// Puts the words of a command line into one line of Gogo that has the same words.
final class Words {

    private static final String PLAIN = "A-Za-z0-9_./:,@+=-";

    private Words() {}

    /// One word is a line already.
    static String line(List<String> words) {
        return words.size() == 1
                ? words.getFirst()
                : String.join(" ", words.stream().map(Words::quoted).toList());
    }

    private static String quoted(String word) {
        return word.isEmpty() ? "''" : word.replaceAll("[^" + PLAIN + "]", "\\\\$0");
    }
}
