package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.Ensemble;
import org.stagedpipe.transport.CallException;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;

/// What a change of the catalogue writes, and what a reader of it reads.
class StoredCatalogueTest {

    private static final int MANY = 1_000;

    @TempDir private Path folder;
    private final Random random = new Random(1);
    private ShakyEnsemble ensemble;
    private EnsembleStore store;
    private EnsembleStore follower;

    @BeforeEach
    void open() throws Exception {
        ensemble = new ShakyEnsemble(InMemoryEnsembles.usurp(folder.toString()));
        store = new EnsembleStore(ensemble);
        follower = new EnsembleStore(ensemble);
        commit(
                Catalogue.EMPTY
                        .with(CatalogueEntry.first(published("crab", "1.0.0")))
                        .with(CatalogueEntry.first(published("fish", "1.0.0")))
                        .with(library("csv", "1.4.0")));
    }

    @Test
    void aChangeWritesWhatItChanges() throws Exception {
        ensemble.names();
        commit(store.catalogue().with(entry("fish").routed(null)));
        assertEquals(List.of("catalogue", "plugin.fish"), ensemble.names());
        commit(store.catalogue().with(library("csv", "1.5.0")));
        assertEquals(List.of("catalogue", "library.csv"), ensemble.names());
    }

    @Test
    void aReaderReadsWhatChanged() throws Exception {
        assertEquals(store.catalogue(), seen());
        ensemble.names();
        commit(store.catalogue().with(library("csv", "1.5.0")));
        commit(store.catalogue().with(entry("fish").published(published("fish", "1.1.0"))));
        ensemble.names();
        assertEquals(store.catalogue(), seen());
        assertEquals(List.of("catalogue", "library.csv", "plugin.fish"), ensemble.names());
        assertEquals(store.catalogue(), seen());
        assertEquals(List.of("catalogue"), ensemble.names());
    }

    @Test
    void aReaderThatIsOvertakenReadsOneState() throws Exception {
        Ensemble.Value index = ensemble.read(StoredCatalogue.INDEX);
        Catalogue empty =
                store.catalogue().with(entry("crab").routed(null)).with(entry("fish").routed(null));
        ensemble.meanwhile(() -> commit(empty)); // it has read a library and no plugin yet
        Catalogue read = follower.catalogue(index);
        assertEquals(List.of(), read.installed());
        assertEquals(store.catalogue(), read);
    }

    @Test
    void aChangeWhoseAnswerWasLostIsFoundInTheStore() throws Exception {
        Catalogue next = store.catalogue().with(entry("fish").routed(null));
        ensemble.losesAnswers(true);
        assertThrows(StoreException.class, () -> store.replace(next));
        assertEquals(next, store.catalogue());
    }

    @Test
    void whatAnOlderProgramWroteIsRefused() throws Exception {
        String data = folder.resolve("old").toString();
        Ensemble old = InMemoryEnsembles.usurp(Path.of(data, "store").toAbsolutePath().toString());
        old.write("catalogue", -1, "{\"format\":1,\"version\":7,\"plugins\":[]}");
        CallException refused =
                assertThrows(CallException.class, () -> new TestOverseer(Path.of(data)).close());
        assertEquals(
                "catalogue: format 1 (expected: 2); it was written by an older version of this"
                        + " program, which keeps the catalogue otherwise",
                refused.getMessage());
    }

    @Test
    void theGaugeIsThatOfTheLargestPart() throws Exception {
        commit(store.catalogue().with(entry("fish").published(published("fish", "1.1.0"))));
        StoreGauge.Reading before = store.gauge();
        assertEquals("plugin.fish", before.of());
        commit(store.catalogue().with(library("csv", "1.5.0")));
        assertEquals(before, store.gauge());
        commit(store.catalogue().with(entry("fish").published(published("fish", "1.2.0"))));
        assertTrue(store.gauge().share() > before.share());
        assertEquals(new StoreGauge.Reading("", 0), follower.gauge());
    }

    @Test
    void aDeletedVersionTakesAThird() throws Exception {
        List<Library> libraries = List.of(lib("csv"), lib("json"), lib("xml"));
        List<Publication> history = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            PluginVersion version = new PluginVersion("fish", "1.0." + i, sha256(), 40_000 + i);
            byte[] signature = new byte[64];
            random.nextBytes(signature);
            history.add(
                    new Publication(
                            version,
                            1_700_000_000_000L + i * 40_000_000L,
                            "fish-1.0." + i + ".jar",
                            "ann",
                            0,
                            libraries,
                            List.of(Base64.getEncoder().encodeToString(signature)),
                            null));
        }
        CatalogueEntry entry = new CatalogueEntry("fish", null, history);
        int before = bytes(entry);
        for (Publication publication : history) {
            entry = entry.deleted(publication.plugin(), publication.publishedMs() + 1_000_000);
        }
        int after = bytes(entry);
        assertTrue(before > 130 * MANY && after < 55 * MANY, before + " then " + after);
        assertEquals(history.getFirst().plugin(), entry.find("1.0.0").orElseThrow());
    }

    private static int bytes(CatalogueEntry entry) throws Exception {
        String json = new CatalogueFormat().write(Catalogue.EMPTY.with(entry));
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(json.getBytes(StandardCharsets.UTF_8));
        }
        return packed.size();
    }

    private Catalogue seen() throws StoreException {
        return follower.catalogue(ensemble.read(StoredCatalogue.INDEX));
    }

    private CatalogueEntry entry(String name) throws StoreException {
        return store.catalogue().known(name).orElseThrow();
    }

    /// As one change.
    private void commit(Catalogue changed) {
        try {
            Catalogue next =
                    new Catalogue(
                            store.catalogue().version() + 1,
                            changed.entries(),
                            changed.rollouts(),
                            changed.libraries());
            assertTrue(store.replace(next));
        } catch (StoreException e) {
            throw new AssertionError(e);
        }
    }

    private LibraryPublication library(String name, String version) {
        Library library = new Library(name, version, sha256(), 1);
        return new LibraryPublication(library, 1, name + ".jar", "ann", 0, List.of());
    }

    private Library lib(String name) {
        return new Library("org.example." + name, "1.4.0", sha256(), 100);
    }

    private Publication published(String name, String version) {
        PluginVersion plugin = new PluginVersion(name, version, sha256(), 1);
        return new Publication(plugin, 1, name + ".jar", "ann", 0, List.of(), List.of(), null);
    }

    private String sha256() {
        byte[] bytes = new byte[32];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
