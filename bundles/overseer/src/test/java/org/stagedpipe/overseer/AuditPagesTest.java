package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.Ensemble;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// Pages of about five entries; four of them, so that more than twelve entries are kept.
class AuditPagesTest {

    private static final AuditPages.Size SMALL = new AuditPages.Size(4, 1_500);
    private static final int KEPT = 12;

    private String shared;
    private Ensemble ensemble;
    private AuditPages pages;

    @BeforeEach
    void open(TestInfo test) {
        shared = getClass().getName() + test.getDisplayName();
        ensemble = InMemoryEnsembles.usurp(shared);
        pages = new AuditPages(ensemble, AuditPages.AUDIT, SMALL);
    }

    @Test
    void aWriteIsOfOnePageHoweverManyEntriesThereAre() throws Exception {
        for (int i = 0; i < 100; i++) {
            List<Ensemble.Value> before = values();
            pages.put(begun(i));
            assertOnePageIsWritten(before);
            before = values();
            pages.put(ended(i));
            assertOnePageIsWritten(before);
        }
        assertEquals(Ensemble.Value.ABSENT, ensemble.read(AuditPages.AUDIT));
    }

    @Test
    void theOldestGoAndTheOthersStayInTheirOrder() throws Exception {
        for (int i = 0; i < 100; i++) {
            pages.put(begun(i));
            pages.put(ended(i));
            List<String> ids = ids(pages);
            assertTrue(ids.size() >= Math.min(i + 1, KEPT), ids::toString);
            assertEquals(numbers(i + 1 - ids.size(), i + 1), ids);
        }
    }

    @Test
    void byDefaultThereIsRoomForHalfAMebibyteBesideThePageThatIsFilled() throws Exception {
        AuditPages roomy = new AuditPages(ensemble, AuditPages.AUDIT, AuditPages.Size.DEFAULT);
        int lineBytes = "\n".length() + text(1_000).length();
        int all = 35 * (16 << 10) / lineBytes;
        for (int i = 1_000; i < 1_000 + all; i++) {
            roomy.put(ended(i));
        }
        int kept = roomy.entries().size();
        assertTrue(kept < all);
        assertTrue(kept * lineBytes >= 512 << 10, kept + " entries");
    }

    @Test
    void anEndInALaterPageIsShownWhereItsChangeBegan() throws Exception {
        pages.put(begun(0));
        for (int i = 1; i < 10; i++) {
            pages.put(ended(i));
        }
        pages.put(ended(0));
        assertEquals(numbers(0, 10), ids(pages));
        assertEquals("done", pages.entries().iterator().next().result());
    }

    @Test
    void whoLeadsNextGoesOnInTheSamePage() throws Exception {
        for (int i = 0; i < 30; i++) {
            AuditPages next =
                    new AuditPages(InMemoryEnsembles.usurp(shared), AuditPages.AUDIT, SMALL);
            next.put(begun(i));
            next.put(ended(i));
        }
        List<String> ids = ids(pages);
        assertTrue(ids.size() >= KEPT, ids::toString);
        assertEquals(numbers(30 - ids.size(), 30), ids);
    }

    @Test
    void whoLeadsAgainGoesOnWhereTheOneInBetweenEnded() throws Exception {
        AuditPages other = new AuditPages(ensemble, AuditPages.AUDIT, SMALL);
        for (int i = 0; i < 60; i++) {
            (i / 7 % 2 == 0 ? pages : other).put(ended(i)); // more than a page each
        }
        List<String> ids = ids(pages);
        assertTrue(ids.size() >= KEPT, ids::toString);
        assertEquals(numbers(60 - ids.size(), 60), ids);
        assertEquals(ids, ids(other));
    }

    @Test
    void anEntryThatIsLargerThanAPageHasOneOfItsOwn() throws Exception {
        pages.put(ended(0));
        AuditRecord large = ended(1).about(new AuditRecord.Subject("", "", "v".repeat(2_000), ""));
        pages.put(large);
        pages.put(ended(2));
        assertEquals(numbers(0, 3), ids(pages));
    }

    @Test
    void aPageWithoutANumberStandsInNobodysWay() throws Exception {
        for (int i = 0; i < 8; i++) {
            pages.put(ended(i));
        }
        Ensemble.Value newest = ensemble.read("audit-2");
        ensemble.write("audit-2", newest.version(), "torn\n" + newest.text().substring(2));
        AuditPages next = new AuditPages(ensemble, AuditPages.AUDIT, SMALL);
        List<String> before = ids(next);
        assertEquals(9, before.size());
        assertEquals("damaged", next.entries().iterator().next().result());
        for (int i = 8; i < 100; i++) {
            next.put(ended(i));
        }
        List<String> ids = ids(next);
        assertEquals(numbers(100 - ids.size(), 100), ids);
    }

    private void assertOnePageIsWritten(List<Ensemble.Value> before) throws StoreException {
        List<Ensemble.Value> after = values();
        List<Ensemble.Value> written =
                after.stream().filter(value -> !before.contains(value)).toList();
        assertEquals(1, written.size());
        int bytes = written.getFirst().text().getBytes(StandardCharsets.UTF_8).length;
        assertTrue(bytes <= SMALL.bytes(), () -> bytes + " bytes");
    }

    private List<Ensemble.Value> values() throws StoreException {
        List<Ensemble.Value> all = new ArrayList<>();
        for (int page = 0; page < SMALL.pages(); page++) {
            all.add(ensemble.read(AuditPages.AUDIT + "-" + page));
        }
        assertEquals(Ensemble.Value.ABSENT, ensemble.read(AuditPages.AUDIT + "-" + SMALL.pages()));
        return all;
    }

    private static List<String> ids(AuditPages pages) throws StoreException {
        return pages.entries().stream().map(AuditRecord::id).toList();
    }

    private static List<String> numbers(int from, int to) {
        return IntStream.range(from, to).mapToObj(String::valueOf).toList();
    }

    private static String text(int id) {
        return ended(id).json(new JsonMapper());
    }

    private static AuditRecord begun(int id) {
        return new AuditRecord(
                String.valueOf(id),
                1,
                new Initiator("ann", true, "127.0.0.1:1"),
                "update",
                new AuditRecord.Subject("fish", "", "", ""),
                AuditRecord.RUNNING,
                "",
                0);
    }

    private static AuditRecord ended(int id) {
        return begun(id)
                .about(new AuditRecord.Subject("fish", "1.0.0", "1.1.0", "0".repeat(64)))
                .ended("done", "", 2);
    }
}
