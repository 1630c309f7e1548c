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

import java.nio.file.Path;
import java.util.List;

/// What the overseer that leads knows of the catalogue without reading it again.
class EnsembleStoreTest {

    private static final Catalogue FISH =
            Catalogue.EMPTY.with(
                    CatalogueEntry.first(
                            new Publication(
                                    new PluginVersion("fish", "1.0.0", "0".repeat(64), 1),
                                    1,
                                    "fish.jar",
                                    "ann",
                                    0,
                                    List.of(),
                                    List.of(),
                                    null)));

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

    private static void write(EnsembleStore store) {
        try {
            assertTrue(store.replace(FISH));
        } catch (StoreException e) {
            throw new AssertionError(e);
        }
    }
}
