package org.stagedpipe.engine;

import org.stagedpipe.api.Outcome;

import java.util.ArrayList;
import java.util.List;

/// A group whose outcomes are listed at the end; as many as were accepted, and the counts agree.
abstract class OneGroup implements Race.Round {

    final Group<Integer, String> group;

    /// How many outcomes are taken before.
    private final int taken;

    OneGroup(Group<Integer, String> group) {
        this(group, 0);
    }

    OneGroup(Group<Integer, String> group, int taken) {
        this.group = group;
        this.taken = taken;
    }

    final void submit(int spins) throws InterruptedException {
        try {
            group.submit(spins);
        } catch (GroupClosedException e) {
            // the other one was first
        }
    }

    @Override
    public String outcome() throws Exception {
        group.finish();
        List<String> names = new ArrayList<>();
        for (Outcome<Integer> outcome : group) {
            names.add(outcome.getClass().getSimpleName());
        }
        Counts counts = group.counts();
        return counts.accepted() == counts.delivered() && counts.accepted() == names.size() + taken
                ? names.toString()
                : "counts do not agree: " + counts + names;
    }
}
