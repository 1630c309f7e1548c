package org.stagedpipe.coordinator.group;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.osgi.framework.Version;
import org.osgi.framework.VersionRange;
import org.stagedpipe.cluster.Spelling;
import org.stagedpipe.protocol.v1.ClusterView;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.Route;
import org.stagedpipe.protocol.v1.VersionLabel;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// Which version of a plugin a new group gets.
final class Routes {

    private static final int PERCENT = 100;
    private static final int MAX_NAMED = 20; // in one line for a person
    private static final String LABEL = "[A-Za-z][A-Za-z0-9_-]*"; // never like a version

    private Routes() {}

    /// What the operator set, or the version that was asked for; of a range the highest one that groups may get unasked.
    ///
    /// @param asked an OSGi version, or a range of them, or a label of one, or empty
    /// @throws CallException if there is no such plugin or version, or what is asked for is neither
    /// @param group the new group's id; a canary gets its share by it, so that a group that opens again gets the same
    static PluginVersion choose(ClusterView view, String plugin, String asked, ByteString group)
            throws CallException {
        Route route = route(view, plugin);
        if (route != null && asked.matches(LABEL)) {
            return labelled(route, asked);
        }
        Predicate<Version> wanted = wanted(asked);
        if (route == null) {
            throw new CallException(
                    Kind.NOT_FOUND,
                    "plugin \""
                            + plugin
                            + (isUninstalled(view, plugin)
                                    ? "\" was uninstalled, only groups in progress go on"
                                    : "\" is not installed")
                            + hint(view, plugin));
        }
        if (asked.isEmpty()) {
            return isCanary(route, group) ? route.getCanary() : route.getCurrent();
        }
        Set<PluginVersion> all = new HashSet<>(route.getKnownList());
        all.add(route.getCurrent());
        if (!isRange(asked)) {
            all.addAll(route.getExactList());
        }
        List<PluginVersion> known = new ArrayList<>(all);
        known.sort(Comparator.comparing(version -> Version.parseVersion(version.getVersion())));
        for (PluginVersion version : known.reversed()) {
            if (wanted.test(Version.parseVersion(version.getVersion()))) {
                return version;
            }
        }
        List<String> versions = known.stream().map(PluginVersion::getVersion).toList();
        throw new CallException(
                Kind.NOT_FOUND,
                "plugin \""
                        + plugin
                        + "\" has no version "
                        + asked
                        + " (expected: "
                        + some(versions)
                        + ")"
                        + (isRange(asked) ? leftOut(route, wanted) : nearest(asked, versions)));
    }

    /// The versions in a range that are had by their own names only.
    private static String leftOut(Route route, Predicate<Version> wanted) {
        String names =
                route.getExactList().stream()
                        .map(PluginVersion::getVersion)
                        .filter(version -> wanted.test(Version.parseVersion(version)))
                        .collect(Collectors.joining(", "));
        return names.isEmpty()
                ? ""
                : "; a range leaves out what is tried, was rolled back, or never given to new"
                        + " groups: "
                        + names
                        + " (name it exactly)";
    }

    private static PluginVersion labelled(Route route, String label) throws CallException {
        return route.getLabelsList().stream()
                .filter(known -> known.getLabel().equals(label))
                .map(VersionLabel::getVersion)
                .findFirst()
                .orElseThrow(() ->
                        new CallException(
                                Kind.NOT_FOUND,
                                "plugin \""
                                        + route.getCurrent().getName()
                                        + "\" has no version that is labelled "
                                        + label
                                        + " (expected: a version, a range, or "
                                        + (labels(route).isEmpty()
                                                ? "a label; it has none"
                                                : "one of " + some(labels(route)))
                                        + ")"
                                        + nearest(label, labels(route))));
    }

    private static List<String> labels(Route route) {
        return route.getLabelsList().stream().map(VersionLabel::getLabel).toList();
    }

    /// The very version that a group was opened with: also one that new groups do not get any more, as long as it is in the
    /// catalogue.
    ///
    /// @throws CallException if it is gone
    static PluginVersion pinned(ClusterView view, PluginVersion wanted) throws CallException {
        Route route = route(view, wanted.getName());
        boolean isThere =
                route != null
                                && (route.getCurrent().equals(wanted)
                                        || route.getKnownList().contains(wanted)
                                        || route.getExactList().contains(wanted))
                        || view.getUninstalledList().contains(wanted);
        if (!isThere) {
            throw new CallException(
                    Kind.NOT_FOUND,
                    "plugin \""
                            + wanted.getName()
                            + "\" "
                            + wanted.getVersion()
                            + " with that digest is gone (expected: the version that the group was"
                            + " opened with)");
        }
        return wanted;
    }

    /// The names of the workers that run that version while it is tried; empty if all may.
    static Set<String> runners(ClusterView view, PluginVersion version) {
        Route route = route(view, version.getName());
        return route != null && route.hasCanary() && route.getCanary().equals(version)
                ? Set.copyOf(route.getCanaryWorkersList())
                : Set.of();
    }

    /// What those new groups get that are not in the share of that version; null if it is not tried.
    static @Nullable PluginVersion beside(ClusterView view, PluginVersion version) {
        Route route = route(view, version.getName());
        return route != null && route.hasCanary() && route.getCanary().equals(version)
                ? route.getCurrent()
                : null;
    }

    /// Whether new groups get that version, all of them or a share.
    static boolean isGiven(ClusterView view, PluginVersion version) {
        Route route = route(view, version.getName());
        return route != null
                && (route.getCurrent().equals(version) || route.getCanary().equals(version));
    }

    /// @throws CallException if the text can be no version, no range and no label
    static void check(String asked) throws CallException {
        if (!asked.matches(LABEL)) {
            wanted(asked);
        }
    }

    private static Predicate<Version> wanted(String asked) throws CallException {
        try {
            if (isRange(asked)) {
                return VersionRange.valueOf(asked)::includes;
            }
            return Version.parseVersion(asked)::equals;
        } catch (IllegalArgumentException e) {
            throw new CallException(
                    Kind.INVALID,
                    "version: \""
                            + asked
                            + "\" (expected: a version such as 1.2.0, a range such as [1.2,2), or"
                            + " a label)",
                    e);
        }
    }

    private static boolean isRange(String asked) {
        return asked.startsWith("[") || asked.startsWith("(");
    }

    /// By the last bytes of the id, which are random in every id that clients make.
    private static boolean isCanary(Route route, ByteString group) {
        if (!route.hasCanary()) {
            return false;
        }
        int bits = group.isEmpty() ? 0 : group.substring(Math.max(0, group.size() - 4)).hashCode();
        return Math.floorMod(bits, PERCENT) < route.getCanaryPercent();
    }

    private static @Nullable Route route(ClusterView view, String plugin) {
        for (Route route : view.getRoutesList()) {
            if (route.getCurrent().getName().equals(plugin)) {
                return route;
            }
        }
        return null;
    }

    private static boolean isUninstalled(ClusterView view, String plugin) {
        return view.getUninstalledList().stream()
                .anyMatch(version -> version.getName().equals(plugin));
    }

    /// What was probably meant, or else what there is.
    private static String hint(ClusterView view, String plugin) {
        List<String> names =
                view.getRoutesList().stream()
                        .map(route -> route.getCurrent().getName())
                        .sorted()
                        .toList();
        String nearest = nearest(plugin, names);
        return nearest.isEmpty() ? " (expected: " + some(names) + ")" : nearest;
    }

    private static String nearest(String name, List<String> known) {
        return Spelling.hint(name, known).map(question -> "; " + question).orElse("");
    }

    private static String some(List<String> names) {
        int more = names.size() - MAX_NAMED;
        return more > 0
                ? oneOf(names.subList(0, MAX_NAMED)) + " or one of " + more + " more"
                : oneOf(names);
    }

    private static String oneOf(List<String> names) {
        return names.isEmpty() ? "one must be installed first" : String.join(", ", names);
    }
}
