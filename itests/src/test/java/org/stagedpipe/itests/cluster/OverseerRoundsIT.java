package org.stagedpipe.itests.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/// Kills and freezes leaders in turn, many times, while the catalogue is written and read: versions are published and rolled
/// back by one caller, a label is moved by another one; see the README of `itests`.
@EnabledIfSystemProperty(named = "rounds", matches = "[0-9]+")
class OverseerRoundsIT {

    private static final long GOAL_MS = 5_000;
    private static final int READERS = 2;
    private static final String FIRST = "1.0.0";
    private static final String LABEL = "mark";
    private static final long PAUSE_MS = 50;
    private static final int BACK = 3; // every third change is a rollback
    private static final String NONE =
            "none"; // what a read finds if the plugin is gone, or has no such label

    @TempDir Path folder;
    private final History currents = new History();
    private final History labelled = new History();
    private final AtomicInteger reads = new AtomicInteger();
    private final AtomicInteger writes = new AtomicInteger(); // that were answered
    private final AtomicInteger labels = new AtomicInteger(); // the same
    private volatile String latest = FIRST; // that was published
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private volatile boolean done;

    @Test
    void aNewClientIsServedAndNothingAcknowledgedIsLost() throws Exception {
        int rounds = Integer.getInteger("rounds");
        List<Long> served = new ArrayList<>();
        try (ThreeOverseers three = ThreeOverseers.start(folder)) {
            List<Thread> callers = new ArrayList<>();
            callers.add(Thread.ofVirtual().start(() -> call(() -> writeAll(three))));
            callers.add(Thread.ofVirtual().start(() -> call(() -> labelAll(three))));
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
                "%d rounds: median %d ms, p99 %d ms; %d operations on the current version, %d on a"
                        + " label%n",
                served.size(),
                served.get(served.size() / 2),
                p99,
                currents.size(),
                labelled.size());
        assertEquals("", currents.conflict(FIRST), "the current versions are not linearizable");
        assertEquals("", labelled.conflict(NONE), "the label's versions are not linearizable");
        assertTrue(p99 < GOAL_MS, "p99 " + p99 + " ms");
    }

    /// @return after how many ms a new client was served
    private long round(ThreeOverseers three, int round) throws Exception {
        String leader = three.leader();
        int readsBefore = reads.get();
        int writesBefore = writes.get();
        int labelsBefore = labels.get();
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
                                || (reads.get() > readsBefore
                                        && writes.get() > writesBefore
                                        && labels.get() > labelsBefore));
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
            boolean isBack = number % BACK == 0;
            String version = isBack ? FIRST : "1.0." + number;
            write(
                    currents,
                    writes,
                    version,
                    () -> {
                        if (isBack) {
                            three.rollback(version);
                        } else {
                            three.publish(version);
                            latest = version;
                        }
                        return null;
                    });
        }
        return null;
    }

    private @Nullable Void labelAll(ThreeOverseers three) throws Exception {
        for (int number = 1; !done; number++) {
            String version = number % 2 == 0 ? FIRST : latest;
            write(labelled, labels, version, () -> label(three, version));
        }
        return null;
    }

    /// Again for as long as another change has its turn, which is no write of which nobody knows.
    private PluginEntry label(ThreeOverseers three, String version) throws Exception {
        while (true) {
            try (AdminClient admin = three.admin()) {
                return admin.label("probe", version, LABEL);
            } catch (CallException e) {
                if (e.kind() != Kind.CONFLICT || done) {
                    throw e;
                }
                Thread.sleep(PAUSE_MS);
            }
        }
    }

    private static void write(
            History history, AtomicInteger answered, String value, Callable<?> change)
            throws Exception {
        long start = System.nanoTime();
        try {
            change.call();
            history.wrote(value, start, System.nanoTime());
            answered.incrementAndGet();
        } catch (CallException e) {
            history.perhapsWrote(value, start); // the answer is lost, the write perhaps not
        }
    }

    private @Nullable Void readAll(ThreeOverseers three) throws Exception {
        while (!done) {
            long start = System.nanoTime();
            try (AdminClient admin = three.admin()) {
                PluginEntry probe = admin.plugin("probe");
                long end = System.nanoTime();
                currents.read(probe.getCurrent().getVersion(), start, end);
                labelled.read(labelled(probe), start, end);
                reads.incrementAndGet();
            } catch (CallException e) {
                if (e.kind() == Kind.NOT_FOUND) {
                    currents.read(NONE, start, System.nanoTime());
                } else if (e.kind() != Kind.UNREACHABLE && e.kind() != Kind.TIMED_OUT) {
                    throw e;
                }
            }
        }
        return null;
    }

    private static String labelled(PluginEntry plugin) {
        return plugin.getVersionsList().stream()
                .filter(version -> version.getLabelsList().contains(LABEL))
                .map(version -> version.getPlugin().getVersion())
                .findFirst()
                .orElse(NONE);
    }
}
