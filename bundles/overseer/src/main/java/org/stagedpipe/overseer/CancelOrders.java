package org.stagedpipe.overseer;

import com.google.protobuf.ByteString;

import org.stagedpipe.cluster.catalogue.Cancellation;
import org.stagedpipe.protocol.v1.GroupSummary;

import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// The groups that are to end, by id: whichever coordinator lists one of them is told. All of it is guarded by the lock of [Nodes].
///
/// An order ends when a coordinator that listed the group lists it no more, and for a lease no other has listed it. Where the
/// coordinator is lost instead, its client may go on with the group elsewhere, so the order is kept for an hour.
final class CancelOrders {

    static final Duration KEPT = Duration.ofHours(1);

    private final Map<ByteString, Order> byGroup = new LinkedHashMap<>();

    private static final class Order {

        private final Cancellation cancellation;
        private long listedNanos;
        private boolean ended;

        Order(Cancellation cancellation, long nowNanos) {
            this.cancellation = cancellation;
            this.listedNanos = nowNanos;
        }
    }

    /// In the place of one of before.
    void put(Cancellation cancellation, long nowNanos) {
        byGroup.put(ByteString.fromHex(cancellation.group()), new Order(cancellation, nowNanos));
    }

    /// Those that are still carried out, the oldest first.
    List<Cancellation> all() {
        return byGroup.values().stream().map(order -> order.cancellation).toList();
    }

    /// A coordinator's heartbeat lists these groups.
    ///
    /// @param before those that its heartbeat before listed
    void listed(Collection<GroupSummary> groups, Collection<GroupSummary> before, long nowNanos) {
        if (byGroup.isEmpty()) {
            return;
        }
        Set<ByteString> now = ids(groups);
        Set<ByteString> then = ids(before);
        byGroup.forEach((group, order) -> {
            if (now.contains(group)) {
                order.listedNanos = nowNanos;
                order.ended = false;
            } else if (then.contains(group)) {
                order.ended = true;
            }
        });
    }

    /// Those for a coordinator that lists these groups.
    List<Cancellation> among(Collection<GroupSummary> groups) {
        if (byGroup.isEmpty()) {
            return List.of();
        }
        Set<ByteString> listed = ids(groups);
        return byGroup.entrySet().stream()
                .filter(order -> listed.contains(order.getKey()))
                .map(order -> order.getValue().cancellation)
                .toList();
    }

    /// Ends those that are over. Call it several times in a lease.
    ///
    /// @param wallMs since 1970
    void expire(long nowNanos, long leaseNanos, long wallMs) {
        byGroup.values()
                .removeIf(order ->
                        order.ended && nowNanos - order.listedNanos > leaseNanos
                                || wallMs - order.cancellation.orderedMs() > KEPT.toMillis());
    }

    private static Set<ByteString> ids(Collection<GroupSummary> groups) {
        return groups.stream().map(GroupSummary::getGroup).collect(Collectors.toSet());
    }
}
