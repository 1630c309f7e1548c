package org.stagedpipe.birdstrikes;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// What is left of an airport's name when case, punctuation, abbreviations and filling words are taken away.
///
/// `DETROIT METRO WAYNE COUNTY ARPT` and `Detroit Metropolitan-Wayne County` have the same words.
///
/// @param words the words that tell airports apart
/// @param international whether it calls itself that; names often leave it out, so it decides only between several
record AirportName(Set<String> words, boolean international) {

    private static final Pattern IN_BRACKETS = Pattern.compile("\\(.*?\\)");
    private static final Pattern BETWEEN_WORDS = Pattern.compile("[^A-Z0-9]+");
    private static final Set<String> FILLING = Set.of("AIRPORT", "INTERNATIONAL");
    private static final Map<String, List<String>> LONG_FORMS =
            Map.of(
                    "ARPT", List.of("AIRPORT"),
                    "INTL", List.of("INTERNATIONAL"),
                    "WASH", List.of("WASHINGTON"),
                    "NATL", List.of("NATIONAL"),
                    "METRO", List.of("METROPOLITAN"),
                    "CTY", List.of("COUNTY"),
                    "FT", List.of("FORT"),
                    "AFB", List.of("AIR", "FORCE", "BASE"));

    /// The words of a name; words in brackets and the code of its own state say nothing.
    static AirportName of(String name, String state) {
        String plain = name.toUpperCase(Locale.ROOT).replace("'", "");
        Set<String> words = new HashSet<>();
        Arrays.stream(BETWEEN_WORDS.split(IN_BRACKETS.matcher(plain).replaceAll(" ")))
                .filter(word -> !word.isEmpty() && !word.equals(state))
                .forEach(word -> words.addAll(LONG_FORMS.getOrDefault(word, List.of(word))));
        boolean international = words.contains("INTERNATIONAL");
        words.removeAll(FILLING);
        return new AirportName(Set.copyOf(words), international);
    }
}
