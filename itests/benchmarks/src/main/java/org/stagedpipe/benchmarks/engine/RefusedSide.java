package org.stagedpipe.benchmarks.engine;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.engine.AttachedRequest;
import org.stagedpipe.engine.Group;
import org.stagedpipe.engine.Pipelines;

/// The engine with a group that is full: an offer makes an item and its request and puts them nowhere. What that allocates
/// is the bound for what a request may allocate on its whole way.
final class RefusedSide implements Side {

    private final Pipelines<Item, Integer> pipelines;
    private final Group<Item, Integer> group;

    /// The request that was made last: one that nobody sees is one that the compiler need not make.
    private volatile @Nullable AttachedRequest<Item, Integer> seen;

    RefusedSide(Scenario scenario) {
        pipelines = Pipelines.of(scenario.work().machine(scenario.stages())).open();
        group = pipelines.group(0).window(1).windowBytes(1, this::see).open();
        group.offer(new Item(0));
    }

    private int see(AttachedRequest<Item, Integer> request) {
        seen = request;
        return 1;
    }

    @Override
    public long run(int items) {
        long refused = 0;
        for (int i = 0; i < items; i++) {
            if (group.offer(new Item(i)) == Group.FULL) {
                refused++;
            }
        }
        if (refused != items || seen == null) {
            throw new IllegalStateException("refused: " + refused + " (expected: " + items + ")");
        }
        return refused;
    }

    @Override
    public void close() {
        group.close();
        pipelines.close();
    }
}
