package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.CatalogueEntry;
import org.stagedpipe.cluster.catalogue.Library;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.Publication;
import org.stagedpipe.protocol.v1.PluginLibraries;
import org.stagedpipe.protocol.v1.WorkerPlan;
import org.stagedpipe.transport.Rpcs;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;

class NeedsTest {

    private static final int PLUGINS = 400;
    private static final int VERSIONS = 50;
    private static final int LIBRARIES_OF_EACH = 10;
    private static final List<Library> LIBRARIES =
            IntStream.range(0, 500)
                    .mapToObj(i -> new Library("com.example.lib" + i, "1.0.0", sha(100_000 + i), 1))
                    .toList();

    @Test
    void twentyThousandVersionsFitIntoAPlan() {
        Catalogue catalogue = Catalogue.EMPTY;
        for (int i = 0; i < PLUGINS; i++) {
            catalogue = catalogue.with(entry(i));
        }
        WorkerPlan plan = Needs.of(catalogue).toPlan(catalogue.held());
        assertEquals(PLUGINS * VERSIONS, plan.getNeedsCount());
        assertEquals(PLUGINS * VERSIONS, plan.getSignaturesCount());
        assertEquals(LIBRARIES.size(), plan.getLibrariesCount());
        assertEquals(PLUGINS, plan.getPluginsCount());
        int bytes = plan.getSerializedSize();
        assertTrue(bytes < Rpcs.MAX_MESSAGE_BYTES, "bytes: " + bytes);
        CatalogueEntry last = entry(PLUGINS - 1);
        PluginLibraries needs =
                plan.getNeedsList().stream()
                        .filter(its -> Wire.of(version(last)).getSha256().equals(its.getPlugin()))
                        .findFirst()
                        .orElseThrow();
        assertEquals(
                last.librariesOf(version(last)).stream().map(Wire::of).toList(),
                needs.getLibrariesList().stream().map(plan::getLibraries).toList());
    }

    private static PluginVersion version(CatalogueEntry entry) {
        return entry.history().getFirst().plugin();
    }

    private static CatalogueEntry entry(int plugin) {
        List<Publication> history = new ArrayList<>();
        for (int i = 0; i < VERSIONS; i++) {
            int number = plugin * VERSIONS + i;
            history.add(
                    new Publication(
                            new PluginVersion("plugin-" + plugin, "1." + i + ".0", sha(number), 1),
                            1,
                            "plugin.jar",
                            "ann",
                            0,
                            libraries(number),
                            List.of(Base64.getEncoder().encodeToString(new byte[64])),
                            null));
        }
        return new CatalogueEntry("plugin-" + plugin, history.getFirst().plugin(), history);
    }

    private static List<Library> libraries(int number) {
        return IntStream.range(number, number + LIBRARIES_OF_EACH)
                .mapToObj(library -> LIBRARIES.get(library % LIBRARIES.size()))
                .toList();
    }

    private static String sha(int number) {
        return "%064x".formatted(number);
    }
}
