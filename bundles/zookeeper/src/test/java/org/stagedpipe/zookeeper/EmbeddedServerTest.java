package org.stagedpipe.zookeeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.zookeeper.Overseer.until;

import org.apache.zookeeper.server.ExitCode;
import org.apache.zookeeper.server.SyncRequestProcessor;
import org.apache.zookeeper.util.ServiceUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.Terms;

import java.io.IOException;
import java.lang.reflect.Field;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

class EmbeddedServerTest {

    private static final String HOST = "127.0.0.1";
    private static final List<Integer> ANY = List.of(0, 0, 0);

    @TempDir Path folder;

    @Test
    void aServerThatGivesUpWhileItStartsIsClosed() throws Exception {
        ServerFiles files = new ServerFiles(terms(ANY), null);
        int quorum = FreePort.on(HOST);
        Member absent = new Member(2, HOST, quorum, FreePort.on(HOST, quorum));
        int port = files.create(files.self(1), List.of(absent)); // it waits for the other
        ServiceUtils.setSystemExitProcedure(code -> {}); // until the server has its own
        CompletableFuture<EmbeddedServer> start = new CompletableFuture<>();
        Thread.ofVirtual()
                .start(() -> {
                    try {
                        start.complete(EmbeddedServer.start(files.configuration(), why -> {}));
                    } catch (Exception e) {
                        start.completeExceptionally(e);
                    }
                });
        until("it has given up", () -> givesUp(start));

        ExecutionException failed =
                assertThrows(ExecutionException.class, () -> start.get(20, TimeUnit.SECONDS));
        assertTrue(
                String.valueOf(failed.getCause())
                        .endsWith("the store does not start: it gave up with code 1"),
                failed.toString());
        until("its thread has ended", () -> !isRunning());
        until("nobody listens", () -> isFree(port)); // nor does an outgoing connection have it
    }

    @Test
    void theServerMakesASnapshotAfter64MiBOfChangesAndNoSooner() throws Exception {
        try (Overseer one = new Overseer("o1", folder, null)) {
            until("leads", one::leads);
            Field limit = SyncRequestProcessor.class.getDeclaredField("snapSizeInBytes");
            limit.setAccessible(true);
            assertEquals(64L << 20, limit.get(null));
            List<String> before = data();
            for (int version = -1; version < 5; version++) {
                assertTrue(one.ensemble.write("catalogue", version, "version " + version));
            }
            assertEquals(before, data());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aPortThatIsTakenIsNamedAtOnce(int which) throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName(HOST))) {
            List<Integer> ports = new ArrayList<>(ANY);
            ports.set(which, taken.getLocalPort());
            Terms terms = terms(ports);
            long start = System.nanoTime();
            StoreException refused =
                    assertThrows(
                            StoreException.class, () -> ZooKeeperEnsemble.open(terms, why -> {}));
            assertEquals(
                    "port "
                            + taken.getLocalPort()
                            + " on 127.0.0.1 is in use (expected: a free port, or 0 for any)",
                    refused.getMessage());
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            assertTrue(took.toSeconds() < 15, took::toString);
        }
        ZooKeeperEnsemble.open(terms(ANY), why -> {}).close();
    }

    private List<String> data() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("data/version-2"))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static boolean givesUp(CompletableFuture<EmbeddedServer> start) {
        ServiceUtils.requestSystemExit(ExitCode.UNEXPECTED_ERROR.getValue()); // as its threads do
        return start.isDone();
    }

    private static boolean isFree(int port) throws IOException {
        try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getByName(HOST))) {
            return true;
        } catch (BindException e) {
            return false;
        }
    }

    private Terms terms(List<Integer> ports) {
        return new Terms(
                "o1", folder, HOST, HOST, ports, null, () -> "", Duration.ofSeconds(10), null);
    }

    private static boolean isRunning() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals("store-server"));
    }
}
