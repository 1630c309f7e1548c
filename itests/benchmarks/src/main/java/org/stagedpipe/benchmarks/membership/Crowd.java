package org.stagedpipe.benchmarks.membership;

import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Security;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Workers and coordinators that this process plays, on a few connections. They send a heartbeat a second each, evenly over
/// the second. Owns the thread `heartbeats`; to be closed.
final class Crowd implements AutoCloseable {

    private static final int CONNECTIONS = 16;
    private static final int SLICES = 100;
    private static final long SLICE_MS = 10;
    private static final Duration WITHIN = Duration.ofSeconds(60);

    /// So many say hello before the first of them is welcome: each hello is 40 KB, and heartbeats of others wait behind it.
    private static final int JOINING = 32;

    private final List<Connection> connections = new ArrayList<>();
    private final List<PlayedMember> members = new CopyOnWriteArrayList<>();
    private final Semaphore joining = new Semaphore(JOINING);
    private final Seen seen;
    private final int workers;
    private final int coordinators;
    private final Thread heartbeats;
    private int joined; // for names

    /// How many workers each coordinator knows of.
    private static final class Seen {

        private final int[] workers;
        private final long[] since;

        Seen(int coordinators) {
            workers = new int[coordinators];
            since = new long[coordinators];
        }

        synchronized void set(int coordinator, int count) {
            if (workers[coordinator] != count) {
                workers[coordinator] = count;
                since[coordinator] = System.nanoTime();
                notifyAll();
            }
        }

        /// When the last of them knew of so many.
        synchronized long await(int count) throws InterruptedException {
            long end = System.nanoTime() + WITHIN.toNanos();
            while (true) {
                long last = Long.MIN_VALUE;
                boolean all = true;
                for (int i = 0; i < workers.length; i++) {
                    all &= workers[i] == count;
                    last = Math.max(last, since[i]);
                }
                if (all) {
                    return last;
                }
                long left = end - System.nanoTime();
                if (left <= 0) {
                    throw new IllegalStateException(
                            "not all coordinators know of "
                                    + count
                                    + " workers in time, but of "
                                    + Arrays.stream(workers).summaryStatistics());
                }
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        }
    }

    /// Connects to the overseer.
    Crowd(Endpoint overseer, int workers, int coordinators) {
        this.workers = workers;
        this.coordinators = coordinators;
        this.seen = new Seen(coordinators);
        heartbeats = Thread.ofPlatform().name("heartbeats").daemon().unstarted(this::beat);
        for (int i = 0; i < CONNECTIONS; i++) {
            connections.add(Connection.to(overseer, Security.loopbackOnly()));
        }
    }

    /// Lets them join, once, and waits until each coordinator knows all workers.
    void join() throws InterruptedException {
        heartbeats.start(); // all of them together may take longer to join than a lease lasts
        for (int i = 0; i < coordinators; i++) {
            int number = i;
            join(
                    "c" + i,
                    Role.COORDINATOR,
                    new PlayedMember(joining::release, count -> seen.set(number, count)));
        }
        for (int i = 0; i < workers; i++) {
            join("w" + i, Role.WORKER, new PlayedMember(joining::release, count -> {}));
        }
        try {
            seen.await(workers);
        } finally {
            check(); // why it was not so
        }
    }

    private void join(String name, Role role, PlayedMember member) throws InterruptedException {
        if (!joining.tryAcquire(WITHIN.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new IllegalStateException(name + " waits for others that join before it");
        }
        member.join(connections.get(joined++ % CONNECTIONS), name, role);
        members.add(member);
    }

    private void beat() {
        long next = System.nanoTime();
        try {
            for (int slice = 0; !Thread.currentThread().isInterrupted(); slice++) {
                for (int i = slice % SLICES; i < members.size(); i += SLICES) {
                    members.get(i).beat();
                }
                next += Duration.ofMillis(SLICE_MS).toNanos();
                long pause = next - System.nanoTime();
                if (pause > 0) {
                    TimeUnit.NANOSECONDS.sleep(pause);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// A worker joins, and leaves again.
    ///
    /// @return how long it took until the last coordinator knew, of its joining and of its leaving, ns
    long[] change() throws InterruptedException {
        long from = System.nanoTime();
        PlayedMember one = new PlayedMember(() -> {}, count -> {});
        one.join(connections.getFirst(), "late" + joined++, Role.WORKER);
        long came = seen.await(workers + 1) - from;
        one.check();
        from = System.nanoTime();
        one.leave();
        return new long[] {came, seen.await(workers) - from};
    }

    /// @throws IllegalStateException if one is no member any more
    void check() {
        members.forEach(PlayedMember::check);
    }

    @Override
    public void close() throws InterruptedException {
        heartbeats.interrupt();
        heartbeats.join();
        members.forEach(PlayedMember::leave);
        connections.forEach(Connection::close);
    }
}
