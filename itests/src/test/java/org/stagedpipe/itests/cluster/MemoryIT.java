package org.stagedpipe.itests.cluster;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.api.Fault;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.client.ClientException;
import org.stagedpipe.client.Group;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.protocol.v1.GroupResponse;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.protocol.v1.Memory;
import org.stagedpipe.protocol.v1.OpenGroup;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/// The largest items through processes that have little memory: a coordinator with 64 MiB of heap and 32 MiB of direct
/// memory, a worker with 512 and 64.
///
/// `-Dmemory.clients=16 -Dmemory.items=50` is the long run, in which the worker has to pause, and to go on soon after.
@Timeout(1_500)
@SuppressWarnings("NullAway.Init")
final class MemoryIT {

    private static final int LARGEST = 104_857_600;
    private static final int CHUNK = 256 << 10;
    private static final int CLIENTS = Integer.getInteger("memory.clients", 4);
    private static final int ITEMS = Integer.getInteger("memory.items", 2);
    private static final boolean IS_LONG = CLIENTS >= 16;

    /// The goal, and what a build has beside others.
    private static final Duration GIVEN_BACK = Duration.ofSeconds(IS_LONG ? 12 : 40);

    /// Two heartbeats.
    private static final Duration HEARD = Duration.ofSeconds(2);

    @TempDir static Path folder;
    private static Cluster cluster;
    private static byte[] item;

    @BeforeAll
    static void start() throws Exception {
        cluster = Cluster.overseer(folder);
        cluster.startNode(
                "coordinator", "c1", "-Xmx64m -XX:MaxDirectMemorySize=32m -XX:TieredStopAtLevel=1");
        cluster.startNode(
                "worker", "w1", "-Xmx512m -XX:MaxDirectMemorySize=64m -XX:TieredStopAtLevel=1");
        cluster.awaitReady(2);
        cluster.publish(Mode.INSTALL, ProbePlugin.raw(folder, "raw"));
        item = new byte[LARGEST];
        new Random(1).nextBytes(item);
        item[0] = 0;
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    /// The load is gone: the worker takes items again, and nothing stays reserved, for longer than the overseer may not have heard of it.
    @AfterEach
    void everythingIsGivenBack() throws Exception {
        long start = System.nanoTime();
        long openMs = -1; // since when
        long givenBackMs = -1; // the same
        while (givenBackMs < 0 || millisSince(start) - givenBackMs < HEARD.toMillis()) {
            Thread.sleep(100);
            Memory memory = memory();
            boolean isOpen = memory.getBudgetBytes() > 0 && !memory.getPaused(); // it has told
            boolean isGivenBack = isOpen && memory.getReservedBytes() == 0;
            long nowMs = millisSince(start);
            openMs = !isOpen ? -1 : openMs < 0 ? nowMs : openMs;
            givenBackMs = !isGivenBack ? -1 : givenBackMs < 0 ? nowMs : givenBackMs;
            assertTrue(
                    givenBackMs >= 0 || nowMs < GIVEN_BACK.toMillis(),
                    () -> "still " + memory + cluster.events());
        }
        System.out.printf(
                "takes items again after %d ms, all was given back after %d ms%n",
                openMs, givenBackMs);
    }

    private static long millisSince(long startNanos) {
        return (System.nanoTime() - startNanos) / 1_000_000;
    }

    /// Of the worker, as the overseer knows it; empty while that is not reached.
    private static Memory memory() throws Exception {
        try {
            return cluster.entry("w1").getLoad().getMemory();
        } catch (CallException e) {
            return Memory.getDefaultInstance(); // the machine is busy
        }
    }

    /// How often the worker pauses until then.
    private static int pauses(CountDownLatch end) throws Exception {
        int pauses = 0;
        boolean isPaused = false;
        while (!end.await(100, TimeUnit.MILLISECONDS)) {
            Memory memory = memory();
            pauses += memory.getPaused() && !isPaused ? 1 : 0;
            isPaused = memory.getBudgetBytes() > 0 ? memory.getPaused() : isPaused;
        }
        return pauses;
    }

    @Test
    void theLargestItemsPassBothWays() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Integer> pauses = clients.submit(() -> pauses(end));
            int sum = 0;
            try {
                List<Future<Integer>> arrived = new ArrayList<>();
                for (int i = 0; i < CLIENTS; i++) {
                    boolean ordered = i % 2 == 1;
                    arrived.add(clients.submit((Callable<Integer>) () -> pass(ordered)));
                }
                for (Future<Integer> each : arrived) {
                    sum += each.get();
                }
            } finally { // before the executor waits for whoever counts pauses
                end.countDown();
            }
            System.out.println("paused " + pauses.get() + " times");
            assertEquals(CLIENTS * ITEMS, sum);
            assertTrue(!IS_LONG || pauses.get() > 0, "a pause");
        }
    }

    private static int pass(boolean ordered) throws Exception {
        var opening = cluster.client().group("raw");
        try (Group group = (ordered ? opening.ordered() : opening).open()) {
            Thread.ofVirtual().start(() -> submit(group));
            int arrived = 0;
            for (Outcome<byte[]> outcome : group) {
                if (!(outcome instanceof Outcome.Ok<byte[]>(long _, byte[] data))) {
                    throw new AssertionError(outcome + cluster.events());
                }
                assertArrayEquals(item, data);
                arrived++;
            }
            return arrived;
        }
    }

    private static void submit(Group group) {
        try {
            for (int i = 0; i < ITEMS; i++) {
                group.submit(item);
            }
            group.finish();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void oneByteMoreIsRefusedBeforeItIsSent() throws Exception {
        try (Group group = cluster.client().group("raw").open()) {
            ClientException refused =
                    assertThrows(ClientException.class, () -> group.submit(new byte[LARGEST + 1]));
            assertTrue(
                    refused.getMessage()
                            .endsWith("an item of 104857601 bytes (expected: at most 104857600)"),
                    refused.getMessage());
            group.submit(new byte[] {1});
            assertOk(1, group.take());
        }
    }

    @Test
    void aResultOfOneByteMoreIsAFaultOfItsOwn() throws Exception {
        byte[] grows = item.clone();
        grows[0] = '+';
        try (Group group = cluster.client().group("raw").open()) {
            group.submit(grows);
            Outcome<byte[]> outcome = group.take();
            if (!(outcome instanceof Outcome.Failed<byte[]>(long _, Fault fault))) {
                throw new AssertionError("outcome: " + outcome);
            }
            assertEquals(Fault.Kind.BAD_RESULT, fault.kind());
            assertEquals(
                    "result of more than 104857600 bytes (expected: at most that)", fault.text());
            group.submit(new byte[] {1});
            assertOk(1, group.take());
        }
    }

    private static void assertOk(int bytes, @Nullable Outcome<byte[]> outcome) {
        assertNotNull(outcome);
        assertTrue(
                outcome instanceof Outcome.Ok<byte[]>(long _, byte[] data) && data.length == bytes,
                outcome::toString);
    }

    /// A client that does not look at the limits it is told.
    @Test
    void oneByteMoreOfAForeignClientIsAFaultOfItsOwn() throws Exception {
        Endpoint coordinator = Endpoint.of(cluster.entry("c1").getAddress());
        try (Connection connection = Connection.to(coordinator, Security.loopbackOnly());
                Exchange<GroupRequest, GroupResponse> group =
                        connection.exchange(Rpcs.PROCESS, Duration.ofSeconds(60))) {
            OpenGroup open =
                    OpenGroup.newBuilder()
                            .setProtocol(1)
                            .setGroup(ByteString.copyFrom(new byte[16]))
                            .setPlugin("raw")
                            .build();
            group.send(GroupRequest.newBuilder().setOpen(open).build());
            assertTrue(next(group).hasOpened());
            for (long at = 0; at < LARGEST + 1L; at += CHUNK) {
                int length = (int) Math.min(CHUNK, LARGEST + 1L - at);
                Chunk chunk =
                        Chunk.newBuilder()
                                .setSequence(0)
                                .setSize(LARGEST + 1L)
                                .setOffset(at)
                                .setData(UnsafeByteOperations.unsafeWrap(item, 0, length))
                                .build();
                group.send(GroupRequest.newBuilder().setChunk(chunk).build());
            }
            ItemFault fault = next(group).getOutcomes().getFaults(0);
            assertEquals(ItemFault.Kind.TOO_LARGE, fault.getKind());
            assertEquals(
                    "an item of 104857601 bytes (expected: at most 104857600)", fault.getText());
            Items small =
                    Items.newBuilder()
                            .addSequences(1)
                            .addSizes(1)
                            .setBody(ByteString.copyFrom(new byte[1]))
                            .build();
            group.send(GroupRequest.newBuilder().setItems(small).build());
            assertEquals(1, next(group).getOutcomes().getResults().getSequences(0));
            group.complete();
            assertEquals(1, next(group).getClosed().getFailed());
        }
    }

    private static GroupResponse next(Exchange<GroupRequest, GroupResponse> group)
            throws Exception {
        GroupResponse next = group.next();
        assertNotNull(next);
        return next;
    }
}
