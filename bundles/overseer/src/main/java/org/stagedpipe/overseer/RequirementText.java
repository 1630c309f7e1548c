package org.stagedpipe.overseer;

import org.osgi.resource.Requirement;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A requirement in words: `package org.foo [1.0,2)` where it has the usual form, otherwise as the manifest has it.
final class RequirementText {

    private static final Pattern AT_LEAST = Pattern.compile("\\((bundle-)?version>=([^)]+)\\)");
    private static final Pattern BELOW = Pattern.compile("\\(!\\((bundle-)?version>=([^)]+)\\)\\)");
    private static final Pattern EXACT = Pattern.compile("\\((bundle-)?version=([^)]+)\\)");

    private RequirementText() {}

    static String of(Requirement requirement) {
        String namespace = requirement.getNamespace();
        String filter = requirement.getDirectives().getOrDefault("filter", "");
        Matcher name =
                Pattern.compile("\\(" + Pattern.quote(namespace) + "=([^)]*)\\)").matcher(filter);
        if (!name.find()) {
            return namespace + " " + filter;
        }
        String kind =
                switch (namespace) {
                    case "osgi.wiring.package" -> "package";
                    case "osgi.wiring.bundle" -> "bundle";
                    case "osgi.ee" -> "execution environment";
                    case "osgi.extender" -> "extender";
                    default -> namespace;
                };
        String range = range(filter);
        return kind + " " + name.group(1) + (range.isEmpty() ? "" : " " + range);
    }

    private static String range(String filter) {
        Matcher exact = EXACT.matcher(filter);
        if (exact.find()) {
            return exact.group(2);
        }
        Matcher below = BELOW.matcher(filter);
        String end = below.find() ? below.group(2) : "";
        Matcher atLeast = AT_LEAST.matcher(BELOW.matcher(filter).replaceAll(""));
        String begin = atLeast.find() ? atLeast.group(2) : "";
        if (end.isEmpty()) {
            return begin.isEmpty() ? "" : begin + " or higher";
        }
        return "[" + (begin.isEmpty() ? "0" : begin) + "," + end + ")";
    }
}
