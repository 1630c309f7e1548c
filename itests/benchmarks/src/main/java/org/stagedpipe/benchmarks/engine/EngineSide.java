package org.stagedpipe.benchmarks.engine;

import org.stagedpipe.engine.AttachedRequest;
import org.stagedpipe.engine.Group;
import org.stagedpipe.engine.GroupBuilder;
import org.stagedpipe.engine.Pipelines;
import org.stagedpipe.engine.PipelinesBuilder;
import org.stagedpipe.engine.Threads;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;

/// The engine.
final class EngineSide implements Side, Clients.Port {

    private final Scenario scenario;
    private final boolean runs;
    private final Pipelines<Item, Integer> pipelines;
    private final List<Group<Item, Integer>> groups = new ArrayList<>();

    /// @param runs whether a page of items is submitted by one call
    EngineSide(Scenario scenario, boolean runs) {
        this.scenario = scenario;
        this.runs = runs;
        this.pipelines = pipelines(scenario).open();
        int opened =
                scenario.groups()
                        + (scenario.variant() == Scenario.Variant.IDLE ? Scenario.IDLE_GROUPS : 0);
        for (int i = 0; i < opened; i++) {
            groups.add(group(i).open());
        }
        if (scenario.variant() == Scenario.Variant.UNREAD) {
            groups.add(fullGroup());
        }
    }

    private static PipelinesBuilder<Item, Integer> pipelines(Scenario scenario) {
        PipelinesBuilder<Item, Integer> builder =
                Pipelines.of(scenario.work().machine(scenario.stages()))
                        .parallelism(scenario.parallelism());
        return switch (scenario.variant()) {
            case UNORDERED, ORDERED, UNKEYED, IDLE, UNREAD -> builder;
            case KEYED -> builder.keyed(request -> keyOf(request.data()), "stage-1");
            case ACYCLIC -> builder.acyclic();
            case PLATFORM -> builder.threads(Threads.PLATFORM);
        };
    }

    private static Long keyOf(Item item) {
        return ((KeyedItem) item).key;
    }

    private Group<Item, Integer> fullGroup() {
        Group<Item, Integer> group = group(scenario.groups()).open();
        while (group.offer(new Item(0)) != Group.FULL) {}
        return group;
    }

    private GroupBuilder<Item, Integer> group(int number) {
        GroupBuilder<Item, Integer> builder = pipelines.group(number).window(scenario.window());
        return scenario.variant() == Scenario.Variant.ORDERED ? builder.ordered() : builder;
    }

    @Override
    public long run(int items) throws ExecutionException, InterruptedException {
        return Clients.run(scenario, items, this);
    }

    @Override
    public void submit(int group, long number) throws InterruptedException {
        groups.get(group).submit(scenario.item(number));
    }

    @Override
    public void submitRun(int group, long first, int count) throws InterruptedException {
        if (!runs) {
            Clients.Port.super.submitRun(group, first, count);
            return;
        }
        Item[] page = new Item[count];
        for (int i = 0; i < count; i++) {
            page[i] = scenario.item(first + i);
        }
        groups.get(group).submitAll(Arrays.asList(page));
    }

    @Override
    public int take(int group, Clients.Sum sum) throws InterruptedException {
        return groups.get(group).drainOrWait(request -> add(request, sum), 256);
    }

    private static void add(AttachedRequest<Item, Integer> request, Clients.Sum sum) {
        if (request.fault() != null) {
            throw new IllegalStateException(request.fault().toString());
        }
        sum.value += request.data().value;
    }

    @Override
    public void close() {
        groups.forEach(Group::close);
        pipelines.close();
    }
}
