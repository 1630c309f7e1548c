package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

class AuditLogTest {

    private static final Initiator ANN = new Initiator("operator/ann", true, "127.0.0.1:1");

    @TempDir private Path folder;
    private final AtomicLong clock = new AtomicLong(1_000);

    @Test
    void changeIsWrittenBeforeItBegins() throws Exception {
        AuditLog log = log(10_000);
        log.record(
                ANN,
                "rollback",
                "fish",
                subjects -> {
                    assertEquals("running", only(log).result());
                    assertEquals("unfinished", only(log(10_000)).result());
                    return true;
                });
        assertEquals("done", only(log).result());
    }

    @Test
    void refusalIsKeptWithItsReasonAndDuration() throws Exception {
        AuditLog log = log(10_000);
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
        AuditRecord entry = only(log(10_000));
        assertEquals("refused", entry.result());
        assertEquals("no table", entry.text());
        assertEquals(40, entry.durationMs());
        assertEquals(ANN, entry.by());
    }

    @Test
    void tornLineLosesNothingElse() throws Exception {
        done(log(10_000), "first");
        Files.writeString(
                folder.resolve("audit.jsonl"), "{\"id\":\"x\",\"ti", StandardOpenOption.APPEND);
        AuditLog log = log(10_000);
        done(log, "second");
        assertEquals(
                List.of("first", "second"),
                log.newest(10, "").stream().map(entry -> entry.subject().plugin()).toList());
    }

    @Test
    void staysSmallAndKeepsTheNewest() throws Exception {
        AuditLog log = log(2_000);
        for (int i = 0; i < 100; i++) {
            done(log, "p" + i);
        }
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> all = files.toList();
            assertEquals(5, all.size());
            for (Path file : all) {
                assertTrue(Files.size(file) <= 2_000, file::toString);
            }
        }
        List<AuditRecord> newest = log(2_000).newest(3, "");
        assertEquals(
                List.of("p97", "p98", "p99"),
                newest.stream().map(entry -> entry.subject().plugin()).toList());
        assertEquals(List.of(), log.newest(3, "p0"));
    }

    @Test
    void nothingIsChangedThatCannotBeWrittenDown() throws Exception {
        AuditLog log = log(10_000);
        Files.createDirectory(folder.resolve("audit.jsonl"));
        assertThrows(
                IOException.class,
                () ->
                        log.record(
                                ANN,
                                "update",
                                "fish",
                                subjects -> {
                                    throw new AssertionError("the change began");
                                }));
    }

    private AuditLog log(long maxBytes) throws IOException {
        return AuditLog.in(folder, maxBytes, clock::get);
    }

    private static void done(AuditLog log, String plugin) throws Exception {
        log.record(ANN, "update", plugin, subjects -> true);
    }

    private static AuditRecord only(AuditLog log) throws IOException {
        List<AuditRecord> all = log.newest(10, "");
        assertEquals(1, all.size());
        return all.getFirst();
    }
}
