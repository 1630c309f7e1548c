package org.stagedpipe.birdstrikes;

import static java.util.Map.entry;

import org.jspecify.annotations.Nullable;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// The states, the capital's district and Puerto Rico, with their two-letter codes.
final class States {

    private static final Map<String, String> CODES = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

    static {
        CODES.putAll(
                Map.ofEntries(
                        entry("Alabama", "AL"),
                        entry("Alaska", "AK"),
                        entry("Arizona", "AZ"),
                        entry("Arkansas", "AR"),
                        entry("California", "CA"),
                        entry("Colorado", "CO"),
                        entry("Connecticut", "CT"),
                        entry("Delaware", "DE"),
                        entry("District of Columbia", "DC"),
                        entry("Florida", "FL"),
                        entry("Georgia", "GA"),
                        entry("Hawaii", "HI"),
                        entry("Idaho", "ID"),
                        entry("Illinois", "IL"),
                        entry("Indiana", "IN"),
                        entry("Iowa", "IA"),
                        entry("Kansas", "KS"),
                        entry("Kentucky", "KY"),
                        entry("Louisiana", "LA"),
                        entry("Maine", "ME"),
                        entry("Maryland", "MD"),
                        entry("Massachusetts", "MA"),
                        entry("Michigan", "MI"),
                        entry("Minnesota", "MN"),
                        entry("Mississippi", "MS"),
                        entry("Missouri", "MO"),
                        entry("Montana", "MT"),
                        entry("Nebraska", "NE"),
                        entry("Nevada", "NV"),
                        entry("New Hampshire", "NH"),
                        entry("New Jersey", "NJ"),
                        entry("New Mexico", "NM"),
                        entry("New York", "NY"),
                        entry("North Carolina", "NC"),
                        entry("North Dakota", "ND"),
                        entry("Ohio", "OH"),
                        entry("Oklahoma", "OK"),
                        entry("Oregon", "OR"),
                        entry("Pennsylvania", "PA"),
                        entry("Puerto Rico", "PR"),
                        entry("Rhode Island", "RI"),
                        entry("South Carolina", "SC"),
                        entry("South Dakota", "SD"),
                        entry("Tennessee", "TN"),
                        entry("Texas", "TX"),
                        entry("Utah", "UT"),
                        entry("Vermont", "VT"),
                        entry("Virginia", "VA"),
                        entry("Washington", "WA"),
                        entry("West Virginia", "WV"),
                        entry("Wisconsin", "WI"),
                        entry("Wyoming", "WY")));
    }

    private static final Set<String> KNOWN = Set.copyOf(CODES.values());

    private States() {}

    /// The code of a state given by its name or its code, in any case; null if there is none.
    static @Nullable String code(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        return KNOWN.contains(upper) ? upper : CODES.get(name);
    }
}
