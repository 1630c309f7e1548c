package org.stagedpipe.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/// A group's tasks.
final class SerialTest {

    @Test
    void runsOneTaskAtATimeInOrder() throws Exception {
        int tasks = 2_000;
        int senders = 4;
        int[] running = new int[senders]; // not safe for threads, on purpose
        int[] unordered = new int[1];
        CountDownLatch done = new CountDownLatch(tasks * senders);
        try (ExecutorService threads = Executors.newFixedThreadPool(4);
                ExecutorService callers = Executors.newFixedThreadPool(senders)) {
            Serial serial = new Serial(threads, () -> {}, e -> {});
            for (int s = 0; s < senders; s++) {
                int sender = s;
                callers.execute(() -> {
                    for (int i = 0; i < tasks; i++) {
                        int number = i;
                        serial.execute(() -> {
                            unordered[0] += running[sender]++ == number ? 0 : 1;
                            done.countDown();
                        });
                    }
                });
            }
            assertEquals(true, done.await(10, TimeUnit.SECONDS));
        }
        assertEquals(0, unordered[0]);
    }

    @Test
    void runsATaskThatATaskAddsAfterIt() {
        List<String> events = new ArrayList<>();
        Serial serial = new Serial(Runnable::run, () -> events.add("settled"), e -> {});
        serial.execute(() -> {
            serial.execute(() -> events.add("inner"));
            events.add("outer");
        });
        assertEquals(List.of("outer", "settled", "inner", "settled"), events);
    }

    @Test
    void tellsOfAnErrorAndGoesOn() {
        List<String> events = new ArrayList<>();
        Serial serial =
                new Serial(
                        Runnable::run, () -> {}, e -> events.add(String.valueOf(e.getMessage())));
        serial.execute(() -> {
            throw new OutOfMemoryError("direct");
        });
        serial.here(() -> events.add("next"));
        assertEquals(List.of("direct", "next"), events);
    }

    @Test
    void tellsOfABugAndGoesOn() {
        List<String> events = new ArrayList<>();
        Serial serial =
                new Serial(
                        Runnable::run, () -> {}, e -> events.add(String.valueOf(e.getMessage())));
        serial.execute(() -> {
            throw new IllegalStateException("bug");
        });
        serial.execute(() -> events.add("next"));
        assertEquals(List.of("bug", "next"), events);
    }
}
