package org.stagedpipe.worker.plugin;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.protocol.v1.PluginVersion;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

class BlobsTest {

    private static final byte[] LIBRARY = new byte[200_000];
    private static final PluginVersion VERSION =
            PluginVersion.newBuilder()
                    .setName("library")
                    .setVersion("1.0.0")
                    .setSize(LIBRARY.length)
                    .setSha256(sha256(LIBRARY))
                    .build();

    @TempDir Path folder;

    @Test
    void aLibraryThatTwoPluginsNeedIsFetchedOnce() throws Exception {
        AtomicInteger fetches = new AtomicInteger();
        CountDownLatch both = new CountDownLatch(2);
        Blobs blobs =
                new Blobs(
                        folder,
                        Long.MAX_VALUE,
                        (version, sink, within, attempt) -> {
                            fetches.incrementAndGet();
                            both.await(10, TimeUnit.SECONDS); // the other one has been asked, too
                            sink.write(ByteString.copyFrom(LIBRARY));
                        },
                        Duration.ofSeconds(60));
        try (ExecutorService plugins = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Path>> files =
                    List.of(
                            plugins.submit(() -> require(blobs, both)),
                            plugins.submit(() -> require(blobs, both)));
            for (Future<Path> file : files) {
                assertArrayEquals(LIBRARY, Files.readAllBytes(file.get(60, TimeUnit.SECONDS)));
            }
        }
        assertEquals(1, fetches.get());
    }

    @Test
    void bytesThatCameWrongAreFetchedAnewInTheNextAttempt() throws Exception {
        byte[] wrong = LIBRARY.clone();
        wrong[1_000] ^= 1;
        Blobs blobs =
                new Blobs(
                        folder,
                        Long.MAX_VALUE,
                        (version, sink, within, attempt) -> {
                            assertEquals(0, sink.offset(), "of attempt " + attempt);
                            sink.write(ByteString.copyFrom(attempt == 0 ? wrong : LIBRARY));
                        },
                        Duration.ofSeconds(60));
        assertArrayEquals(LIBRARY, Files.readAllBytes(blobs.require(VERSION)));
    }

    @Test
    void bytesThatAreWrongEachTimeAreNotHadAndMayBeLater() {
        Blobs blobs =
                new Blobs(
                        folder,
                        Long.MAX_VALUE,
                        (version, sink, within, attempt) ->
                                sink.write(
                                        ByteString.copyFrom(new byte[LIBRARY.length - 1])
                                                .concat(ByteString.copyFrom(new byte[] {1}))),
                        Duration.ZERO);
        PluginException failure = assertThrows(PluginException.class, () -> blobs.require(VERSION));
        assertTrue(failure.isRetryable());
        assertTrue(
                failure.getMessage()
                        .startsWith(
                                "library 1.0.0 could not be fetched: what came has the sha-256 "),
                failure.getMessage());
    }

    @Test
    void aFileThatCannotBeReadIsFetchedAnewAndReplaced() throws Exception {
        Path file = folder.resolve(HexFormat.of().formatHex(VERSION.getSha256().toByteArray()));
        Files.createSymbolicLink(file, file);
        Blobs blobs =
                new Blobs(
                        folder,
                        Long.MAX_VALUE,
                        (version, sink, within, attempt) ->
                                sink.write(ByteString.copyFrom(LIBRARY)),
                        Duration.ofSeconds(60));
        assertArrayEquals(LIBRARY, Files.readAllBytes(blobs.require(VERSION)));
    }

    @Test
    void whatIsAskedForIsNotTrimmedWhileItIsLookedAt() throws Exception {
        BlobFolder trimmed = new BlobFolder(folder, 1, Clock.systemUTC());
        Blobs blobs =
                new Blobs(
                        trimmed,
                        (version, sink, within, attempt) ->
                                sink.write(ByteString.copyFrom(LIBRARY)),
                        Duration.ofSeconds(60));
        AtomicBoolean done = new AtomicBoolean();
        Thread trims =
                Thread.ofPlatform()
                        .start(() -> {
                            while (!done.get()) {
                                trimmed.trim();
                            }
                        });
        try {
            for (int i = 0; i < 300; i++) {
                Path file = blobs.require(VERSION);
                assertArrayEquals(LIBRARY, Files.readAllBytes(file));
                Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
            }
        } finally {
            done.set(true);
            trims.join();
        }
    }

    private static Path require(Blobs blobs, CountDownLatch both) throws Exception {
        both.countDown();
        return blobs.require(VERSION);
    }

    private static ByteString sha256(byte[] bytes) {
        try {
            return ByteString.copyFrom(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
