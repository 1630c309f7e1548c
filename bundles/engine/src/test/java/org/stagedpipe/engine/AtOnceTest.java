package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.engine.GroupTest.next;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Stage;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// No slow request waits behind another one while a thread sleeps.
@Timeout(60)
class AtOnceTest {

    private static final int ROUNDS = 50;
    private static final int THREADS = 18;

    private volatile CountDownLatch started = new CountDownLatch(0);
    private volatile CountDownLatch gate = new CountDownLatch(0);

    private final Pipelines<Integer, String> pipelines =
            Pipelines.of(
                            Machines.<Integer, String>single(request -> {
                                CountDownLatch open = gate;
                                started.countDown();
                                open.await();
                                return Stage.end();
                            }))
                    .parallelism(THREADS)
                    .open();

    @AfterEach
    void close() {
        gate.countDown();
        pipelines.close();
    }

    @Test
    void requestsOfOneRun() throws Exception {
        try (var group = pipelines.group("").open()) {
            for (int round = 0; round < ROUNDS; round++) {
                for (int i = 0; i < 60; i++) {
                    group.inlet().learn(1, 1); // they were fast so far: one thread takes many
                }
                expect(THREADS - 1);
                group.submitAll(Collections.nCopies(THREADS - 1, 0));
                awaitAll("round " + round);
                for (int i = 0; i < THREADS - 1; i++) {
                    next(group);
                }
            }
        }
    }

    @Test
    void requestsOfManyGroups() throws Exception {
        List<Group<Integer, String>> groups = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            groups.add(pipelines.group("").open());
        }
        for (int round = 0; round < ROUNDS; round++) {
            expect(THREADS);
            for (Group<Integer, String> group : groups) {
                group.submit(0);
            }
            awaitAll("round " + round);
            for (Group<Integer, String> group : groups) {
                next(group);
            }
        }
        groups.forEach(Group::close);
    }

    private void expect(int requests) {
        gate = new CountDownLatch(1);
        started = new CountDownLatch(requests);
    }

    private void awaitAll(String when) throws InterruptedException {
        boolean all = started.await(10, TimeUnit.SECONDS);
        long waiting = started.getCount();
        gate.countDown();
        assertTrue(all, when + ": " + waiting + " wait while threads sleep");
    }
}
