package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.stagedpipe.overseer.TestOverseer.until;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.transport.CallException;

import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

/// An overseer whose store does not answer for a while, and that leads all the time.
class StoreAwayTest {

    private static final TestBundle FISH = TestBundle.of("fish", "1.0.0");
    private static final TestBundle FISH_1_1 = TestBundle.of("fish", "1.1.0");

    @TempDir private Path data;
    private ShakyEnsemble store;
    private TestOverseer cluster;
    private TestNode worker;

    @BeforeEach
    void open() throws Exception {
        InMemoryEnsembles ensembles = new InMemoryEnsembles();
        AtomicReference<ShakyEnsemble> opened = new AtomicReference<>();
        cluster =
                TestOverseer.slowOn(
                        (terms, gaveUp) -> {
                            ShakyEnsemble shaky = new ShakyEnsemble(ensembles.open(terms, gaveUp));
                            opened.set(shaky);
                            return shaky;
                        },
                        data);
        store = Objects.requireNonNull(opened.get());
        worker = TestNode.worker("w1", cluster.overseer.nodesAt()).open();
        cluster.awaitReady("w1");
        cluster.operator.install(FISH);
    }

    @AfterEach
    void close() {
        worker.close();
        cluster.close();
    }

    @Test
    void aPushThatEndsMeanwhileIsGivenUpWhenTheStoreIsBack() throws Exception {
        worker.silent();
        worker.installing(plugin -> TestNode.failed(plugin, "no table"));
        try (InBackground<?> update = InBackground.of(() -> cluster.operator.update(FISH_1_1))) {
            until("it is pushed", () -> worker.plans.getLast().getPluginsCount() == 2);
            store.away(true);
            worker.speak();
            CallException failed = assertThrows(CallException.class, update::await);
            assertEquals(CallException.Kind.UNREACHABLE, failed.kind());
            assertEquals("the store is away", failed.getMessage());
        }
        store.away(false);
        until("given up", () -> cluster.operator.rollout().getState().equals("rolled_back"));
        assertEquals(
                "worker w1: fish 1.1.0 is FAILED: no table", cluster.operator.rollout().getText());

        worker.installing(TestNode::ready);
        cluster.operator.update(FISH_1_1);
        assertEquals("done", cluster.operator.rollout().getState());
    }
}
