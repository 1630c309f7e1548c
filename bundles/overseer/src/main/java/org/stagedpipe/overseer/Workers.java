package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.protocol.v1.PluginStatus;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// Brings plugins to the workers and waits for what they say; the coordinators the same for their views.
final class Workers {

    private final Nodes nodes;

    Workers(Nodes nodes) {
        this.nodes = nodes;
    }

    /// What workers are to hold from now on.
    ///
    /// @param plugins all of it
    /// @param added what of it is new
    /// @param percents of the workers that get it first, growing; the last batch are all
    record Push(Collection<PluginVersion> plugins, PluginVersion added, List<Integer> percents) {}

    /// Has all ready workers hold these plugins, batch by batch, and waits until each has the new one ready. Workers that go
    /// away meanwhile do not count; those that come get the new one with the last batch.
    ///
    /// @throws CallException if one of them cannot, or does not answer in time
    void push(Push push, Duration timeout, Steps steps) throws CallException, InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        int before = 0;
        for (int percent : push.percents()) {
            List<Node> all = readyWorkers();
            int size = (all.size() * percent + 99) / 100;
            if (size > before && size < all.size()) {
                List<Node> batch = all.subList(0, size);
                Set<String> names = batch.stream().map(Node::name).collect(Collectors.toSet());
                long revision = nodes.plan(Wire.of(push.plugins()), Wire.of(push.added()), names);
                await(batch, revision, new Wait(push.added(), deadline, timeout), steps);
                before = size;
            }
        }
        List<Node> all = readyWorkers();
        long revision = nodes.plan(Wire.of(push.plugins()));
        if (all.isEmpty()) {
            steps.step("push", "no worker is connected; those that come get " + push.added());
            return;
        }
        await(all, revision, new Wait(push.added(), deadline, timeout), steps);
    }

    private record Wait(PluginVersion added, long deadline, Duration timeout) {}

    private void await(List<Node> asked, long revision, Wait wait, Steps steps)
            throws CallException, InterruptedException {
        steps.step(
                "push",
                "to " + asked.size() + (asked.size() == 1 ? " worker" : " workers"),
                0,
                asked.size());
        List<Node> open = new ArrayList<>(asked);
        while (!open.isEmpty()) {
            Duration left = Duration.ofNanos(wait.deadline() - System.nanoTime());
            if (!nodes.await(left, () -> open.stream().anyMatch(node -> isDone(node, revision)))) {
                throw new CallException(
                        Kind.REFUSED,
                        "worker "
                                + open.getFirst().name()
                                + " did not answer within "
                                + wait.timeout().toMillis()
                                + " ms");
            }
            settle(open, revision, wait.added(), asked.size(), steps);
        }
    }

    /// Waits until all connected coordinators have the view of that revision; those that do not answer in time go on with
    /// the one they have.
    void awaitCoordinators(long revision, Duration timeout, Steps steps)
            throws InterruptedException {
        int total = nodes.with(() -> connected(Role.COORDINATOR).size());
        boolean all =
                nodes.await(
                        timeout,
                        () ->
                                connected(Role.COORDINATOR).stream()
                                        .allMatch(node -> node.appliedRevision() >= revision));
        int done =
                nodes.with(() ->
                        (int)
                                connected(Role.COORDINATOR).stream()
                                        .filter(node -> node.appliedRevision() >= revision)
                                        .count());
        String text =
                all ? "coordinators know" : "a coordinator did not answer; it learns when it does";
        steps.step(
                "route",
                total == 0 ? "no coordinator is connected" : text,
                done,
                Math.max(done, total));
    }

    private void settle(List<Node> open, long revision, PluginVersion added, int total, Steps steps)
            throws CallException {
        for (Node node : List.copyOf(open)) {
            String failure = null;
            boolean here;
            synchronized (nodes) {
                here = nodes.isMember(node);
                if (here && node.appliedRevision() < revision) {
                    continue;
                }
                failure = here ? failure(node, added) : null;
            }
            if (failure != null) {
                throw new CallException(Kind.REFUSED, "worker " + node.name() + ": " + failure);
            }
            open.remove(node);
            steps.step(
                    "push",
                    node.name() + (here ? ": ready" : ": went away"),
                    total - open.size(),
                    total);
        }
    }

    private boolean isDone(Node node, long revision) {
        return !nodes.isMember(node) || node.appliedRevision() >= revision;
    }

    private static @Nullable String failure(Node node, PluginVersion added) {
        PluginStatus status = node.acknowledged(Wire.of(added));
        if (status == null) {
            return "says nothing about " + added;
        }
        return status.getState() == PluginStatus.State.READY
                ? null
                : added + " is " + status.getState() + ": " + status.getText();
    }

    /// Those that are waited for: one that is cordoned, perhaps because it is ill, holds up a change only if there is no other.
    private List<Node> readyWorkers() {
        return nodes.with(() -> {
            List<Node> all = connected(Role.WORKER).stream().filter(Node::hasApplied).toList();
            List<Node> ready = all.stream().filter(Node::isReady).toList();
            return ready.isEmpty() ? all : ready;
        });
    }

    private List<Node> connected(Role role) {
        return nodes.all(role).stream().filter(Node::isConnected).toList();
    }
}
