package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Fault;

import java.time.Duration;

/// How long one request may take, and whether it took longer; only for groups with deadlines.
///
/// The pipeline's thread says what it does and since when; the watch looks at it now and then.
final class Deadline {

    private final long itemNanos;
    private final long stageNanos;

    /// Guarded by publication: written before any of the other fields, by the pipeline's thread.
    private long began;

    private long stageBegan;
    private volatile @Nullable String stage;
    private volatile boolean running;
    private volatile @Nullable String missed;
    private volatile long missedAt;

    /// The fault of a request whose thread did not come back; written before the request is abandoned.
    private @Nullable Fault late;

    /// No limit is 0.
    Deadline(long itemNanos, long stageNanos) {
        this.itemNanos = itemNanos;
        this.stageNanos = stageNanos;
    }

    void begin(long now) {
        began = now;
        stageBegan = now;
        running = true;
    }

    void enter(String name, long now) {
        stageBegan = now;
        stage = name;
    }

    /// Time left for the item, null without a limit.
    @Nullable Duration remaining(long now) {
        if (itemNanos == 0) {
            return null;
        }
        return Duration.ofNanos(running ? Math.max(0, itemNanos - (now - began)) : itemNanos);
    }

    /// Notes if it is over now. Whether it is over, now or before.
    boolean look(long now) {
        if (missed == null && running) {
            String name = stage; // its begin is visible with it
            if (itemNanos > 0 && now - began >= itemNanos) {
                miss("item ran longer than " + Duration.ofNanos(itemNanos), now);
            } else if (stageNanos > 0 && now - stageBegan >= stageNanos) {
                String what = name == null ? "what precedes the stages" : "stage " + name;
                miss(what + " ran longer than " + Duration.ofNanos(stageNanos), now);
            }
        }
        return missed != null;
    }

    private void miss(String text, long now) {
        missedAt = now;
        missed = text;
    }

    /// What took too long, or null.
    @Nullable String missed() {
        return missed;
    }

    /// Since when it is over.
    long missedAt() {
        return missedAt;
    }

    @Nullable String stage() {
        return stage;
    }

    long stageBegan() {
        return stageBegan;
    }

    void late(Fault fault) {
        late = fault;
    }

    @Nullable Fault late() {
        return late;
    }
}
