package org.stagedpipe.testkit;

import org.stagedpipe.api.Outcome;
import org.stagedpipe.engine.Group;
import org.stagedpipe.engine.Pipelines;

import java.util.ArrayList;
import java.util.List;

/// A request group on a plugin under test. For one thread; closed by the test.
///
/// @param <D> the data of an item
/// @param <R> what the plugin made for the group
public final class TestGroup<D, R> implements AutoCloseable {

    private final Pipelines<D, R> pipelines;
    private final Group<D, R> group;
    private final AutoCloseable resources;
    private boolean closed;

    TestGroup(Pipelines<D, R> pipelines, R resources, AutoCloseable closeResources) {
        this.pipelines = pipelines;
        this.group = pipelines.group(resources).ordered().window(Integer.MAX_VALUE).open();
        this.resources = closeResources;
    }

    /// Runs one item through the stages and waits for its outcome.
    ///
    /// @throws InterruptedException if the thread is interrupted while it waits; the group is cancelled then
    public Outcome<D> run(D data) throws InterruptedException {
        return run(List.of(data)).getFirst();
    }

    /// Runs items through the stages, many at once, waits for all, and gives the outcomes in the order of the items.
    ///
    /// @throws InterruptedException if the thread is interrupted while it waits; the group is cancelled then
    public List<Outcome<D>> run(List<D> items) throws InterruptedException {
        try {
            return outcomes(items);
        } catch (InterruptedException e) {
            // the next run would be given the outcomes of this one
            group.cancel("a run was interrupted");
            throw e;
        }
    }

    private List<Outcome<D>> outcomes(List<D> items) throws InterruptedException {
        for (D data : items) {
            group.submit(data);
        }
        List<Outcome<D>> outcomes = new ArrayList<>(items.size());
        while (outcomes.size() < items.size()) {
            Outcome<D> outcome = group.take();
            if (outcome == null) {
                throw new IllegalStateException("group ended (expected: open)");
            }
            outcomes.add(outcome);
        }
        return outcomes;
    }

    /// What the plugin made for the group.
    public R resources() {
        return group.resources();
    }

    /// Cancels the group, as a client may: a stage sees it by `isCancelled()` and an interrupt. Nothing can be run after.
    public void cancel(String reason) {
        group.cancel(reason);
    }

    /// Ends the group and closes what the plugin made for it. Harmless if repeated.
    ///
    /// @throws Exception what closing the plugin's resources throws
    @Override
    public void close() throws Exception {
        if (closed) {
            return;
        }
        closed = true;
        group.close();
        pipelines.close();
        resources.close();
    }
}
