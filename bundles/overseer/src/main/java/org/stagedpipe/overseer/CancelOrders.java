package org.stagedpipe.overseer;

import com.google.protobuf.ByteString;

import org.stagedpipe.cluster.catalogue.Cancellation;
import org.stagedpipe.protocol.v1.GroupSummary;

import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// The groups that are to end, by id: whichever coordinator lists one of them is told. All of it is guarded by the lock of [Nodes].
///
/// An order ends when nobody has listed the group for five minutes. It is not enough that its coordinator lists it no more: where only the
/// client's stream has broken, the client comes back, perhaps to another one, and would go on.
final class CancelOrders {

    /// For as long as a client may take to notice that it has to go on elsewhere, and to do it.
    static final Duration UNLISTED = Duration.ofMinutes(5);

    /// At the latest then an order ends.
    static final Duration KEPT = Duration.ofHours(1);

    private final Map<ByteString, Order> byGroup = new LinkedHashMap<>();

    private static final class Order {

        private final Cancellation cancellation;
        private final long endNanos; // at the latest
        private long listedNanos;

        Order(Cancellation cancellation, long nowNanos, long endNanos) {
            this.cancellation = cancellation;
            this.listedNanos = nowNanos;
            this.endNanos = endNanos;
        }
    }

    /// In the place of one of before. The wall clock only says how old an order of a term before is; from then on it may jump.
    ///
    /// @param wallMs since 1970
    void put(Cancellation cancellation, long nowNanos, long wallMs) {
        long keptMs = KEPT.toMillis();
        long leftMs = Math.clamp(cancellation.orderedMs() + keptMs - wallMs, 0, keptMs);
        ByteString group = ByteString.fromHex(cancellation.group());
        byGroup.remove(group); // so that it is the newest
        long endNanos = nowNanos + Duration.ofMillis(leftMs).toNanos();
        byGroup.put(group, new Order(cancellation, nowNanos, endNanos));
    }

    /// Those that are still carried out, the oldest first.
    List<Cancellation> all() {
        return byGroup.values().stream().map(order -> order.cancellation).toList();
    }

    /// A coordinator's heartbeat lists these groups.
    void listed(Collection<GroupSummary> groups, long nowNanos) {
        if (byGroup.isEmpty()) {
            return;
        }
        for (GroupSummary group : groups) {
            Order order = byGroup.get(group.getGroup());
            if (order != null) {
                order.listedNanos = nowNanos;
            }
        }
    }

    /// Those for a coordinator that lists these groups.
    List<Cancellation> among(Collection<GroupSummary> groups) {
        if (byGroup.isEmpty()) {
            return List.of();
        }
        return groups.stream()
                .map(group -> byGroup.get(group.getGroup()))
                .filter(Objects::nonNull)
                .map(order -> order.cancellation)
                .toList();
    }

    /// Ends those that are over. Call it regularly.
    void expire(long nowNanos) {
        byGroup.values()
                .removeIf(order ->
                        nowNanos - order.listedNanos > UNLISTED.toNanos()
                                || nowNanos - order.endNanos > 0);
    }

    /// Ends those whose groups nobody has listed for a lease, where places are short.
    void endUnlisted(long nowNanos, long leaseNanos) {
        byGroup.values().removeIf(order -> nowNanos - order.listedNanos > leaseNanos);
    }

    /// Whether it has had its time, by a clock that may have jumped since.
    static boolean isOld(Cancellation cancellation, long wallMs) {
        return wallMs - cancellation.orderedMs() > KEPT.toMillis();
    }
}
