package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.RolloutRecord;
import org.stagedpipe.cluster.catalogue.RolloutState;
import org.stagedpipe.transport.CallException;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/// A push that has failed, and whose end cannot be written.
class RolloutsTest {

    private static final Duration LEASE = Duration.ofSeconds(3);

    @TempDir private Path folder;

    @Test
    void aPushThatCannotBeEndedIsSaidOnce() throws Exception {
        RolloutRecord pushing =
                new RolloutRecord(
                        UUID.randomUUID().toString(),
                        null,
                        new PluginVersion("fish", "1.0.0", "0".repeat(64), 1),
                        null,
                        RolloutState.PUSHING,
                        0,
                        "",
                        "ann",
                        1,
                        1);
        EnsembleStore store = new EnsembleStore(InMemoryEnsembles.usurp(folder.toString()));
        store.replace(Catalogue.EMPTY.with(pushing));
        Nodes nodes =
                new Nodes(
                        new Nodes.Terms("o1", 1, LEASE, LEASE.dividedBy(3), List::of),
                        Set.of(),
                        System::nanoTime,
                        () -> 0);
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
}
