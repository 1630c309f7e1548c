package org.stagedpipe.cluster.catalogue;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.util.Optional;

class CatalogueTest {

    private static final PluginVersion V1 = version("1.0.0");
    private static final PluginVersion V2 = version("2.0.0");
    private static final PluginVersion V3 = version("3.0.0");
    private static final CatalogueEntry ENTRY =
            CatalogueEntry.first(published(V1)).published(published(V2)).published(published(V3));

    @Test
    void beforeTheCurrentVersionIsWhatWasPublishedBeforeIfNoRolloutSaysIt() {
        Catalogue catalogue = Catalogue.EMPTY.with(ENTRY);
        assertEquals(Optional.of(V2), catalogue.beforeCurrent(ENTRY));
        assertEquals(
                Optional.of(V1),
                catalogue
                        .with(rollout("a", V1, V2, RolloutState.ROLLED_BACK))
                        .beforeCurrent(ENTRY));
        assertEquals(Optional.empty(), catalogue.beforeCurrent(ENTRY.routed(V1)));
    }

    @Test
    void beforeTheCurrentVersionIsWhatItsLastRolloutBeganWith() {
        Catalogue catalogue =
                Catalogue.EMPTY
                        .with(ENTRY)
                        .with(rollout("a", V2, V3, RolloutState.DONE))
                        .with(rollout("b", V1, V3, RolloutState.DONE))
                        .with(rollout("c", V3, V2, RolloutState.ROLLED_BACK));
        assertEquals(Optional.of(V1), catalogue.beforeCurrent(ENTRY));
    }

    private static RolloutRecord rollout(
            String id, PluginVersion from, PluginVersion to, RolloutState state) {
        return new RolloutRecord(id, from, to, null, state, 0, "", "ann", 1, 1);
    }

    private static Publication published(PluginVersion version) {
        return new Publication(version, 1, "fish.jar", "ann", 0);
    }

    private static PluginVersion version(String text) {
        return new PluginVersion("fish", text, text.substring(0, 1).repeat(64), 1);
    }
}
