package org.stagedpipe.benchmarks.engine;

import org.stagedpipe.api.StateMachine;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// The least that any engine does which has a submitter, a pipeline and a consumer: three virtual threads hand pages of
/// requests on, a window of them at once. No page is touched by two of them at the same time, there is one lock a page, and
/// no group, fairness, cancel, order or count. What it costs beside the loop is the price of the hand-off itself.
final class HandoffSide implements Side {

    private static final int PAGE = 256;
    private static final PlainRequest[] END = {};

    private final StateMachine<Item, Integer> machine;
    private final int pages;

    HandoffSide(Scenario scenario) {
        this.machine = scenario.work().machine(scenario.stages());
        this.pages = Math.max(1, scenario.window() / PAGE);
    }

    @Override
    public long run(int items) throws ExecutionException, InterruptedException {
        BlockingQueue<PlainRequest[]> submitted = new ArrayBlockingQueue<>(pages);
        BlockingQueue<PlainRequest[]> finished = new ArrayBlockingQueue<>(pages);
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> submitter = executor.submit(() -> submit(items, submitted));
            Future<?> pipeline = executor.submit(() -> work(submitted, finished));
            Future<Long> consumer = executor.submit(() -> consume(finished));
            submitter.get();
            pipeline.get();
            return consumer.get();
        }
    }

    private static Object submit(int items, BlockingQueue<PlainRequest[]> to)
            throws InterruptedException {
        for (int first = 0; first < items; first += PAGE) {
            PlainRequest[] page = new PlainRequest[Math.min(PAGE, items - first)];
            for (int i = 0; i < page.length; i++) {
                page[i] = new PlainRequest(0, first + i, new Item(first + i));
            }
            to.put(page);
        }
        to.put(END);
        return "submitted";
    }

    private Object work(BlockingQueue<PlainRequest[]> from, BlockingQueue<PlainRequest[]> to)
            throws InterruptedException {
        PlainRequest[] page;
        do {
            page = from.take();
            for (PlainRequest request : page) {
                request.walk(machine);
            }
            to.put(page);
        } while (page.length > 0);
        return "worked";
    }

    private static long consume(BlockingQueue<PlainRequest[]> from) throws InterruptedException {
        long sum = 0;
        for (PlainRequest[] page = from.take(); page.length > 0; page = from.take()) {
            for (PlainRequest request : page) {
                sum += request.data().value;
            }
        }
        return sum;
    }

    @Override
    public void close() {
        // each run ends its threads
    }
}
