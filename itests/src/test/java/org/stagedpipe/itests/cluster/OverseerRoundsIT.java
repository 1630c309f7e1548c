package org.stagedpipe.itests.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.transport.CallException;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Kills and freezes leaders in turn, many times, while the catalogue is written and read; see the README of `itests`.
@EnabledIfSystemProperty(named = "rounds", matches = "[0-9]+")
class OverseerRoundsIT {

    private static final long GOAL_MS = 5_000;
    private static final int READERS = 2;

    @TempDir Path folder;
    private final History history = new History();
    private volatile boolean done;

    @Test
    void aNewClientIsServedAndNothingAcknowledgedIsLost() throws Exception {
        int rounds = Integer.getInteger("rounds");
        List<Long> served = new ArrayList<>();
        try (ThreeOverseers three = ThreeOverseers.start(folder)) {
            List<Thread> callers = new ArrayList<>();
            callers.add(Thread.ofVirtual().start(() -> write(three)));
            for (int i = 0; i < READERS; i++) {
                callers.add(Thread.ofVirtual().start(() -> read(three)));
            }
            for (int round = 0; round < rounds; round++) {
                String leader = three.leader();
                boolean kill = round % 2 == 0;
                if (kill) {
                    three.process(leader).kill();
                } else {
                    three.process(leader).freeze();
                }
                long ms = three.served();
                served.add(ms);
                System.out.printf(
                        "round %d: %s %s, new client served after %d ms%n",
                        round + 1, leader, kill ? "killed" : "frozen", ms);
                if (kill) {
                    three.grow(leader);
                } else {
                    three.process(leader).thaw();
                }
                three.cluster.until("all agree who leads", three::agree);
            }
            done = true;
            for (Thread caller : callers) {
                caller.join();
            }
        }
        Collections.sort(served);
        long p99 = served.get(Math.max(0, (int) Math.ceil(served.size() * 0.99) - 1));
        System.out.printf(
                "%d rounds: median %d ms, p99 %d ms; %d catalogue operations%n",
                served.size(), served.get(served.size() / 2), p99, history.size());
        assertEquals("", history.conflict("1.0.0"), "the history is not linearizable");
        assertTrue(p99 < GOAL_MS, "p99 " + p99 + " ms");
    }

    private void write(ThreeOverseers three) {
        for (int number = 1; !done; number++) {
            String version = "1.0." + number;
            long start = System.nanoTime();
            try {
                three.publish(version);
                history.wrote(version, start, System.nanoTime());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (Exception e) {
                history.perhapsWrote(version, start); // the answer is lost, the write perhaps not
            }
        }
    }

    private void read(ThreeOverseers three) {
        while (!done) {
            long start = System.nanoTime();
            try (AdminClient admin = three.admin()) {
                String version = admin.plugin("probe").getCurrent().getVersion();
                history.read(version, start, System.nanoTime());
            } catch (CallException e) {
                continue; // nobody leads at present
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (Exception e) {
                throw new AssertionError("a read", e);
            }
        }
    }
}
