package org.stagedpipe.runtime.node;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.features.RoleFeature;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// The configurations of a node: the feature's defaults, over them those of the file, over them the command line.
///
/// The keys `name`, `data`, `overseers` and those of ports are filled in where the feature lists them. A configuration
/// with the key `name` belongs to a role; where one process has several of them, each role has a folder of its own in
/// that of the node. Every component that has a configuration here reports when it serves.
///
/// @param byPid by PID, then by key
record NodeConfiguration(Map<String, Map<String, Object>> byPid) {

    /// For what a stop does beside that; covers the roles' own wait where it is not configured.
    private static final Duration STOP_BESIDE = Duration.ofSeconds(30);

    /// What the command line and the file say for the node as a whole.
    ///
    /// @param overseers null for the configured ones
    /// @param port null for the configured ones
    record Given(String name, Path data, @Nullable String overseers, @Nullable Integer port) {}

    /// The PIDs of the roles that a feature has.
    static List<String> roles(RoleFeature feature) {
        return new TreeMap<>(feature.configurations())
                .entrySet().stream()
                        .filter(entry -> entry.getValue().containsKey("name"))
                        .map(Map.Entry::getKey)
                        .toList();
    }

    /// The folder that the file names for the node, as it stands there.
    ///
    /// @throws StartException if it names one for a role of several
    static Optional<String> folder(RoleFeature feature, Map<String, Map<String, Object>> file)
            throws StartException {
        List<String> roles = roles(feature);
        for (String role : roles) {
            Object data = file.getOrDefault(role, Map.of()).get("data");
            if (data == null || data.toString().isBlank()) {
                continue; // as in the feature
            }
            if (roles.size() > 1) {
                throw new StartException(
                        role
                                + ": data: \""
                                + data
                                + "\" (expected: none; --data is the folder of all roles)");
            }
            return Optional.of(data.toString());
        }
        return Optional.empty();
    }

    /// Puts the three together.
    static NodeConfiguration merge(
            RoleFeature feature, Map<String, Map<String, Object>> file, Given given)
            throws StartException {
        boolean single = roles(feature).size() == 1;
        Ports ports = Ports.of(feature, given.port());
        Map<String, Map<String, Object>> byPid = new TreeMap<>();
        for (String pid : feature.configurations().keySet()) {
            Map<String, Object> defaults = feature.configurations().get(pid);
            Map<String, Object> values = new TreeMap<>(defaults);
            values.putAll(file.getOrDefault(pid, Map.of()));
            ports.move(defaults, values);
            String role = pid.substring(pid.lastIndexOf('.') + 1);
            fill(values, "name", single ? given.name() : role + "-" + given.name());
            boolean ownFolder = !single && defaults.containsKey("name");
            fill(
                    values,
                    "data",
                    (ownFolder ? given.data().resolve(role) : given.data()).toString());
            if (given.overseers() != null) {
                fill(values, "overseers", given.overseers());
            }
            byPid.put(pid, values);
        }
        if (!single && given.overseers() == null) {
            pointToOwnOverseer(byPid, file);
        }
        return new NodeConfiguration(byPid);
    }

    /// All roles in one process: the overseer is the one role that has none above it.
    private static void pointToOwnOverseer(
            Map<String, Map<String, Object>> byPid, Map<String, Map<String, Object>> file)
            throws StartException {
        Map<String, Object> overseer =
                byPid.values().stream()
                        .filter(values -> values.containsKey("name"))
                        .filter(values -> !values.containsKey("overseers"))
                        .findFirst()
                        .orElse(Map.of());
        if (Ports.number(overseer.get("port")) == 0) {
            overseer.put("port", Ports.free());
        }
        String address = address(overseer);
        byPid.forEach((pid, values) -> {
            Set<String> said = file.getOrDefault(pid, Map.of()).keySet();
            if (!said.contains("overseers")) {
                fill(values, "overseers", address);
            }
        });
    }

    /// Where it can be reached: what it tells its peers, as a certificate may be for no other host.
    /// What is wrong in it, the overseer refuses.
    private static String address(Map<String, Object> overseer) {
        Object given =
                overseer.containsKey("advertise")
                        ? overseer.get("advertise")
                        : overseer.get("host");
        String host = String.valueOf(given);
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + overseer.get("port");
    }

    /// How long the node may take to stop: as long as its roles wait for what they have begun, one after the other, and for
    /// all else.
    Duration stopWithin() {
        long waitMs =
                byPid.values().stream()
                        .map(values -> values.get("stopTimeoutMs"))
                        .mapToLong(NodeConfiguration::millis)
                        .sum();
        return STOP_BESIDE.plusMillis(waitMs);
    }

    /// As its role reads it, a number or its text; what the role refuses is none.
    private static long millis(@Nullable Object value) {
        try {
            return value == null ? 0 : Long.parseLong(value.toString());
        } catch (NumberFormatException _) {
            return 0;
        }
    }

    private static void fill(Map<String, Object> values, String key, Object value) {
        if (values.containsKey(key)) {
            values.put(key, value);
        }
    }
}
