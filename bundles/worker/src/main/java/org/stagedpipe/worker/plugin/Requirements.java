package org.stagedpipe.worker.plugin;

import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRequirement;
import org.osgi.framework.wiring.BundleRevision;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Says for a person which requirements of a bundle nobody in this container meets.
final class Requirements {

    private static final String API = "org.stagedpipe.api";
    private static final Pattern FROM = Pattern.compile("\\(version>=([^)]*)\\)");
    private static final Pattern UP_TO = Pattern.compile("\\(!\\(version>=([^)]*)\\)\\)");

    private Requirements() {}

    /// One sentence, empty if each requirement by itself could be met by what that bundle may use.
    static String unmet(BundleContext context, Bundle bundle, Separation separation) {
        List<BundleCapability> offered = new ArrayList<>();
        for (Bundle each : context.getBundles()) {
            BundleRevision revision = each.adapt(BundleRevision.class);
            if (revision != null && separation.mayUse(bundle, each)) {
                offered.addAll(revision.getDeclaredCapabilities(null));
            }
        }
        return bundle.adapt(BundleRevision.class).getDeclaredRequirements(null).stream()
                .filter(Requirements::isMandatory)
                .filter(requirement -> offered.stream().noneMatch(requirement::matches))
                .map(requirement -> inWords(requirement, offered))
                .collect(Collectors.joining("; "));
    }

    private static boolean isMandatory(BundleRequirement requirement) {
        Map<String, String> directives = requirement.getDirectives();
        return !"optional".equals(directives.get(Constants.RESOLUTION_DIRECTIVE))
                && !"dynamic".equals(directives.get(Constants.RESOLUTION_DIRECTIVE))
                && "resolve"
                        .equals(
                                directives.getOrDefault(
                                        Constants.EFFECTIVE_DIRECTIVE,
                                        Constants.EFFECTIVE_RESOLVE));
    }

    private static String inWords(BundleRequirement requirement, List<BundleCapability> offered) {
        String filter = requirement.getDirectives().getOrDefault(Constants.FILTER_DIRECTIVE, "");
        if (!requirement.getNamespace().equals(PackageNamespace.PACKAGE_NAMESPACE)) {
            return "needs "
                    + requirement.getNamespace()
                    + " "
                    + filter
                    + ", nothing here offers it";
        }
        String name = packageName(filter);
        TreeSet<String> here = versions(name, offered);
        String text =
                "needs package "
                        + name
                        + range(filter)
                        + ", this worker has "
                        + (here.isEmpty() ? "none" : String.join(", ", here));
        return name.equals(API)
                ? text + ": build the plugin against the API that this cluster runs"
                : text;
    }

    private static String packageName(String filter) {
        Matcher matcher =
                Pattern.compile("\\(" + PackageNamespace.PACKAGE_NAMESPACE + "=([^)]*)\\)")
                        .matcher(filter);
        return matcher.find() ? matcher.group(1) : filter;
    }

    private static TreeSet<String> versions(String name, List<BundleCapability> offered) {
        TreeSet<String> versions = new TreeSet<>();
        for (BundleCapability capability : offered) {
            Map<String, Object> attributes = capability.getAttributes();
            if (name.equals(attributes.get(PackageNamespace.PACKAGE_NAMESPACE))) {
                versions.add(
                        String.valueOf(
                                attributes.get(PackageNamespace.CAPABILITY_VERSION_ATTRIBUTE)));
            }
        }
        return versions;
    }

    private static String range(String filter) {
        Matcher upTo = UP_TO.matcher(filter);
        Matcher from = FROM.matcher(upTo.replaceAll(""));
        if (!from.find()) {
            return "";
        }
        return " in version "
                + from.group(1)
                + (upTo.reset().find() ? " up to " + upTo.group(1) : " or higher");
    }
}
