package org.stagedpipe.benchmarks.engine;

import org.stagedpipe.api.StateMachine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;

/// A naive port of the original: one queue in and one out, both of capacity 1, one virtual thread for each request that
/// may be in progress, and one demultiplexer that hands each result to its group.
final class NaiveSide implements Side, Clients.Port {

    private final Scenario scenario;
    private final StateMachine<Item, Integer> machine;
    private final BlockingQueue<PlainRequest> in = new ArrayBlockingQueue<>(1);
    private final BlockingQueue<PlainRequest> out = new ArrayBlockingQueue<>(1);
    private final List<BlockingQueue<PlainRequest>> results = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();

    NaiveSide(Scenario scenario) {
        this.scenario = scenario;
        this.machine = scenario.work().machine(scenario.stages());
        for (int i = 0; i < scenario.groups(); i++) {
            results.add(new ArrayBlockingQueue<>(1));
        }
        for (int i = 0; i < scenario.concurrency(); i++) {
            threads.add(Thread.ofVirtual().name("naive-" + i).start(this::work));
        }
        threads.add(Thread.ofVirtual().name("naive-demultiplexer").start(this::demultiplex));
    }

    private void work() {
        try {
            while (true) {
                PlainRequest request = in.take();
                request.walk(machine);
                out.put(request);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the end
        }
    }

    private void demultiplex() {
        try {
            while (true) {
                PlainRequest request = out.take();
                results.get(request.groupNumber()).put(request);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the end
        }
    }

    @Override
    public long run(int items) throws ExecutionException, InterruptedException {
        return Clients.run(scenario, items, this);
    }

    @Override
    public void submit(int group, long number) throws InterruptedException {
        in.put(new PlainRequest(group, number, new Item(number)));
    }

    @Override
    public int take(int group, Clients.Sum sum) throws InterruptedException {
        sum.value += results.get(group).take().data().value;
        return 1;
    }

    @Override
    public void close() throws InterruptedException {
        for (Thread thread : threads) {
            thread.interrupt();
            thread.join();
        }
    }
}
