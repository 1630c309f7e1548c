package org.stagedpipe.overseer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.catalogue.CanaryPolicy;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.RolloutRecord;
import org.stagedpipe.cluster.catalogue.RolloutState;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Rollouts as they stand in the store's file. No state.
final class RolloutFormat {

    private RolloutFormat() {}

    static void write(RolloutRecord rollout, ObjectNode node) {
        node.put("id", rollout.id());
        PluginVersion from = rollout.from();
        if (from != null) {
            write(from, node.putObject("from"));
        }
        write(rollout.to(), node.putObject("to"));
        CanaryPolicy canary = rollout.canary();
        if (canary != null) {
            ObjectNode policy = node.putObject("canary");
            policy.put("percent", canary.percent());
            policy.put("maxErrorRate", canary.maxErrorRate());
            policy.put("holdMs", canary.hold().toMillis());
            policy.put("minItems", canary.minItems());
        }
        node.put("state", rollout.state().name());
        node.put("text", rollout.text());
        node.put("operator", rollout.operator());
        node.put("startedMs", rollout.startedMs());
        node.put("changedMs", rollout.changedMs());
    }

    /// @throws IllegalArgumentException if a value cannot be used
    static List<RolloutRecord> read(JsonNode root) {
        List<RolloutRecord> rollouts = new ArrayList<>();
        for (JsonNode node : root.path("rollouts")) {
            rollouts.add(
                    new RolloutRecord(
                            node.path("id").asText(),
                            node.has("from") ? version(node.path("from")) : null,
                            version(node.path("to")),
                            canary(node.path("canary")),
                            RolloutState.valueOf(node.path("state").asText()),
                            node.path("text").asText(),
                            node.path("operator").asText(),
                            node.path("startedMs").asLong(),
                            node.path("changedMs").asLong()));
        }
        return rollouts;
    }

    private static @Nullable CanaryPolicy canary(JsonNode node) {
        return node.isMissingNode()
                ? null
                : new CanaryPolicy(
                        node.path("percent").asInt(),
                        node.path("maxErrorRate").asDouble(),
                        Duration.ofMillis(node.path("holdMs").asLong()),
                        node.path("minItems").asInt());
    }

    private static void write(PluginVersion plugin, ObjectNode node) {
        node.put("name", plugin.name());
        node.put("version", plugin.version());
        node.put("sha256", plugin.sha256());
        node.put("size", plugin.size());
    }

    private static PluginVersion version(JsonNode node) {
        return new PluginVersion(
                node.path("name").asText(),
                node.path("version").asText(),
                node.path("sha256").asText(),
                node.path("size").asLong());
    }
}
