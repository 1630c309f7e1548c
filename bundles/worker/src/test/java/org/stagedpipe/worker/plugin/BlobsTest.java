package org.stagedpipe.worker.plugin;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.protocol.v1.PluginVersion;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

class BlobsTest {

    private static final byte[] LIBRARY = new byte[200_000];

    @TempDir Path folder;

    @Test
    void aLibraryThatTwoPluginsNeedIsFetchedOnce() throws Exception {
        AtomicInteger fetches = new AtomicInteger();
        CountDownLatch both = new CountDownLatch(2);
        Blobs blobs =
                new Blobs(
                        folder,
                        Long.MAX_VALUE,
                        (version, sink) -> {
                            fetches.incrementAndGet();
                            both.await(10, TimeUnit.SECONDS); // the other one has been asked, too
                            sink.write(ByteString.copyFrom(LIBRARY));
                        },
                        Duration.ofSeconds(60));
        PluginVersion library =
                PluginVersion.newBuilder()
                        .setName("library")
                        .setVersion("1.0.0")
                        .setSize(LIBRARY.length)
                        .setSha256(
                                ByteString.copyFrom(
                                        MessageDigest.getInstance("SHA-256").digest(LIBRARY)))
                        .build();
        try (ExecutorService plugins = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Path>> files =
                    List.of(
                            plugins.submit(() -> require(blobs, library, both)),
                            plugins.submit(() -> require(blobs, library, both)));
            for (Future<Path> file : files) {
                assertArrayEquals(LIBRARY, Files.readAllBytes(file.get(60, TimeUnit.SECONDS)));
            }
        }
        assertEquals(1, fetches.get());
    }

    private static Path require(Blobs blobs, PluginVersion library, CountDownLatch both)
            throws Exception {
        both.countDown();
        return blobs.require(library);
    }
}
