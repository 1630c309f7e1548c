package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Fault;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// What of a group was cancelled, and why. A group without one has nothing cancelled: one look on the hot path.
final class Cancellation {

    private final Map<Long, String> requests = new ConcurrentHashMap<>();
    private volatile Fault.@Nullable Kind groupKind;
    private volatile @Nullable String group;

    /// Cancels the whole group; the first reason stays.
    synchronized void group(Fault.Kind kind, String reason) {
        if (group == null) {
            groupKind = kind;
            group = reason;
        }
    }

    void request(long sequence, String reason) {
        requests.putIfAbsent(sequence, reason);
    }

    void forget(long sequence) {
        requests.remove(sequence);
    }

    boolean isGroup() {
        return group != null;
    }

    /// Why that request was cancelled, or null if it was not.
    @Nullable String reason(long sequence) {
        String reason = group;
        return reason != null ? reason : requests.get(sequence);
    }

    /// The fault of a request that was cancelled before or in that stage.
    Fault fault(long sequence, @Nullable String stage, int attempt) {
        Fault.Kind kind = groupKind;
        String reason = reason(sequence);
        return new Fault(
                kind == null ? Fault.Kind.CANCELLED : kind,
                stage,
                attempt,
                reason == null ? "cancelled" : reason,
                false);
    }

    /// Why the group was cancelled, or null if it was not.
    @Nullable String reason() {
        return group;
    }
}
