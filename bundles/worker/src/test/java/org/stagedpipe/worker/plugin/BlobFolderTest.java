package org.stagedpipe.worker.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.Stream;

class BlobFolderTest {

    private static final Instant START = Instant.parse("2026-11-26T00:00:00Z");

    @TempDir Path folder;

    @Test
    void whatWasNotUsedForLongestGoes() throws Exception {
        write(at(0), "old", 40);
        write(at(1), "older.part", 40); // half there, touched later
        write(at(2), "new", 40);
        at(3).used(at(3).file("old"));

        at(2).trim();
        assertEquals(List.of("new", "old", "older.part"), names(), "used lately");

        at(20).trim();
        assertEquals(List.of("new", "old"), names());
        at(20).trim();
        assertEquals(List.of("new", "old"), names(), "it fits");

        write(at(21), "newest", 100);
        at(21).trim();
        assertEquals(List.of("newest"), names());
    }

    @Test
    void aFetchThatEndsMeanwhileDisturbsNobody() throws Exception {
        write(at(0), "old", 101);
        at(20).trim(List.of(folder.resolve("new.part"), folder.resolve("old")));
        assertEquals(List.of(), names());
    }

    @Test
    void whatCannotBeTrimmedDisturbsNobody() throws Exception {
        Files.delete(folder);
        at(0).trim();
    }

    @Test
    void aFileThatCannotBeDeletedKeepsNoOther() throws Exception {
        write(at(50_000_000), "old", 101);
        at(50_000_020).trim(List.of(Path.of("/proc/self/status"), folder.resolve("old")));
        assertEquals(List.of(), names());
    }

    private BlobFolder at(int minute) {
        return new BlobFolder(
                folder,
                100,
                Clock.fixed(
                        START.plus(BlobFolder.LATELY.dividedBy(10).multipliedBy(minute)),
                        ZoneOffset.UTC));
    }

    private static void write(BlobFolder at, String name, int bytes) throws IOException {
        at.used(Files.write(at.file(name), new byte[bytes]));
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
