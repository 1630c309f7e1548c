package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.CatalogueEntry;
import org.stagedpipe.cluster.catalogue.Library;
import org.stagedpipe.cluster.catalogue.LibraryPublication;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.Publication;
import org.stagedpipe.cluster.catalogue.Store;
import org.stagedpipe.cluster.ensemble.Ensemble;
import org.stagedpipe.repository.Blobs;
import org.stagedpipe.repository.Upload;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Security;

import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/// What the repository keeps for seven days after nobody needs it, on a clock of the test.
class SweeperTest {

    private static final Duration GRACE = Duration.ofDays(7);
    private static final Duration SHORT = Duration.ofHours(1);
    private static final Duration LEASE = Duration.ofSeconds(3);

    @TempDir private Path data;
    private final AtomicLong clock = new AtomicLong(System.currentTimeMillis()); // as files' times
    private EnsembleStore store;
    private Blobs blobs;
    private Sweeper sweeper;
    private final Turn turn = new Turn();
    private Runnable afterLook = () -> {};

    @BeforeEach
    void open() throws Exception {
        Ensemble ensemble = InMemoryEnsembles.usurp(data.toString());
        store = new EnsembleStore(ensemble);
        blobs = Blobs.in(data);
        Nodes nodes =
                new Nodes(
                        new Nodes.Terms("o1", 1, LEASE, LEASE.dividedBy(3), List::of),
                        Set.of(),
                        System::nanoTime,
                        clock::get);
        Replicas replicas =
                new Replicas(
                        blobs,
                        ensemble,
                        new Peers("o1", ensemble, System::currentTimeMillis),
                        Security.loopbackOnly(),
                        () -> new Endpoint("127.0.0.1", 1));
        AuditLog audit = new AuditLog(ensemble, clock::get);
        Rollout rollout = new Rollout(store, nodes, LEASE);
        Libraries libraries =
                new Libraries(
                        new Means(
                                store,
                                new Keeping(blobs, replicas),
                                nodes,
                                rollout,
                                new Rollouts(
                                        store,
                                        rollout,
                                        new Trials(nodes, System::nanoTime, LEASE, LEASE),
                                        clock::get),
                                audit,
                                turn,
                                clock::get));
        sweeper = new Sweeper(watched(), blobs, libraries, audit, turn, GRACE, clock::get);
    }

    @Test
    void aLibraryStaysForItsGraceAfterTheVersionThatNeededItWasDeleted() throws Exception {
        Library library = new Library("csv", "1.4.0", kept("csv"), 3);
        PluginVersion fish = new PluginVersion("fish", "1.0.0", kept("fish"), 4);
        Publication published =
                new Publication(
                        fish, clock.get(), "fish.jar", "ann", 0, List.of(library), List.of(), null);
        commit(
                Catalogue.EMPTY
                        .with(CatalogueEntry.first(published).routed(null))
                        .with(
                                new LibraryPublication(
                                        library, clock.get(), "csv.jar", "ann", 0, List.of())));
        pass(GRACE.multipliedBy(4));
        sweeper.sweep();
        assertTrue(isThere("csv"), "somebody needs it");

        CatalogueEntry entry = store.catalogue().known("fish").orElseThrow();
        commit(store.catalogue().with(entry.deleted(fish, clock.get())));
        pass(GRACE.minus(SHORT));
        sweeper.sweep();
        assertTrue(isThere("csv"));
        assertEquals(List.of(library), store.catalogue().availableLibraries());

        pass(SHORT);
        sweeper.sweep();
        assertFalse(isThere("csv"));
        assertEquals(List.of(), store.catalogue().availableLibraries());
    }

    @Test
    void bytesThatNobodyNeedsAndAnUploadThatBrokeOffStayForTheirGrace() throws Exception {
        PluginVersion needed = new PluginVersion("fish", "1.1.0", kept("needed"), 6);
        PluginVersion deleted = new PluginVersion("fish", "1.0.0", kept("deleted"), 7);
        commit(
                Catalogue.EMPTY.with(
                        CatalogueEntry.first(published(deleted))
                                .published(published(needed))
                                .deleted(deleted, clock.get())));
        Path part = data.resolve("incoming").resolve(sha256("part") + ".part");
        Files.writeString(part, "broke off");

        pass(GRACE.minus(SHORT));
        sweeper.sweep();
        assertTrue(isThere("deleted"));
        assertTrue(Files.exists(part));

        pass(SHORT.multipliedBy(2));
        sweeper.sweep();
        assertFalse(isThere("deleted"));
        assertFalse(Files.exists(part));
        assertTrue(isThere("needed"));
    }

    @Test
    void aLibraryThatIsNeededSinceTheLookStays() throws Exception {
        Library library = new Library("csv", "1.4.0", kept("csv"), 3);
        commit(
                Catalogue.EMPTY.with(
                        new LibraryPublication(
                                library, clock.get(), "csv.jar", "ann", 0, List.of())));
        PluginVersion fish = new PluginVersion("fish", "1.0.0", kept("fish"), 4);
        Publication needing =
                new Publication(
                        fish, clock.get(), "fish.jar", "ann", 0, List.of(library), List.of(), null);
        pass(GRACE);
        afterLook =
                () -> {
                    try {
                        commit(store.catalogue().with(CatalogueEntry.first(needing)));
                    } catch (Exception e) {
                        throw new AssertionError(e);
                    }
                };
        CallException refused = assertThrows(CallException.class, sweeper::sweep);
        assertEquals(
                "csv 1.4.0 is needed by fish 1.0.0 (expected: a library that no plugin needs)",
                refused.getMessage());
        assertTrue(isThere("csv"));
        assertEquals(List.of(library), store.catalogue().availableLibraries());
    }

    @Test
    void looksWhileItHasTheTurn() throws Exception {
        List<CallException> refused = new ArrayList<>();
        afterLook = () -> refused.add(assertThrows(CallException.class, turn::sweep));
        sweeper.sweep();
        assertEquals(1, refused.size());
    }

    /// The store; something happens after the first look at the catalogue.
    private Store watched() {
        AtomicBoolean once = new AtomicBoolean();
        return (Store)
                Proxy.newProxyInstance(
                        Store.class.getClassLoader(),
                        new Class<?>[] {Store.class},
                        (proxy, method, arguments) -> {
                            Object seen = method.invoke(store, arguments);
                            if (seen instanceof Catalogue && once.compareAndSet(false, true)) {
                                afterLook.run();
                            }
                            return seen;
                        });
    }

    private Publication published(PluginVersion version) {
        return new Publication(
                version, clock.get(), "fish.jar", "ann", 0, List.of(), List.of(), null);
    }

    private void commit(Catalogue next) throws Exception {
        long version = store.catalogue().version() + 1;
        assertTrue(
                store.replace(
                        new Catalogue(version, next.entries(), next.rollouts(), next.libraries())));
    }

    private void pass(Duration time) {
        clock.addAndGet(time.toMillis());
    }

    /// @return its digest
    private String kept(String text) throws Exception {
        try (Upload upload = blobs.upload()) {
            upload.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            blobs.keep(upload);
            return upload.sha256();
        }
    }

    private boolean isThere(String text) {
        return blobs.find(sha256(text)).isPresent();
    }

    private static String sha256(String text) {
        return HexFormat.of().formatHex(TestBundle.sha256(text.getBytes(StandardCharsets.UTF_8)));
    }
}
