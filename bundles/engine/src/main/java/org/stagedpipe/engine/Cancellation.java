package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Fault;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// What of a group was cancelled, and why. A group without one has nothing cancelled: one look on the hot path.
final class Cancellation {

    /// Why, and when.
    private record Note(String reason, long atNanos) {}

    /// Those that have not ended; a later attempt is another request.
    private final Map<EngineRequest<?, ?>, Note> requests = new ConcurrentHashMap<>();

    /// Whether there was ever one, set before.
    private volatile boolean hasRequests;

    private volatile Fault.@Nullable Kind groupKind;
    private volatile @Nullable Note group;
    private volatile @Nullable String withdrawal;

    /// Cancels the whole group; the first reason stays.
    synchronized void group(Fault.Kind kind, String reason) {
        if (group == null) {
            groupKind = kind;
            group = new Note(reason, System.nanoTime());
        }
    }

    /// Cancels what no stage has seen yet; the first reason stays.
    synchronized void withdraw(String reason) {
        if (withdrawal == null) {
            withdrawal = reason;
        }
    }

    /// Cancels a request; the first reason stays.
    void request(EngineRequest<?, ?> request, String reason) {
        hasRequests = true;
        requests.putIfAbsent(request, new Note(reason, System.nanoTime()));
    }

    /// It has ended, and has its fault.
    void forget(EngineRequest<?, ?> request) {
        if (hasRequests) {
            requests.remove(request);
        }
    }

    /// How many requests that have not ended are cancelled one by one.
    int requests() {
        return requests.size();
    }

    boolean isGroup() {
        return group != null;
    }

    /// Why that request was cancelled, or null if it was not.
    @Nullable String reason(EngineRequest<?, ?> request) {
        Note note = note(request);
        return note == null ? null : note.reason();
    }

    /// For how many nanoseconds that request has been cancelled, 0 if it is not.
    long nanos(EngineRequest<?, ?> request, long now) {
        Note note = note(request);
        return note == null ? 0 : now - note.atNanos();
    }

    private @Nullable Note note(EngineRequest<?, ?> request) {
        Note note = group;
        return note != null || !hasRequests ? note : requests.get(request);
    }

    /// The fault of a request that comes to that stage, or is before the first one; null if it may go on.
    @Nullable Fault fault(EngineRequest<?, ?> request, @Nullable String stage) {
        String reason = reason(request);
        if (reason != null) {
            Fault.Kind kind = groupKind;
            return new Fault(
                    kind == null ? Fault.Kind.CANCELLED : kind,
                    stage,
                    request.attempt(),
                    reason,
                    false);
        }
        String withdrawn = stage == null ? withdrawal : null;
        return withdrawn == null
                ? null
                : new Fault(Fault.Kind.CANCELLED, null, request.attempt(), withdrawn, true);
    }

    /// Why the group was cancelled, or null if it was not.
    @Nullable String reason() {
        Note note = group;
        return note == null ? null : note.reason();
    }
}
