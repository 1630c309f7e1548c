package org.stagedpipe.runtime.node;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads what a component says when it serves: `<role> <name> on <host:port>, <what> on <host:port>, <what> at <URL>`.
final class ReadyLine {

    private static final Pattern PART = Pattern.compile("(\\S+)(?: \\S+)? (?:on|at) (\\S+)");

    private ReadyLine() {}

    /// Where is served what; empty for a line of another form.
    static Map<String, String> addresses(List<String> lines) {
        Map<String, String> addresses = new LinkedHashMap<>();
        for (String line : lines) {
            for (String part : line.split(", ", -1)) {
                Matcher matcher = PART.matcher(part);
                if (matcher.matches()) {
                    addresses.put(matcher.group(1), matcher.group(2));
                }
            }
        }
        return addresses;
    }
}
