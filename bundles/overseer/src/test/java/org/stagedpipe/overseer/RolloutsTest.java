package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.cluster.catalogue.CanaryPolicy;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.CatalogueEntry;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.Publication;
import org.stagedpipe.cluster.catalogue.RolloutRecord;
import org.stagedpipe.cluster.catalogue.RolloutState;
import org.stagedpipe.transport.CallException;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/// What the next overseer makes of a canary, and a push that has failed and whose end cannot be written.
class RolloutsTest {

    private static final Duration LEASE = Duration.ofMillis(30);
    private static final Duration MAX_WAIT = Duration.ofHours(1);

    @TempDir private Path folder;
    private final AtomicLong nanos = new AtomicLong(1);

    @Test
    void aCanaryThatHasHeldIsNotGivenUpForWantOfItems() throws Exception {
        assertEquals(RolloutState.WAITING, stateAfterMaxWait(RolloutState.WAITING));
        assertEquals(RolloutState.ROLLED_BACK, stateAfterMaxWait(RolloutState.CANARY));
    }

    /// With the next overseer, which has seen no items.
    private RolloutState stateAfterMaxWait(RolloutState before) throws Exception {
        PluginVersion old = version("1.0.0");
        PluginVersion tried = version("1.1.0");
        CatalogueEntry fish =
                CatalogueEntry.first(published(old)).published(published(tried)).routed(old);
        CanaryPolicy policy =
                new CanaryPolicy(
                        List.of(50),
                        0,
                        new CanaryPolicy.Thresholds(0.1, 0, 10),
                        Duration.ofSeconds(30),
                        true,
                        MAX_WAIT);
        RolloutRecord rollout =
                new RolloutRecord("r1", old, tried, policy, before, 0, "", "ann", 1, 1);
        EnsembleStore store = new EnsembleStore(InMemoryEnsembles.usurp(folder + before.name()));
        store.replace(Catalogue.EMPTY.with(fish, rollout));
        Nodes nodes = nodes();
        Rollouts rollouts =
                new Rollouts(store, nodes, new Rollout(store, nodes, LEASE), nanos::get, () -> 2);
        rollouts.judge();
        assertEquals(before, store.catalogue().rollout("r1").orElseThrow().state());
        nanos.addAndGet(MAX_WAIT.toNanos());
        rollouts.judge();
        return store.catalogue().rollout("r1").orElseThrow().state();
    }

    @Test
    void aPushThatCannotBeEndedIsSaidOnce() throws Exception {
        RolloutRecord pushing =
                new RolloutRecord(
                        UUID.randomUUID().toString(),
                        null,
                        version("1.0.0"),
                        null,
                        RolloutState.PUSHING,
                        0,
                        "",
                        "ann",
                        1,
                        1);
        EnsembleStore store = new EnsembleStore(InMemoryEnsembles.usurp(folder.toString()));
        store.replace(Catalogue.EMPTY.with(pushing));
        Nodes nodes = nodes();
        Rollouts rollouts =
                new Rollouts(
                        store, nodes, new Rollout(store, nodes, LEASE), System::nanoTime, () -> 0);
        nodes.close(); // whatever is written is refused
        assertThrows(CallException.class, () -> rollouts.ended(pushing, "no table", Steps.UNSEEN));
        for (int look = 0; look < 3; look++) {
            rollouts.judge();
        }
        assertEquals(
                List.of(
                        "rollout "
                                + pushing.id()
                                + " cannot be ended yet: the overseer does not lead any more"),
                TestLog.warnings(pushing.id()));
    }

    private static Nodes nodes() {
        return new Nodes(
                new Nodes.Terms("o1", 1, LEASE, LEASE.dividedBy(3), List::of),
                Set.of(),
                System::nanoTime,
                () -> 0);
    }

    private static Publication published(PluginVersion version) {
        return new Publication(version, 1, "fish.jar", "ann", 0, List.of(), List.of(), null);
    }

    private static PluginVersion version(String text) {
        return new PluginVersion("fish", text, "0".repeat(64), 1);
    }
}
