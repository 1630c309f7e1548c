package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/// How long one request may take, and whether it took longer; only for groups with deadlines.
///
/// The pipeline's thread says what it does and since when; the watch looks at it now and then.
final class Deadline {

    private final long itemNanos;
    private final long stageNanos;

    /// Guarded by publication: written before any of the other fields, by the pipeline's thread.
    private long began;

    /// 0 between two stages: what happens there is no stage's fault.
    private volatile long stageBegan;

    private volatile @Nullable String stage;
    private volatile boolean running;
    private volatile @Nullable Miss missed;

    /// That it is over.
    ///
    /// @param text what took too long
    /// @param stage it was in, null outside of any
    /// @param atNanos since when
    record Miss(String text, @Nullable String stage, long atNanos) {}

    /// No limit is 0.
    Deadline(long itemNanos, long stageNanos) {
        this.itemNanos = itemNanos;
        this.stageNanos = stageNanos;
    }

    void begin(long now) {
        began = now;
        surround(now);
        running = true;
    }

    /// What the host does around the stages has begun; it may take as long as a stage.
    void surround(long now) {
        stage = null;
        stageBegan = now | 1;
    }

    void enter(String name, long now) {
        stage = name;
        stageBegan = now | 1;
    }

    /// The stage, or the host, has returned; what it took is looked at for the last time.
    void leave(long now) {
        look(now);
        stageBegan = 0;
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
            String name = stage; // before its begin, which is never that of an earlier one then
            long since = stageBegan;
            if (itemNanos > 0 && now - began >= itemNanos) {
                missed =
                        new Miss(
                                "item ran longer than " + Duration.ofNanos(itemNanos),
                                stage(),
                                now);
            } else if (stageNanos > 0 && since != 0 && now - since >= stageNanos) {
                String what = name == null ? "what surrounds the stages" : "stage " + name;
                missed =
                        new Miss(
                                what + " ran longer than " + Duration.ofNanos(stageNanos),
                                name,
                                now);
            }
        }
        return missed != null;
    }

    /// Null until it is over.
    @Nullable Miss missed() {
        return missed;
    }

    /// The stage that it is in, null outside of any.
    @Nullable String stage() {
        return stageBegan == 0 ? null : stage;
    }

    /// For how many nanoseconds it is in its stage; between two stages since it began.
    long busyNanos(long now) {
        long since = stageBegan;
        return now - (since == 0 ? began : since);
    }
}
