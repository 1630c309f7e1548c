package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.catalogue.CanaryPolicy;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.protocol.v1.PluginStatus;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Brings plugins to the workers and waits for what they say; the coordinators the same for their views.
final class Workers {

    private final Nodes nodes;

    Workers(Nodes nodes) {
        this.nodes = nodes;
    }

    /// Has workers hold what is pushed.
    @FunctionalInterface
    interface Plan {

        /// @return the plan's revision
        /// @throws CallException REFUSED if it is too large
        long tell() throws CallException;
    }

    /// Has those workers that are ready, of those that it is for, hold a version, and waits until each has it ready. Workers that
    /// leave meanwhile do not count, unless nobody stays who has it ready; those that come are not waited for. A rollback
    /// goes on with the first that has it ready, and without those that go away, cannot make it ready or do not answer: perhaps
    /// it is the version to be left that keeps them from it.
    ///
    /// @param then what it goes on with, before it waits for the others
    /// @throws CallException REFUSED if one of them (for a rollback: each that stays) cannot, ends without leaving, is lost,
    ///     does not answer in time, or the push was given up; UNREACHABLE if this overseer does not lead any more
    void push(Push push, Plan plan, Duration timeout, Steps steps, Rollout.Then then)
            throws CallException, InterruptedException, StoreException {
        Wait wait = new Wait(push, System.nanoTime() + timeout.toNanos(), timeout);
        List<Node> all = push.isRollback() ? ready() : readyOrJoining();
        List<Node> asked = all.stream().filter(node -> push.isTo(node.name())).toList();
        long revision = plan.tell();
        if (asked.isEmpty() && push.workers().isEmpty()) {
            steps.step("push", "no worker is connected; those that come get " + push.version());
            then.run();
            return;
        }
        await(asked, revision, wait, steps, then);
    }

    /// The names of the workers that are to have a version in that step of its canary: those that had it in the step before, and
    /// the first of the others that are ready now. None if no worker is ready.
    ///
    /// Those that are away keep their places: one that the version has killed comes back to it, and no other takes its place.
    ///
    /// @param gone of those of the step before: they have no place any more, and get it only if they come back
    List<String> having(CanaryPolicy canary, int step, List<String> before, List<String> gone) {
        Set<String> placed = new TreeSet<>(before);
        gone.forEach(placed::remove);
        Set<String> all = new TreeSet<>(placed);
        ready().forEach(node -> all.add(node.name()));
        int more = canary.workers(step, all.size()) - placed.size();
        Set<String> names = new TreeSet<>(before);
        all.stream()
                .filter(name -> !names.contains(name))
                .limit(Math.max(0, more))
                .toList()
                .forEach(names::add);
        return List.copyOf(names);
    }

    private record Wait(Push push, long deadline, Duration timeout) {

        PluginVersion added() {
            return Wire.of(push.version());
        }
    }

    private void await(List<Node> asked, long revision, Wait wait, Steps steps, Rollout.Then then)
            throws CallException, InterruptedException, StoreException {
        steps.step(
                "push",
                "to " + asked.size() + (asked.size() == 1 ? " worker" : " workers"),
                0,
                asked.size());
        List<Node> open = new ArrayList<>(asked);
        List<String> failures = new ArrayList<>(); // that a rollback goes on with
        int ready = 0;
        boolean goesOn = false;
        PluginVersion added = wait.added();
        while (!open.isEmpty()) {
            Duration left = Duration.ofNanos(wait.deadline() - System.nanoTime());
            boolean inTime =
                    nodes.await(
                            left,
                            () ->
                                    wait.push().givenUp() != null
                                            || open.stream()
                                                    .anyMatch(
                                                            node -> isDone(node, revision, added)));
            refuseIfGivenUp(wait.push());
            if (!inTime) {
                String silent = " did not answer within " + wait.timeout().toMillis() + " ms";
                try {
                    nodes.refuseIfClosed(); // that ends the wait before its time
                } catch (CallException e) {
                    if (!goesOn) {
                        throw e;
                    }
                    silent = " has not answered: " + e.getMessage(); // the change is through
                }
                for (Node node : open) {
                    failures.add(failed(wait.push(), "worker " + node.name() + silent, steps));
                }
                break;
            }
            ready += settle(open, revision, wait.push(), asked.size(), failures, steps);
            if (wait.push().isRollback() && ready > 0 && !goesOn) {
                goesOn = true;
                then.run();
            }
        }
        if (ready == 0 && !isAnywhere(wait.push(), revision)) {
            refuseIfNoneIsReady(wait.push(), failures);
        }
        if (!goesOn) {
            then.run();
        }
    }

    /// Whether a worker has it ready, maybe one that ended and is back as another process.
    private boolean isAnywhere(Push push, long revision) {
        PluginVersion added = Wire.of(push.version());
        return nodes.with(() ->
                connected(Role.WORKER).stream()
                        .anyMatch(node ->
                                isDone(node, revision, added)
                                        && failure(node, revision, push) == null));
    }

    /// @param failures of those that stay
    private static void refuseIfNoneIsReady(Push push, List<String> failures) throws CallException {
        if (!failures.isEmpty()) {
            throw new CallException(Kind.REFUSED, failures.getFirst());
        }
        if (!push.isRollback()) { // perhaps it is what makes them leave
            throw new CallException(
                    Kind.REFUSED,
                    "every worker that was to make "
                            + push.version()
                            + " ready has left (expected: at least one that has it ready; try"
                            + " again)");
        }
    }

    /// @return the failure, of a worker that a rollback goes on without
    private static String failed(Push push, String failure, Steps steps) throws CallException {
        refuseIfGivenUp(push); // it says nothing about what it is not to hold any more
        if (!push.isRollback()) {
            throw new CallException(Kind.REFUSED, failure);
        }
        steps.step("push", failure + "; not waited for");
        return failure;
    }

    private static void refuseIfGivenUp(Push push) throws CallException {
        String why = push.givenUp();
        if (why != null) {
            throw new CallException(
                    Kind.REFUSED, "the rollout of " + push.version() + " was given up: " + why);
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

    /// @param failures gets those that a rollback goes on with
    /// @return how many of those that were still open are ready
    private int settle(
            List<Node> open,
            long revision,
            Push push,
            int total,
            List<String> failures,
            Steps steps)
            throws CallException {
        PluginVersion added = Wire.of(push.version());
        int ready = 0;
        for (Node node : List.copyOf(open)) {
            String failure;
            boolean here;
            synchronized (nodes) {
                if (!isDone(node, revision, added)) {
                    continue;
                }
                here = nodes.isMember(node);
                failure = here ? failure(node, revision, push) : end(node, push);
            }
            open.remove(node);
            if (failure != null) {
                failures.add(failed(push, "worker " + node.name() + ": " + failure, steps));
                continue;
            }
            ready += here ? 1 : 0;
            steps.step(
                    "push",
                    node.name() + (here ? ": ready" : ": went away"),
                    total - open.size(),
                    total);
        }
        return ready;
    }

    /// What is wrong with a worker's end, null if nothing. One that was killed may have been killed by the version.
    private static @Nullable String end(Node node, Push push) {
        return node.isLeaving() || push.isRollback()
                ? null
                : "ended without leaving, or was lost, while it made "
                        + push.version()
                        + " ready (expected: ready; if it was by chance, "
                        + others(push.beside(node.name()))
                        + "try again)";
    }

    /// Each of those that were on their way may have killed it.
    private static String others(List<String> beside) {
        if (beside.isEmpty()) {
            return "";
        }
        return "or by "
                + String.join(" or ", beside)
                + (beside.size() == 1
                        ? ", which was on its way too, "
                        : ", which were on their way too, ");
    }

    /// A heartbeat that says that it is ready, or has failed, counts as well as an acknowledgement, which a worker gives only for all
    /// of a plan: another plugin that hangs there is no reason to wait.
    private boolean isDone(Node node, long revision, PluginVersion added) {
        return !nodes.isMember(node)
                || node.appliedRevision() >= revision
                || node.ended(added, revision) != null;
    }

    private static @Nullable String failure(Node node, long revision, Push push) {
        PluginVersion added = Wire.of(push.version());
        PluginStatus ended = node.ended(added, revision);
        PluginStatus status = ended == null ? node.acknowledged(added) : ended;
        if (status == null) {
            return "says nothing about " + push.version();
        }
        return status.getState() == PluginStatus.State.READY
                ? null
                : push.version() + " is " + status.getState() + ": " + status.getText();
    }

    /// Those that would make a version ready, by name, and are waited for: one that is cordoned, perhaps because it is ill, holds
    /// up a change only if there is no other.
    List<Node> ready() {
        return nodes.with(() -> {
            List<Node> all = connected(Role.WORKER).stream().filter(Node::hasApplied).toList();
            List<Node> ready = all.stream().filter(Node::isReady).toList();
            return ready.isEmpty() ? all : ready;
        });
    }

    /// The same, or where there are none those that have only come and are still to make their first plan ready: a version that
    /// nobody has tried would go to all new groups.
    private List<Node> readyOrJoining() {
        return nodes.with(() -> {
            List<Node> ready = ready();
            return ready.isEmpty()
                    ? connected(Role.WORKER).stream().filter(node -> !node.isLeaving()).toList()
                    : ready;
        });
    }

    /// Whether there is one that would make a version ready.
    boolean hasAny() {
        return !readyOrJoining().isEmpty();
    }

    private List<Node> connected(Role role) {
        return nodes.all(role).stream().filter(Node::isConnected).toList();
    }
}
