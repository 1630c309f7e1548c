package org.stagedpipe.cluster.catalogue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

class CatalogueTest {

    private static final PluginVersion V1 = version("1.0.0");
    private static final PluginVersion V2 = version("2.0.0");
    private static final PluginVersion V3 = version("3.0.0");
    private static final CatalogueEntry V1_THEN_V2 =
            CatalogueEntry.first(published(V1)).published(published(V2)).routed(V1).promoted(V2);

    @Test
    void beforeTheCurrentVersionIsWhatItTookThePlaceOf() {
        assertEquals(Optional.of(V1), V1_THEN_V2.beforeCurrent());
        assertEquals(Optional.empty(), V1_THEN_V2.routed(V1).beforeCurrent());
        CatalogueEntry afterRollback =
                V1_THEN_V2.routed(V1).published(published(V3)).routed(V1).promoted(V3);
        assertEquals(Optional.of(V1), afterRollback.beforeCurrent());
    }

    @Test
    void whatWasOnlyTriedIsNotBeforeTheCurrentVersion() {
        CatalogueEntry tried =
                CatalogueEntry.first(published(V1)).published(published(V2)).routed(V1);
        CatalogueEntry third = tried.rejected(V2).published(published(V3));
        assertEquals(Optional.of(V1), third.routed(V1).promoted(V3).beforeCurrent());
        CatalogueEntry anew = third.routed(null).promoted(V3); // it was uninstalled in between
        assertEquals(Optional.of(V1), anew.beforeCurrent());
    }

    @Test
    void whatIsDeletedOrRejectedLaterIsPassedOver() {
        CatalogueEntry third = V1_THEN_V2.published(published(V3)).routed(V2).promoted(V3);
        assertEquals(Optional.of(V2), third.beforeCurrent());
        assertEquals(Optional.of(V1), third.deleted(V2, 1).beforeCurrent());
        assertEquals(Optional.of(V1), third.rejected(V2).beforeCurrent());
        assertEquals(Optional.empty(), third.deleted(V2, 1).deleted(V1, 1).beforeCurrent());
    }

    @Test
    void twoThatTookEachOthersPlaceLeaveNothingBeforeTheOneThatStays() {
        CatalogueEntry back = V1_THEN_V2.promoted(V1);
        assertEquals(Optional.of(V2), back.beforeCurrent());
        assertEquals(Optional.empty(), back.deleted(V2, 1).beforeCurrent());
    }

    @Test
    void ofTheDeletedOnlyTheLastKeepsALibraryThatTheyNeeded() {
        Library library = new Library("csv", "1.4.0", "0".repeat(64), 1);
        CatalogueEntry entry =
                CatalogueEntry.first(needing(V1, library)).published(needing(V2, library));
        CatalogueEntry deleted = entry.routed(null).deleted(V1, 7).deleted(V2, 8);
        assertEquals(List.of(), deleted.librariesOf(V1));
        assertEquals(List.of(library), deleted.librariesOf(V2));
        assertEquals(
                List.of(new Publication(V2, 0, "", "", 8, List.of(library), List.of(), null)),
                deleted.history().subList(0, 1));
    }

    @Test
    void whatIsPushedNeedsItsLibrariesUntilItIsDoneOrGivenUp() {
        Library library = new Library("csv", "1.4.0", "0".repeat(64), 1);
        RolloutRecord pushed =
                new RolloutRecord(
                        "r1",
                        null,
                        V1,
                        null,
                        RolloutState.PUSHING,
                        0,
                        List.of(),
                        needing(V1, library),
                        Duration.ZERO,
                        "",
                        "ann",
                        "7f",
                        1,
                        1);
        assertTrue(pushed.isOf("7f", V1.sha256()));
        assertFalse(pushed.isOf("7f", "f".repeat(64)));
        Catalogue catalogue = Catalogue.EMPTY.with(pushed);
        assertEquals(List.of(V1), catalogue.users(library));
        RolloutRecord givenUp = pushed.after(RolloutState.Event.GIVE_UP, "", 2);
        assertEquals(List.of(), catalogue.with(givenUp).users(library));
        CatalogueEntry entry = CatalogueEntry.first(needing(V1, library));
        assertEquals(List.of(V1), catalogue.with(entry).users(library));
    }

    private static Publication needing(PluginVersion version, Library library) {
        return new Publication(version, 1, "fish.jar", "ann", 0, List.of(library), List.of(), null);
    }

    private static Publication published(PluginVersion version) {
        return new Publication(version, 1, "fish.jar", "ann", 0, List.of(), List.of(), null);
    }

    private static PluginVersion version(String text) {
        return new PluginVersion("fish", text, text.substring(0, 1).repeat(64), 1);
    }
}
