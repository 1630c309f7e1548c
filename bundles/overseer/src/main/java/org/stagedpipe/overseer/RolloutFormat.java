package org.stagedpipe.overseer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.catalogue.CanaryPolicy;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.Publication;
import org.stagedpipe.cluster.catalogue.RolloutRecord;
import org.stagedpipe.cluster.catalogue.RolloutState;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Rollouts as they stand in the store's file. No state.
///
/// An overseer of a version that gave a canary to all workers at once reads one that has some of them, or is spreading, as such
/// a canary.
final class RolloutFormat {

    private static final String SPREADING = "spreading";

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
            canary.percents().forEach(policy.putArray("percents")::add);
            policy.put("firstWorkers", canary.firstWorkers());
            policy.put("maxErrorRate", canary.thresholds().maxErrorRate());
            policy.put("maxLatencyFactor", canary.thresholds().maxLatencyFactor());
            policy.put("minItems", canary.thresholds().minItems());
            policy.put("holdMs", canary.hold().toMillis());
            policy.put("gated", canary.gated());
            policy.put("maxWaitMs", canary.maxWait().toMillis());
        }
        boolean isSpreading = rollout.state() == RolloutState.SPREADING;
        node.put("state", (isSpreading ? RolloutState.CANARY : rollout.state()).name());
        if (isSpreading) {
            node.put(SPREADING, true);
        }
        node.put("step", rollout.step());
        if (!rollout.workers().isEmpty()) {
            rollout.workers().forEach(node.putArray("workers")::add);
        }
        Publication publication = rollout.publication();
        if (publication != null) {
            CatalogueFormat.write(publication, node.putObject("publication"));
        }
        node.put("timeoutMs", rollout.timeout().toMillis());
        node.put("text", rollout.text());
        node.put("operator", rollout.operator());
        if (!rollout.request().isEmpty()) {
            node.put("request", rollout.request());
        }
        node.put("startedMs", rollout.startedMs());
        node.put("changedMs", rollout.changedMs());
    }

    /// @throws IllegalArgumentException if a value cannot be used
    static List<RolloutRecord> read(JsonNode root) {
        List<RolloutRecord> rollouts = new ArrayList<>();
        for (JsonNode node : root.path("rollouts")) {
            PluginVersion to = version(node.path("to"));
            rollouts.add(
                    new RolloutRecord(
                            node.path("id").asText(),
                            node.has("from") ? version(node.path("from")) : null,
                            to,
                            canary(node.path("canary")),
                            state(node),
                            node.path("step").asInt(),
                            workers(node),
                            node.has("publication")
                                    ? CatalogueFormat.publication(
                                            to.name(), node.path("publication"))
                                    : null,
                            Duration.ofMillis(node.path("timeoutMs").asLong()),
                            node.path("text").asText(),
                            node.path("operator").asText(),
                            node.path("request").asText(),
                            node.path("startedMs").asLong(),
                            node.path("changedMs").asLong()));
        }
        return rollouts;
    }

    private static RolloutState state(JsonNode node) {
        return node.path(SPREADING).asBoolean()
                ? RolloutState.SPREADING
                : RolloutState.valueOf(node.path("state").asText());
    }

    private static List<String> workers(JsonNode node) {
        List<String> names = new ArrayList<>();
        node.path("workers").forEach(name -> names.add(name.asText()));
        return names;
    }

    private static @Nullable CanaryPolicy canary(JsonNode node) {
        if (node.isMissingNode()) {
            return null;
        }
        List<Integer> percents = new ArrayList<>();
        node.path("percents").forEach(percent -> percents.add(percent.asInt()));
        return new CanaryPolicy(
                percents,
                node.path("firstWorkers").asInt(),
                new CanaryPolicy.Thresholds(
                        node.path("maxErrorRate").asDouble(),
                        node.path("maxLatencyFactor").asDouble(),
                        node.path("minItems").asInt()),
                Duration.ofMillis(node.path("holdMs").asLong()),
                node.path("gated").asBoolean(),
                Duration.ofMillis(node.path("maxWaitMs").asLong()));
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
