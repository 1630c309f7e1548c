package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.stagedpipe.cluster.catalogue.CanaryPolicy;
import org.stagedpipe.cluster.catalogue.Library;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.Publication;
import org.stagedpipe.cluster.catalogue.RolloutRecord;
import org.stagedpipe.cluster.catalogue.RolloutState;

import java.time.Duration;
import java.util.List;

/// Rollouts in the store, also of overseers that gave a canary to all workers at once.
class RolloutFormatTest {

    @ParameterizedTest
    @EnumSource(RolloutState.class)
    void readsWhatItWroteAndAnOverseerOfAVersionBeforeSomethingLikeIt(RolloutState state) {
        RolloutRecord rollout = rollout(state);
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        ObjectNode node = root.putArray("rollouts").addObject();
        RolloutFormat.write(rollout, node);
        assertEquals(List.of(rollout), RolloutFormat.read(root));

        String known = state == RolloutState.SPREADING ? "CANARY" : state.name();
        assertEquals(known, node.path("state").asText());
        node.remove(List.of("workers", "spreading")); // which that one neither reads nor writes
        assertEquals(
                List.of(rollout(RolloutState.valueOf(known)).on(List.of())),
                RolloutFormat.read(root));
    }

    private static RolloutRecord rollout(RolloutState state) {
        CanaryPolicy policy =
                new CanaryPolicy(
                        List.of(20, 50),
                        new CanaryPolicy.Thresholds(0.1, 0, 10),
                        Duration.ofMinutes(1),
                        true);
        return new RolloutRecord(
                "r1",
                version("1.0.0"),
                version("1.1.0"),
                policy,
                state,
                1,
                List.of("w1", "w2"),
                new Publication(
                        version("1.1.0"),
                        1,
                        "fish.jar",
                        "ann",
                        0,
                        List.of(new Library("scales", "1.0.0", "2".repeat(64), 1)),
                        List.of(),
                        null),
                Duration.ofSeconds(90),
                "held",
                "ann",
                "7f",
                1,
                2);
    }

    private static PluginVersion version(String text) {
        return new PluginVersion("fish", text, "0".repeat(64), 1);
    }
}
