package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/// The changes that came last, by the request that their operators' programs chose, so that one whose connection broke finds its
/// own again, running or over. Safe for use by many threads.
final class Begun {

    private static final int MOST = 64;

    /// A program tries again within seconds; what a change ends with has all versions of its plugin, which is much to keep.
    private static final Duration KEPT = Duration.ofMinutes(1);

    private final LongSupplier nanos;

    // Guarded by this.
    private final Map<String, Conversation> latest = new LinkedHashMap<>();

    /// @param nanos as [System#nanoTime]
    Begun(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /// Notes one that is about to begin; of the same request only the first one counts.
    ///
    /// @param request empty if its program does not ask again
    /// @return the one to follow: it, or another one that is known already
    synchronized Conversation first(String request, Conversation change) {
        long forgottenNanos = nanos.getAsLong() - KEPT.toNanos();
        latest.values().removeIf(one -> one.isOverSince(forgottenNanos));
        Conversation known = find(request);
        if (known != null) {
            return known;
        }
        if (!request.isEmpty()) {
            latest.put(request, change);
        }
        if (latest.size() > MOST) {
            latest.remove(latest.keySet().iterator().next());
        }
        return change;
    }

    /// One to follow; null if it is not known, or has met what may be over by now: the store was away, say. Then who asks again is to
    /// begin it again.
    synchronized @Nullable Conversation find(String request) {
        Conversation known = latest.get(request);
        if (known != null && known.isLost()) {
            latest.remove(request);
            return null;
        }
        return known;
    }
}
