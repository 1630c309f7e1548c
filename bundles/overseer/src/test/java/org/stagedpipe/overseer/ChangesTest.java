package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.cluster.catalogue.CanaryPolicy;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.CatalogueEntry;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.Publication;
import org.stagedpipe.cluster.catalogue.RolloutRecord;
import org.stagedpipe.cluster.catalogue.RolloutState;
import org.stagedpipe.cluster.catalogue.RolloutState.Event;
import org.stagedpipe.cluster.catalogue.Store;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.Ensemble;
import org.stagedpipe.repository.Blobs;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Security;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/// Changes of a plugin whose rollout ends right after they have looked at it.
class ChangesTest {

    private static final Duration LEASE = Duration.ofMillis(30);
    private static final Initiator ANN = new Initiator("ann", false, "");
    private static final PluginVersion OLD = version("1.0.0");
    private static final PluginVersion NEW = version("1.1.0");
    private static final CatalogueEntry FISH =
            CatalogueEntry.first(published(OLD)).published(published(NEW)).routed(OLD);
    private static final RolloutRecord CANARY =
            new RolloutRecord(
                    "r1",
                    OLD,
                    NEW,
                    new CanaryPolicy(
                            List.of(50),
                            new CanaryPolicy.Thresholds(0.1, 0, 10),
                            Duration.ofMinutes(1),
                            false),
                    RolloutState.CANARY,
                    0,
                    "",
                    "ann",
                    1,
                    1);

    @TempDir private Path data;
    private Ensemble ensemble;
    private EnsembleStore store;
    private Changes changes;

    @BeforeEach
    void open() throws Exception {
        ensemble = InMemoryEnsembles.usurp(data.toString());
        store = new EnsembleStore(ensemble);
        store.replace(Catalogue.EMPTY.with(FISH));
        store.replace(store.catalogue().with(CANARY));
        changes = changes(thatEndsTheRolloutAfterALook());
    }

    private Changes changes(Store seen) throws IOException {
        Blobs blobs = Blobs.in(data);
        Nodes nodes =
                new Nodes(
                        new Nodes.Terms("o1", 1, LEASE, LEASE.dividedBy(3), List::of),
                        Set.of(),
                        System::nanoTime,
                        () -> 0);
        Replicas replicas =
                new Replicas(
                        blobs,
                        ensemble,
                        new Peers("o1", ensemble, System::currentTimeMillis),
                        Security.loopbackOnly(),
                        () -> new Endpoint("127.0.0.1", 1));
        Rollout rollout = new Rollout(store, nodes, LEASE);
        return new Changes(
                new Means(
                        seen,
                        new Keeping(blobs, replicas),
                        nodes,
                        rollout,
                        new Rollouts(
                                store,
                                rollout,
                                new Trials(nodes, System::nanoTime, LEASE, LEASE),
                                () -> 0),
                        new AuditLog(ensemble, () -> 0),
                        new Turn(),
                        () -> 2));
    }

    @Test
    void aLabelLeavesWhatNewGroupsGet() throws Exception {
        changes.label("fish", "1.0.0", "stable", ANN);
        assertEquals(List.of(NEW), store.catalogue().current());
        assertEquals(List.of("stable"), fish().labelsOf(OLD));
    }

    @Test
    void aLabelThatIsTakenAwayLeavesItToo() throws Exception {
        store.replace(store.catalogue().with(FISH.labelled("stable", OLD)));
        changes.label("fish", "", "stable", ANN);
        assertEquals(List.of(NEW), store.catalogue().current());
        assertEquals(List.of(), fish().labelsOf(OLD));
    }

    @Test
    void aLabelThatNobodyHasIsNotTakenAway() throws Exception {
        store.replace(store.catalogue().with(FISH.labelled("stable", OLD)));
        CallException unknown =
                assertThrows(CallException.class, () -> changes.label("fish", "", "stabel", ANN));
        assertEquals(Kind.NOT_FOUND, unknown.kind());
        assertEquals(
                "no version of fish is stabel (expected: one of stable); did you mean stable?",
                unknown.getMessage());
        assertEquals(List.of("stable"), fish().labelsOf(OLD));
    }

    @Test
    void aVersionOfAnUninstalledPluginCanLoseItsLabelAndBeDeleted() throws Exception {
        store.replace(store.catalogue().with(FISH.labelled("stable", OLD)));
        store.replace(store.catalogue().with(CANARY.after(Event.GIVE_UP, "it broke", 2)));
        store.replace(store.catalogue().with(fish().routed(null)));
        changes = changes(store);
        changes.label("fish", "", "stable", ANN);
        changes.delete("fish", "1.0.0", ANN, Steps.UNSEEN);
        assertEquals(List.of(NEW), fish().available());
        CallException unknown =
                assertThrows(CallException.class, () -> changes.label("fowl", "", "stable", ANN));
        assertEquals(Kind.NOT_FOUND, unknown.kind());
    }

    /// The catalogue is without it by then, and the sweeper tries again.
    @Test
    void aVersionIsDeletedThoughItsFileCannotBeRemoved() throws Exception {
        store.replace(store.catalogue().with(CANARY.after(Event.GIVE_UP, "it broke", 2)));
        Files.createDirectories(data.resolve(NEW.sha256()).resolve("not empty"));
        changes = changes(store);
        List<String> said = new ArrayList<>();
        changes.delete("fish", "1.1.0", ANN, (step, text, done, total) -> said.add(text));
        assertEquals(List.of(OLD), fish().available());
        assertTrue(said.getLast().startsWith("its file stays until it is swept: "), said::toString);
    }

    @Test
    void whatNewGroupsGetMeanwhileIsNotDeleted() throws Exception {
        CallException refused =
                assertThrows(
                        CallException.class,
                        () -> changes.delete("fish", "1.1.0", ANN, Steps.UNSEEN));
        assertEquals(Kind.CONFLICT, refused.kind());
        assertTrue(fish().available().contains(NEW));
    }

    private CatalogueEntry fish() throws StoreException {
        return store.catalogue().known("fish").orElseThrow();
    }

    private Store thatEndsTheRolloutAfterALook() {
        AtomicBoolean once = new AtomicBoolean();
        return (Store)
                Proxy.newProxyInstance(
                        Store.class.getClassLoader(),
                        new Class<?>[] {Store.class},
                        (proxy, method, arguments) -> {
                            Object seen = method.invoke(store, arguments);
                            if (seen instanceof Catalogue && once.compareAndSet(false, true)) {
                                store.replace(
                                        store.catalogue()
                                                .with(
                                                        fish().routed(NEW),
                                                        CANARY.after(Event.SPREAD, "held", 2)
                                                                .after(Event.FINISH, "held", 2)));
                            }
                            return seen;
                        });
    }

    private static Publication published(PluginVersion version) {
        return new Publication(version, 1, "fish.jar", "ann", 0, List.of(), List.of(), null);
    }

    private static PluginVersion version(String text) {
        return new PluginVersion("fish", text, "0".repeat(64), 1);
    }
}
