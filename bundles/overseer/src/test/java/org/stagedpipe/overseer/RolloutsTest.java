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
import org.stagedpipe.cluster.catalogue.Store;
import org.stagedpipe.protocol.v1.DecideRolloutRequest.Decision;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
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
        EnsembleStore store = storeWith(tried(before, List.of(50)), before.name());
        Judge judge = judge(store);
        judge.judge();
        assertEquals(before, store.catalogue().rollout("r1").orElseThrow().state());
        nanos.addAndGet(MAX_WAIT.toNanos());
        judge.judge();
        return store.catalogue().rollout("r1").orElseThrow().state();
    }

    @Test
    void twoApprovalsAtOnceApproveOneStep() throws Exception {
        EnsembleStore store = storeWith(tried(RolloutState.WAITING, List.of(20, 50, 80)), "a");
        Rollouts one = rollouts(store);
        AtomicBoolean isFirst = new AtomicBoolean(true);
        Rollouts other =
                rollouts(
                        afterReading(
                                store,
                                () -> {
                                    if (isFirst.getAndSet(false)) {
                                        one.decide(
                                                one.find("r1"), Decision.APPROVE, "ann approves");
                                    }
                                }));
        CallException late =
                assertThrows(
                        CallException.class,
                        () -> other.decide(other.find("r1"), Decision.APPROVE, "ben approves"));
        assertEquals(Kind.REFUSED, late.kind());
        assertEquals(
                "rollout r1 is spreading (expected, to approve it: canary, paused, waiting)",
                late.getMessage());
        RolloutRecord now = store.catalogue().rollout("r1").orElseThrow();
        assertEquals(0, now.step());
        assertEquals("ann approves", now.text());
    }

    /// The first one has got its workers meanwhile.
    @Test
    void anApprovalIsOfTheStepThatItWasAskedFor() throws Exception {
        EnsembleStore store = storeWith(tried(RolloutState.WAITING, List.of(20, 50, 80)), "a");
        Rollouts rollouts = rollouts(store);
        RolloutRecord first = rollouts.find("r1");
        rollouts.decide(first, Decision.APPROVE, "ann approves");
        rollouts.spread(rollouts.find("r1"), Rollout.Then::run);
        CallException late =
                assertThrows(
                        CallException.class,
                        () -> rollouts.decide(first, Decision.APPROVE, "ben approves"));
        assertEquals(Kind.CONFLICT, late.kind());
        assertEquals(
                "rollout r1 is canary in step 2 by now (expected: an approval of step 1)",
                late.getMessage());
        assertEquals("ann approves", rollouts.find("r1").text());
    }

    /// Another decision on the same step is no reason to refuse an approval of it.
    @Test
    void anApprovalOfAStepThatWasPausedMeanwhileCounts() throws Exception {
        EnsembleStore store = storeWith(tried(RolloutState.CANARY, List.of(20, 50)), "a");
        Rollouts one = rollouts(store);
        AtomicBoolean isFirst = new AtomicBoolean(true);
        Rollouts other =
                rollouts(
                        afterReading(
                                store,
                                () -> {
                                    if (isFirst.getAndSet(false)) {
                                        one.decide(one.find("r1"), Decision.PAUSE, "ann pauses");
                                    }
                                }));
        assertEquals(
                RolloutState.SPREADING,
                other.decide(other.find("r1"), Decision.APPROVE, "ben approves").state());
    }

    @Test
    void aBugWhileItSpreadsIsSaidOnceAndTheNextLookBeginsAgain() throws Exception {
        String id = UUID.randomUUID().toString();
        EnsembleStore store = storeWith(tried(id, RolloutState.SPREADING, List.of(20, 50)), "a");
        AtomicInteger bugs = new AtomicInteger();
        Judge judge =
                judge(
                        afterReading(
                                store,
                                () -> {
                                    String thread = Thread.currentThread().getName();
                                    if (thread.equals("rollout-" + id) && bugs.get() < 3) {
                                        bugs.incrementAndGet();
                                        throw new IllegalStateException("no such step");
                                    }
                                }));
        TestOverseer.until(
                "it goes on",
                () -> {
                    judge.judge();
                    return store.catalogue().rollout(id).orElseThrow().step() == 1;
                });
        assertEquals(3, bugs.get());
        assertEquals(
                List.of(
                        "rollout "
                                + id
                                + " does not go on yet: a bug: java.lang.IllegalStateException:"
                                + " no such step"),
                TestLog.warnings(id));
    }

    @FunctionalInterface
    private interface Meanwhile {
        void happens() throws Exception;
    }

    /// That store, in which something happens each time after the catalogue was read.
    private static Store afterReading(Store store, Meanwhile meanwhile) {
        return (Store)
                Proxy.newProxyInstance(
                        Store.class.getClassLoader(),
                        new Class<?>[] {Store.class},
                        (proxy, method, arguments) -> {
                            Object read = method.invoke(store, arguments);
                            if (method.getName().equals("catalogue")) {
                                meanwhile.happens();
                            }
                            return read;
                        });
    }

    private EnsembleStore storeWith(RolloutRecord rollout, String name) throws Exception {
        PluginVersion old = version("1.0.0");
        CatalogueEntry fish =
                CatalogueEntry.first(published(old)).published(published(rollout.to())).routed(old);
        EnsembleStore store = new EnsembleStore(InMemoryEnsembles.usurp(folder + name));
        store.replace(Catalogue.EMPTY.with(fish, rollout));
        return store;
    }

    private static RolloutRecord tried(RolloutState state, List<Integer> percents) {
        return tried("r1", state, percents);
    }

    private static RolloutRecord tried(String id, RolloutState state, List<Integer> percents) {
        CanaryPolicy policy =
                new CanaryPolicy(
                        percents,
                        0,
                        new CanaryPolicy.Thresholds(0.1, 0, 10),
                        Duration.ofSeconds(30),
                        true,
                        MAX_WAIT);
        return new RolloutRecord(
                id, version("1.0.0"), version("1.1.0"), policy, state, 0, "", "ann", 1, 1);
    }

    private Judge judge(Store store) {
        Nodes nodes = nodes();
        Trials trials = new Trials(nodes, nanos::get, LEASE, LEASE);
        Rollouts rollouts = new Rollouts(store, new Rollout(store, nodes, LEASE), trials, () -> 2);
        AuditLog audit = new AuditLog(InMemoryEnsembles.usurp(folder + "audit"), () -> 2);
        return new Judge(store, rollouts, trials, audit, (left, version) -> {});
    }

    private Rollouts rollouts(Store store) {
        return rollouts(store, nodes());
    }

    private Rollouts rollouts(Store store, Nodes nodes) {
        return new Rollouts(
                store,
                new Rollout(store, nodes, LEASE),
                new Trials(nodes, nanos::get, LEASE, LEASE),
                () -> 2);
    }

    /// Whoever leads next holds it anew, and the operator sees that.
    @Test
    void aCanaryIsShownAsHeldForAsLongAsThisOverseerHasHeldIt() throws Exception {
        RolloutRecord canary = tried(RolloutState.CANARY, List.of(50));
        Nodes nodes = nodes();
        Trials trials = new Trials(nodes, nanos::get, LEASE, LEASE);
        Store store = new EnsembleStore(InMemoryEnsembles.usurp(folder.toString()));
        Rollouts rollouts =
                new Rollouts(store, new Rollout(store, nodes, LEASE), trials, () -> 100_000);
        assertEquals(100_000, rollouts.entry(canary).getChangedMs());
        nanos.addAndGet(Duration.ofSeconds(7).toNanos());
        assertEquals(93_000, rollouts.entry(canary).getChangedMs());
        assertEquals(1, rollouts.entry(tried(RolloutState.DONE, List.of(50))).getChangedMs());
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
        Rollouts rollouts = rollouts(store, nodes);
        nodes.close(); // whatever is written is refused
        assertThrows(CallException.class, () -> rollouts.ended(pushing, "no table", Steps.UNSEEN));
        for (int look = 0; look < 3; look++) {
            rollouts.catchUp();
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
