package org.stagedpipe.benchmarks.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Those who use the groups: for each one a submitter and a consumer, both virtual threads; for round trips one thread that
/// is both.
final class Clients {

    /// How they reach the groups.
    interface Port {

        void submit(int group, long number) throws InterruptedException;

        /// Submits so many with neighbouring numbers, by one call where there is one.
        default void submitRun(int group, long first, int count) throws InterruptedException {
            for (int i = 0; i < count; i++) {
                submit(group, first + i);
            }
        }

        /// Takes one result or more, adds up their values, and answers how many; waits for it.
        int take(int group, Sum sum) throws InterruptedException;
    }

    /// Items that a submitter has at hand together.
    private static final int PAGE = 256;

    /// A sum that grows.
    static final class Sum {
        long value;
    }

    private Clients() {}

    /// Brings so many items to the groups, in equal parts, and answers the sum of their values.
    static long run(Scenario scenario, int items, Port port)
            throws ExecutionException, InterruptedException {
        int share = items / scenario.groups();
        List<Future<Long>> clients = new ArrayList<>();
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < scenario.groups(); i++) {
                int group = i;
                if (scenario.isRoundTrip()) {
                    clients.add(executor.submit(() -> roundTrips(port, group, share)));
                } else {
                    clients.add(executor.submit(submitter(port, group, share)));
                    clients.add(executor.submit(() -> consume(port, group, share)));
                }
            }
            long sum = 0;
            for (Future<Long> client : clients) {
                sum += client.get();
            }
            return sum;
        }
    }

    private static long roundTrips(Port port, int group, int items) throws InterruptedException {
        Sum sum = new Sum();
        for (int i = 0; i < items; i++) {
            port.submit(group, i);
            port.take(group, sum);
        }
        return sum.value;
    }

    private static Callable<Long> submitter(Port port, int group, int items) {
        return () -> {
            for (int i = 0; i < items; i += PAGE) {
                port.submitRun(group, i, Math.min(PAGE, items - i));
            }
            return 0L;
        };
    }

    private static long consume(Port port, int group, int items) throws InterruptedException {
        Sum sum = new Sum();
        int taken = 0;
        while (taken < items) {
            taken += port.take(group, sum);
        }
        return sum.value;
    }
}
