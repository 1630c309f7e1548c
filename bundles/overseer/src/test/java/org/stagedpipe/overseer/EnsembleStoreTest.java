package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.CatalogueEntry;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.Publication;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.Ensemble;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// What the overseer that leads knows of the catalogue without reading it again.
class EnsembleStoreTest {

    private static final Catalogue FISH = Catalogue.EMPTY.with(entry("fish"));

    @TempDir private Path folder;
    private ShakyEnsemble ensemble;
    private EnsembleStore store;

    @BeforeEach
    void open() {
        ensemble = new ShakyEnsemble(InMemoryEnsembles.usurp(folder.toString()));
        store = new EnsembleStore(ensemble);
    }

    @Test
    void aSlowReaderDoesNotHideAWrite() throws Exception {
        ensemble.meanwhile(() -> write(store));
        assertEquals(Catalogue.EMPTY, store.catalogue()); // as it was when the read began
        assertEquals(FISH, store.catalogue());
    }

    @Test
    void aSlowReaderDoesNotHideThatItWasForgotten() throws Exception {
        ensemble.meanwhile(() -> {
            write(new EnsembleStore(ensemble)); // of another overseer that leads
            store.forget();
        });
        assertEquals(Catalogue.EMPTY, store.catalogue());
        assertEquals(FISH, store.catalogue());
    }

    /// The lead goes and comes back while it waits for the store's answer, and another overseer has changed more.
    @Test
    void aWriteDoesNotHideThatItWasForgotten() throws Exception {
        EnsembleStore another = new EnsembleStore(ensemble);
        boolean written =
                store.replace(
                        FISH,
                        1,
                        changes -> {
                            boolean isWritten = ensemble.write(changes);
                            store.forget();
                            another.replace(FISH.with(entry("crab")));
                            return isWritten;
                        });
        assertTrue(written);
        assertEquals(Set.of("fish", "crab"), names(store.catalogue()));
    }

    /// Of a store that others run, from a backup, while this overseer goes on.
    @Test
    void knowsWhatTheStoreHasAfterThatWasBroughtBackToAnEarlierState() throws Exception {
        write(store);
        ensemble.names();
        Catalogue backup = new EnsembleStore(ensemble).catalogue();
        List<Ensemble.Change> values = new ArrayList<>();
        for (String name : ensemble.names()) {
            values.add(new Ensemble.Change(name, 0, ensemble.read(name).text()));
        }
        assertTrue(store.replace(backup.with(entry("crab"))));
        for (Ensemble.Change value : values) {
            int version = ensemble.read(value.name()).version();
            assertTrue(
                    ensemble.write(
                            List.of(new Ensemble.Change(value.name(), version, value.text()))));
        }
        store.forget();
        assertEquals(backup, store.catalogue());
        assertTrue(store.replace(backup.with(entry("eel"))));
        assertEquals(Set.of("fish", "eel"), names(new EnsembleStore(ensemble).catalogue()));
    }

    private static Set<String> names(Catalogue catalogue) {
        return catalogue.current().stream().map(PluginVersion::name).collect(Collectors.toSet());
    }

    private static CatalogueEntry entry(String name) {
        return CatalogueEntry.first(
                new Publication(
                        new PluginVersion(name, "1.0.0", "0".repeat(64), 1),
                        1,
                        name + ".jar",
                        "ann",
                        0,
                        List.of(),
                        List.of(),
                        null));
    }

    private static void write(EnsembleStore store) {
        try {
            assertTrue(store.replace(FISH));
        } catch (StoreException e) {
            throw new AssertionError(e);
        }
    }
}
