package org.stagedpipe.overseer;

import org.stagedpipe.protocol.v1.Role;

import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/// Whether all members have come and said what they use: who leads anew knows neither before. All of it is guarded by the lock of [Nodes].
final class RollCall {

    private static final int MAX_PAUSES = 5;

    private final Nodes nodes;
    private final Roster roster;
    private final Grace grace;
    private final Duration lease;
    private final LongSupplier nanos;

    /// @param nanos monotonic
    RollCall(Nodes nodes, Roster roster, Grace grace, Duration lease, LongSupplier nanos) {
        this.nodes = nodes;
        this.roster = roster;
        this.grace = grace;
        this.lease = lease;
        this.nanos = nanos;
    }

    /// Whether whoever was a member before this overseer led has had two leases to come.
    boolean haveAllCome() {
        return grace.isOver(nanos.getAsLong());
    }

    /// The names of the workers, and of those that are still waited for.
    Set<String> workerNames() {
        Set<String> names =
                roster.all(Role.WORKER)
                        .map(Node::name)
                        .collect(Collectors.toCollection(TreeSet::new));
        if (!grace.isSettled()) {
            names.addAll(grace.awaited());
        }
        return names;
    }

    /// Waits until all have come, and each member has sent a heartbeat, which says what it uses; for at most a lease longer, and anew if this
    /// process was paused meanwhile, five times at most.
    ///
    /// @param closed whether nobody waits any more
    /// @return who is missing, for a person; empty if nobody is
    String await(BooleanSupplier closed) throws InterruptedException {
        boolean all;
        int pauses = 0; // of this process, after which they have longer
        do {
            all =
                    nodes.await(
                            lease.plus(grace.left(nanos.getAsLong())),
                            () -> haveAllCome() && roster.unheard().isEmpty());
        } while (!all && !closed.getAsBoolean() && !isOneSilent() && ++pauses < MAX_PAUSES);
        if (all) {
            return "";
        }
        return roster.unheard().isEmpty()
                ? grace.text()
                : String.join(", ", roster.unheard())
                        + ": has not said yet what it uses (expected: a heartbeat of each node; try"
                        + " again)";
    }

    private boolean isOneSilent() {
        return haveAllCome() && !roster.unheard().isEmpty();
    }
}
