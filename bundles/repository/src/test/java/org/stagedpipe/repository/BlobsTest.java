package org.stagedpipe.repository;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

class BlobsTest {

    private static final String DIGEST = "0".repeat(64);
    private static final int ROUNDS = 2_000;

    @TempDir private Path folder;
    private Blobs blobs;

    @BeforeEach
    void open() throws Exception {
        blobs = Blobs.in(folder);
    }

    @Test
    void ofTwoUploadsOfADigestTheOneThatCanBeGoneOnWithStaysWhenBothAreLeft() throws Exception {
        try (Upload first = blobs.upload(DIGEST);
                Upload second = blobs.upload(DIGEST)) {
            first.write(ByteBuffer.wrap(new byte[3]));
            second.write(ByteBuffer.wrap(new byte[2]));
            second.leave();
            first.leave();
        }
        assertEquals(List.of(DIGEST + ".part"), incoming());
        try (Upload again = blobs.upload(DIGEST)) {
            assertEquals(3, again.size());
        }
        assertEquals(List.of(), incoming());
    }

    @Test
    void aBlobIsWholeWhileItsBytesAreThoseOfItsName() throws Exception {
        String sha256;
        try (Upload upload = blobs.upload()) {
            upload.write(ByteBuffer.wrap(new byte[100]));
            sha256 = upload.sha256();
            blobs.keep(upload);
        }
        assertTrue(blobs.isWhole(sha256));
        Path file = blobs.find(sha256).orElseThrow();
        Files.write(file, new byte[99]);
        assertFalse(blobs.isWhole(sha256));
        assertFalse(blobs.isWhole(DIGEST), "not here");
    }

    /// Another overseer asks an overseer to hold what nobody has needed for long, and counts on it.
    @Test
    void whatWasTouchedIsNotSwept() throws Exception {
        Path file = folder.resolve(DIGEST);
        CyclicBarrier start = new CyclicBarrier(2);
        for (int round = 0; round < ROUNDS; round++) {
            Files.write(file, new byte[1]);
            Files.setLastModifiedTime(file, FileTime.fromMillis(0));
            CompletableFuture<Void> sweep =
                    CompletableFuture.runAsync(() -> {
                        try {
                            start.await();
                            blobs.sweep(Set.of(), Instant.ofEpochMilli(1));
                        } catch (IOException | InterruptedException | BrokenBarrierException e) {
                            throw new AssertionError(e);
                        }
                    });
            start.await();
            boolean isHere = blobs.touch(DIGEST);
            sweep.get(10, TimeUnit.SECONDS);
            assertEquals(isHere, Files.exists(file), "round " + round);
        }
    }

    private List<String> incoming() throws Exception {
        try (Stream<Path> files = Files.list(folder.resolve("incoming"))) {
            return files.map(file -> String.valueOf(file.getFileName())).toList();
        }
    }
}
