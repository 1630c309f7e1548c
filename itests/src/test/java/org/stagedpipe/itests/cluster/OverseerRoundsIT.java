package org.stagedpipe.itests.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/// Kills and freezes leaders in turn, many times, while the catalogue is written and read; see the README of `itests`.
@EnabledIfSystemProperty(named = "rounds", matches = "[0-9]+")
class OverseerRoundsIT {

    private static final long GOAL_MS = 5_000;
    private static final int READERS = 2;
    private static final String NONE = "none"; // what a read finds if the plugin is gone

    @TempDir Path folder;
    private final History history = new History();
    private final AtomicInteger reads = new AtomicInteger();
    private final AtomicInteger writes = new AtomicInteger(); // that were answered
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private volatile boolean done;

    @Test
    void aNewClientIsServedAndNothingAcknowledgedIsLost() throws Exception {
        int rounds = Integer.getInteger("rounds");
        List<Long> served = new ArrayList<>();
        try (ThreeOverseers three = ThreeOverseers.start(folder)) {
            List<Thread> callers = new ArrayList<>();
            callers.add(Thread.ofVirtual().start(() -> call(() -> writeAll(three))));
            for (int i = 0; i < READERS; i++) {
                callers.add(Thread.ofVirtual().start(() -> call(() -> readAll(three))));
            }
            try {
                for (int round = 0; round < rounds; round++) {
                    served.add(round(three, round));
                }
            } finally {
                done = true;
            }
            for (Thread caller : callers) {
                caller.join();
            }
            assertNull(failure.get(), () -> "a caller failed: " + failure.get());
        }
        Collections.sort(served);
        long p99 = served.get(Math.max(0, (int) Math.ceil(served.size() * 0.99) - 1));
        System.out.printf(
                "%d rounds: median %d ms, p99 %d ms; %d catalogue operations%n",
                served.size(), served.get(served.size() / 2), p99, history.size());
        assertEquals("", history.conflict("1.0.0"), "the history is not linearizable");
        assertTrue(p99 < GOAL_MS, "p99 " + p99 + " ms");
    }

    /// @return after how many ms a new client was served
    private long round(ThreeOverseers three, int round) throws Exception {
        String leader = three.leader();
        int readsBefore = reads.get();
        int writesBefore = writes.get();
        boolean kill = round % 2 == 0;
        if (kill) {
            three.process(leader).kill();
        } else {
            three.process(leader).freeze();
        }
        long ms = three.served();
        System.out.printf(
                "round %d: %s %s, new client served after %d ms%n",
                round + 1, leader, kill ? "killed" : "frozen", ms);
        if (kill) {
            three.grow(leader);
        } else {
            three.process(leader).thaw();
        }
        three.cluster.until("all agree who leads", three::agree);
        three.cluster.until(
                "the catalogue is read and written",
                () ->
                        failure.get() != null
                                || (reads.get() > readsBefore && writes.get() > writesBefore));
        assertNull(failure.get(), () -> "a caller failed: " + failure.get());
        return ms;
    }

    /// A caller that ends early is found by the rounds.
    private void call(Callable<?> calls) {
        try {
            calls.call();
        } catch (Throwable e) { // whatever it is, the rounds must see it
            failure.compareAndSet(null, e);
        }
    }

    private @Nullable Void writeAll(ThreeOverseers three) throws Exception {
        for (int number = 1; !done; number++) {
            String version = "1.0." + number;
            long start = System.nanoTime();
            try {
                three.publish(version);
                history.wrote(version, start, System.nanoTime());
                writes.incrementAndGet();
            } catch (CallException e) {
                history.perhapsWrote(version, start); // the answer is lost, the write perhaps not
            }
        }
        return null;
    }

    private @Nullable Void readAll(ThreeOverseers three) throws Exception {
        while (!done) {
            long start = System.nanoTime();
            try (AdminClient admin = three.admin()) {
                String version = admin.plugin("probe").getCurrent().getVersion();
                history.read(version, start, System.nanoTime());
                reads.incrementAndGet();
            } catch (CallException e) {
                if (e.kind() == Kind.NOT_FOUND) {
                    history.read(NONE, start, System.nanoTime());
                } else if (e.kind() != Kind.UNREACHABLE && e.kind() != Kind.TIMED_OUT) {
                    throw e;
                }
            }
        }
        return null;
    }
}
