package org.stagedpipe.overseer;

import java.time.Duration;
import java.util.Set;
import java.util.function.Predicate;

/// The time in which those who were members before this overseer led may come to it. All of it is guarded by the lock of [Nodes].
///
/// It is over for the workers that are known from before when all of them are back, or after a lease. What concerns every node, such as
/// what nobody uses any more, waits for two leases.
final class Grace {

    private final long leaseNanos;
    private final Set<String> awaited; // workers known from before
    private long openedNanos; // later by the time of pauses
    private boolean settled;

    /// @param known workers that were members before
    Grace(Set<String> known, Duration lease, long nowNanos) {
        this.leaseNanos = lease.toNanos();
        this.awaited = Set.copyOf(known);
        this.openedNanos = nowNanos;
        this.settled = known.isEmpty();
    }

    /// This process stood still for so long: those who are still to come had no time either.
    void prolong(long nanos) {
        openedNanos += nanos;
    }

    /// Looks whether all known workers are back.
    void settle(Predicate<String> isBack) {
        settled = settled || awaited.stream().allMatch(isBack);
    }

    /// Looks at the time.
    ///
    /// @return whether it has just ended without some of the known workers
    boolean expire(long nowNanos) {
        boolean isOver = !settled && nowNanos - openedNanos > leaseNanos;
        settled |= isOver;
        return isOver;
    }

    /// Whether the known workers are back, or not waited for any more.
    boolean isSettled() {
        return settled;
    }

    /// The names of the known workers.
    Set<String> awaited() {
        return awaited;
    }

    /// How long others may still come, 0 at least.
    Duration left(long nowNanos) {
        return Duration.ofNanos(Math.max(0, openedNanos + 2 * leaseNanos - nowNanos));
    }

    /// Whether whoever was a member before is here, or none any more.
    boolean isOver(long nowNanos) {
        return left(nowNanos).isZero();
    }

    /// Why something that needs all of them is refused before.
    String text() {
        return "nodes may still be on their way to this overseer (expected: two leases, "
                + Duration.ofNanos(2 * leaseNanos).toMillis()
                + " ms, for them to come; try again)";
    }
}
