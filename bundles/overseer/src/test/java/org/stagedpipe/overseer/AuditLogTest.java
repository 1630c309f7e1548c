package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.Ensemble;
import org.stagedpipe.protocol.v1.AuditEntry;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

class AuditLogTest {

    private static final Initiator ANN = new Initiator("operator/ann", true, "127.0.0.1:1");
    private static final String PAGE = "audit-1"; // the first
    private static final String DIGEST = "0f".repeat(32);
    private static final String DAMAGED_DIGEST =
            "{\"id\":\"a\",\"timeMs\":1,\"sha256\":\"not digits\"}";

    private final AtomicLong clock = new AtomicLong(1_000);
    private String shared;
    private Ensemble ensemble;
    private AuditLog log;

    @BeforeEach
    void open(TestInfo test) {
        shared = getClass().getName() + test.getDisplayName();
        ensemble = InMemoryEnsembles.usurp(shared);
        log = log(ensemble);
    }

    @Test
    void changeIsWrittenBeforeItBegins() throws Exception {
        log.record(
                ANN,
                "rollback",
                "fish",
                subjects -> {
                    assertEquals("running", only(log).result());
                    assertEquals("unfinished", only(log(ensemble)).result()); // to any other
                    return true;
                });
        assertEquals("done", only(log).result());
    }

    @Test
    void whatAChangeSaysOfItselfStaysIfItsOverseerDiesInIt() throws Exception {
        log.record(
                ANN,
                "update",
                "",
                subjects -> {
                    subjects.about(new PluginVersion("fish", "1.1.0", DIGEST, 1), null);
                    AuditRecord left = log(ensemble).newest(10, "fish").getFirst();
                    assertEquals("unfinished", left.result());
                    assertEquals(
                            new AuditRecord.Subject("fish", "", "1.1.0", DIGEST), left.subject());
                    return true;
                });
        assertEquals("done", only(log).result());
        assertEquals("1.1.0", only(log).subject().version());
    }

    @Test
    void aChangeThatCannotSayWhatItIsAboutGoesNoFurther() throws Exception {
        assertThrows(
                StoreException.class,
                () ->
                        log.record(
                                ANN,
                                "update",
                                "",
                                subjects -> {
                                    InMemoryEnsembles.usurp(shared).close();
                                    subjects.about(
                                            new PluginVersion("fish", "1.1.0", DIGEST, 1), null);
                                    throw new AssertionError("the change went on");
                                }));
        assertEquals("unfinished", only(log).result());
    }

    @Test
    void refusalIsKeptWithItsReasonAndDuration() throws Exception {
        assertThrows(
                CallException.class,
                () ->
                        log.record(
                                ANN,
                                "update",
                                "fish",
                                subjects -> {
                                    clock.addAndGet(40);
                                    throw new CallException(Kind.REFUSED, "no table");
                                }));
        AuditRecord entry = only(log(ensemble));
        assertEquals("refused", entry.result());
        assertEquals("no table", entry.text());
        assertEquals(40, entry.durationMs());
        assertEquals(ANN, entry.by());
    }

    @Test
    void noEntryTakesTheRoomOfManyOthers() throws Exception {
        done(log, "fish");
        String many = "ü".repeat(1 << 20);
        assertThrows(
                CallException.class,
                () ->
                        log.record(
                                ANN,
                                many,
                                many,
                                subjects -> {
                                    throw new CallException(Kind.NOT_FOUND, many);
                                }));
        assertEquals(2, log.newest(10, "").size());
        assertTrue(ensemble.read(PAGE).text().length() < 3_000);
    }

    @Test
    void nothingIsChangedThatCannotBeWrittenDown() {
        InMemoryEnsembles.usurp(shared).close(); // another overseer leads
        assertThrows(
                StoreException.class,
                () ->
                        log.record(
                                ANN,
                                "update",
                                "fish",
                                subjects -> {
                                    throw new AssertionError("the change began");
                                }));
    }

    @Test
    void anEndThatCannotBeWrittenHidesNoResult() throws Exception {
        boolean made =
                log.record(
                        ANN,
                        "update",
                        "fish",
                        subjects -> {
                            InMemoryEnsembles.usurp(shared).close();
                            return true;
                        });
        assertTrue(made);
        assertEquals("unfinished", only(log).result());
    }

    @Test
    void aWriteInBetweenIsKept() throws Exception {
        AuditLog other = log(ensemble);
        AtomicBoolean once = new AtomicBoolean();
        Ensemble raced =
                (Ensemble)
                        Proxy.newProxyInstance(
                                Ensemble.class.getClassLoader(),
                                new Class<?>[] {Ensemble.class},
                                (proxy, method, arguments) -> {
                                    if (method.getName().equals("write")
                                            && once.compareAndSet(false, true)) {
                                        done(other, "fowl");
                                    }
                                    return method.invoke(ensemble, arguments);
                                });
        done(log(raced), "fish");
        assertEquals(List.of("fowl", "fish"), plugins(log.newest(10, "")));
    }

    @Test
    void manyChangesAtOnceAreAllThere() throws Exception {
        Set<String> made = new HashSet<>();
        List<Future<?>> changes = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            for (int i = 0; i < 40; i++) {
                String plugin = "p" + i;
                made.add(plugin);
                changes.add(
                        threads.submit(() -> {
                            done(log, plugin);
                            return true;
                        }));
            }
        }
        for (Future<?> change : changes) {
            change.get();
        }
        List<AuditRecord> all = log.newest(100, "");
        assertEquals(made, new HashSet<>(plugins(all)));
        assertTrue(all.stream().allMatch(entry -> entry.result().equals("done")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"id\":\"a\",\"ti", "torn", "[]", DAMAGED_DIGEST})
    void aDamagedLineIsShownAndStandsInNobodysWay(String damaged) throws Exception {
        done(log, "fish");
        Ensemble.Value before = ensemble.read(PAGE);
        String text = before.text().replaceFirst("\n", "\n" + damaged + "\n");
        ensemble.write(PAGE, before.version(), text);
        for (int writes = 0; writes < 2; writes++) {
            List<AuditEntry> all = log.newest(10, "").stream().map(AuditRecord::toWire).toList();
            assertEquals(2 + writes, all.size());
            assertEquals("damaged", all.getFirst().getResult());
            assertEquals(damaged, all.getFirst().getText());
            assertEquals("fish", all.get(1).getPlugin());
            done(log, "fowl");
        }
    }

    @Test
    void nobodyWaitsForEverBehindOthers() throws Exception {
        CountDownLatch hangs = new CountDownLatch(1);
        CountDownLatch goesOn = new CountDownLatch(1);
        ShakyEnsemble slow = new ShakyEnsemble(ensemble);
        AuditPages pages = new AuditPages(slow, AuditPages.AUDIT, AuditPages.Size.DEFAULT);
        AuditPages dropped = new AuditPages(slow, AuditPages.DROPPED, AuditPages.Size.DROPPED);
        AuditLog waiting = new AuditLog(pages, dropped, Duration.ofMillis(20), clock::get);
        slow.meanwhile(() -> {
            hangs.countDown();
            try {
                goesOn.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        try (InBackground<?> first =
                InBackground.of(() -> waiting.record(ANN, "update", "fish", subjects -> true))) {
            hangs.await();
            StoreException refused =
                    assertThrows(StoreException.class, () -> done(waiting, "fowl"));
            assertEquals(
                    "audit: 20 ms behind other changes that wait for the store (expected: it"
                            + " answers)",
                    refused.getMessage());
            assertEquals(List.of(), waiting.newest(10, "")); // a reader waits for no writer
            goesOn.countDown();
            first.await();
        }
        assertEquals("done", only(waiting).result());
    }

    /// A coordinator may report as much as it likes.
    @Test
    void whatIsReportedPushesOutNothingElse() throws Exception {
        done(log, "fish");
        for (int i = 0; i < 2_000; i++) {
            log.report(reported("c1/" + i, 500 + i));
        }
        List<AuditRecord> all = log.newest(10_000, "");
        assertTrue(all.size() > 350 && all.size() < 1_000, all.size() + " entries");
        assertEquals(1, all.stream().filter(entry -> entry.action().equals("update")).count());
        assertTrue(log.reported().contains("c1/1999"));
        assertFalse(log.reported().contains("c1/0"));
    }

    @Test
    void whatIsReportedStandsWhereItsTimeBelongsAndNeverAfterNow() throws Exception {
        done(log, "first");
        clock.set(3_000);
        done(log, "second");
        log.report(reported("c1/late", 99_000));
        log.report(reported("c1/between", 2_000));
        List<AuditRecord> all = log.newest(10, "");
        assertEquals(List.of("first", "c1/between", "second", "c1/late"), plugins(all));
        assertEquals(3_000, all.getLast().timeMs());
    }

    private static AuditRecord reported(String id, long timeMs) {
        return new AuditRecord(
                id,
                timeMs,
                ANN,
                "drop 3 dead letters of group 00000000-0000-0000-0000-000000000000 on c1",
                new AuditRecord.Subject(id, "", "", ""),
                "done",
                "",
                5);
    }

    private AuditLog log(Ensemble of) {
        return new AuditLog(of, clock::get);
    }

    private static void done(AuditLog log, String plugin) throws Exception {
        log.record(ANN, "update", plugin, subjects -> true);
    }

    private static List<String> plugins(List<AuditRecord> entries) {
        return entries.stream().map(entry -> entry.subject().plugin()).toList();
    }

    private static AuditRecord only(AuditLog log) throws StoreException {
        List<AuditRecord> all = log.newest(10, "");
        assertEquals(1, all.size());
        return all.getFirst();
    }
}
