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
        private long listedNanos;

        Order(Cancellation cancellation, long nowNanos) {
            this.cancellation = cancellation;
            this.listedNanos = nowNanos;
        }
    }

    /// In the place of one of before.
    void put(Cancellation cancellation, long nowNanos) {
        ByteString group = ByteString.fromHex(cancellation.group());
        byGroup.remove(group); // so that it is the newest
        byGroup.put(group, new Order(cancellation, nowNanos));
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
    ///
    /// @param wallMs since 1970
    void expire(long nowNanos, long wallMs) {
        byGroup.values()
                .removeIf(order ->
                        nowNanos - order.listedNanos > UNLISTED.toNanos()
                                || isOld(order.cancellation, wallMs));
    }

    /// Ends those whose groups nobody has listed for a lease, where places are short.
    void endUnlisted(long nowNanos, long leaseNanos) {
        byGroup.values().removeIf(order -> nowNanos - order.listedNanos > leaseNanos);
    }

    /// Whether it has to end in any case.
    static boolean isOld(Cancellation cancellation, long wallMs) {
        return wallMs - cancellation.orderedMs() > KEPT.toMillis();
    }
}
