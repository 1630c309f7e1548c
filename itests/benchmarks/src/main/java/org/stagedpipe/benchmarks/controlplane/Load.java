package org.stagedpipe.benchmarks.controlplane;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.client.Group;
import org.stagedpipe.client.StagedpipeClient;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/// A constant load on a plugin: two groups that last, 500 items a second by the clock in each, and new groups one after the
/// other. Of those that last one is pinned, and one follows each update, in order. An item that fails, comes twice or out of
/// its order, or a group that does not open, ends it.
final class Load implements AutoCloseable {

    /// From one item of a stream to the next.
    static final long EVERY_NANOS = 2_000_000;

    private static final int ITEMS_OF_A_NEW_GROUP = 10;
    private static final Duration END = Duration.ofSeconds(90);

    /// Of an item of the pinned group, from when it was due.
    final Latencies stream = new Latencies();

    /// The same of the group that follows.
    final Latencies followed = new Latencies();

    /// Of a new group, from its opening to its first outcome.
    final Latencies groups = new Latencies();

    private final StagedpipeClient client;
    private final String plugin;
    private final Thread[] threads;
    private volatile boolean stopping;
    private volatile @Nullable Exception failure;
    private volatile @Nullable Group following;
    private volatile String served = ""; // the version of the last new group

    Load(StagedpipeClient client, String plugin) {
        this.client = client;
        this.plugin = plugin;
        threads =
                new Thread[] {
                    Thread.ofPlatform().name("pinned").start(() -> guarded(this::pinned)),
                    Thread.ofPlatform().name("following").start(() -> guarded(this::following)),
                    Thread.ofPlatform().name("new-groups").start(() -> guarded(this::newGroups))
                };
    }

    private interface Work {
        void run() throws Exception;
    }

    private void guarded(Work work) {
        try {
            work.run();
        } catch (Exception e) {
            failed(e);
        }
    }

    /// What follows from the first one is not asked for.
    private synchronized void failed(Exception why) {
        if (failure == null) {
            failure = why;
        }
    }

    private void pinned() throws Exception {
        try (Group group = client.group(plugin).open()) {
            last(group, false, stream);
        }
    }

    private void following() throws Exception {
        try (Group group = client.group(plugin).following().ordered().open()) {
            following = group;
            last(group, true, followed);
        }
    }

    private void last(Group group, boolean isOrdered, Latencies latencies) throws Exception {
        Map<Long, Long> due = new ConcurrentHashMap<>();
        Thread reader =
                Thread.ofPlatform()
                        .name("outcomes")
                        .start(() -> {
                            guarded(() -> read(group, isOrdered, due, latencies));
                            group.close(); // or who submits would wait for room for ever
                        });
        long next = System.nanoTime();
        for (long sequence = 0; !stopping; sequence++) {
            due.put(sequence, next);
            group.submit(new byte[100]);
            next += EVERY_NANOS;
            LockSupport.parkNanos(next - System.nanoTime());
        }
        group.finish();
        join(reader);
        if (!due.isEmpty()) {
            throw new IllegalStateException(due.size() + " items have no outcome");
        }
    }

    private static void read(
            Group group, boolean isOrdered, Map<Long, Long> due, Latencies latencies) {
        long expected = 0;
        for (Outcome<byte[]> outcome : group) {
            require(outcome);
            Long from = due.remove(outcome.sequence());
            if (from == null) {
                throw new IllegalStateException("twice: " + outcome);
            }
            if (isOrdered && outcome.sequence() != expected++) {
                throw new IllegalStateException("out of order: " + outcome);
            }
            latencies.add(System.nanoTime() - from);
        }
    }

    private static void join(Thread thread) throws InterruptedException {
        if (!thread.join(END)) {
            throw new IllegalStateException(
                    thread.getName()
                            + " does not end (expected: within "
                            + END.toSeconds()
                            + " s)");
        }
    }

    private void newGroups() throws Exception {
        while (!stopping) {
            long from = System.nanoTime();
            try (Group group = client.group(plugin).open()) {
                for (int i = 0; i < ITEMS_OF_A_NEW_GROUP; i++) {
                    group.submit(new byte[100]);
                }
                group.finish();
                int came = 0;
                for (Outcome<byte[]> outcome : group) {
                    require(outcome);
                    if (came++ == 0) {
                        groups.add(System.nanoTime() - from);
                    }
                }
                if (came != ITEMS_OF_A_NEW_GROUP) {
                    throw new IllegalStateException("outcomes: " + came + " (expected: 10)");
                }
                served = group.version();
            }
        }
    }

    private static void require(Outcome<byte[]> outcome) {
        if (!(outcome instanceof Outcome.Ok<byte[]>)) {
            throw new IllegalStateException("outcome: " + outcome + " (expected: ok)");
        }
    }

    /// Waits until a new group is served by that version.
    void awaitServed(String version) throws Exception {
        while (!served.equals(version)) {
            check();
            Thread.sleep(1);
        }
    }

    /// Waits until the group that follows is served by that version.
    void awaitFollowed(String version) throws Exception {
        for (Group group = following;
                group == null || !group.version().equals(version);
                group = following) {
            check();
            Thread.sleep(1);
        }
    }

    /// @throws IllegalStateException if an item or a group failed
    void check() {
        Exception failed = failure;
        if (failed != null) {
            throw new IllegalStateException("the load failed: " + failed.getMessage(), failed);
        }
    }

    /// Ends the groups.
    ///
    /// @throws IllegalStateException as [#check] does, also for what came last
    @Override
    public void close() throws InterruptedException {
        stopping = true;
        try {
            for (Thread thread : threads) {
                join(thread);
            }
        } catch (IllegalStateException e) {
            failed(e);
        }
        check();
    }
}
