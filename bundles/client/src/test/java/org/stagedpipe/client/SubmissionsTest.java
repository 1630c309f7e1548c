package org.stagedpipe.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.AbstractList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/// Items that come from lists of the user's.
@Timeout(20)
class SubmissionsTest {

    @Test
    void aListMayWaitForWhoeverAsksTheGroup() throws Exception {
        try (Cluster cluster = Cluster.that(Cluster::echo);
                Group group = cluster.group().open()) {
            group.submitAll(
                    list(
                            3,
                            index -> {
                                CompletableFuture.supplyAsync(group::counts)
                                        .orTimeout(15, TimeUnit.SECONDS)
                                        .join();
                                return new byte[1];
                            }));
            group.finish();
            for (int i = 0; i < 3; i++) {
                assertNotNull(group.take());
            }
        }
    }

    @Test
    void aListThatMakesItsItemsIsReadAFrameAtATime() throws Exception {
        AtomicInteger made = new AtomicInteger();
        List<byte[]> large =
                list(
                        100,
                        index -> {
                            made.incrementAndGet();
                            return new byte[Outbox.MAX_CHUNK_BYTES / 2];
                        });
        try (Cluster cluster = Cluster.that(Cluster::echo);
                Group group = cluster.group().window(1, 1).open()) {
            CompletableFuture<Void> refused = new CompletableFuture<>();
            Thread submitter =
                    Thread.startVirtualThread(() -> {
                        try {
                            group.submitAll(large);
                            refused.complete(null);
                        } catch (InterruptedException | ClientException e) {
                            refused.completeExceptionally(e);
                        }
                    });
            Until.holds(
                    "the second one waits",
                    () -> submitter.getState() == Thread.State.TIMED_WAITING);
            assertEquals(1, group.counts().accepted());
            assertEquals(2, made.get());
            group.close();
            assertInstanceOf(
                    ClientException.class,
                    assertThrows(ExecutionException.class, refused::get).getCause());
        }
    }

    @Test
    void whereAListThrowsTheCountsSayHowManyWereSent() throws Exception {
        int frame = Outbox.MAX_FRAME_ITEMS;
        try (Cluster cluster = Cluster.that(Cluster::echo);
                Group group = cluster.group().open()) {
            List<byte[]> broken =
                    list(
                            2 * frame,
                            index -> {
                                if (index == frame + 1) {
                                    throw new IllegalStateException("broken");
                                }
                                return new byte[1];
                            });
            assertThrows(IllegalStateException.class, () -> group.submitAll(broken));
            assertEquals(frame, group.counts().accepted());
            group.finish();
            for (int i = 0; i < frame; i++) {
                assertNotNull(group.take());
            }
        }
    }

    private static List<byte[]> list(int size, IntFunction<byte[]> make) {
        return new AbstractList<>() {
            @Override
            public byte[] get(int index) {
                return make.apply(index);
            }

            @Override
            public int size() {
                return size;
            }
        };
    }
}
