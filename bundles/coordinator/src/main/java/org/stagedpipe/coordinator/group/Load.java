package org.stagedpipe.coordinator.group;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/// How busy a worker is for one group: what all groups of this node have there, times how long an item of this group takes there
/// lately, its waiting included. One thread at a time, but for the sum of all groups.
///
/// A time is worth half as much each few seconds: who was slow once is tried again, and with that seen again.
final class Load {

    private static final long BYTES_AN_ITEM = 1_024;
    private static final long HALF_LIFE_NANOS = TimeUnit.SECONDS.toNanos(4);

    private final AtomicLong worker; // of all groups: bytes, and an allowance for each item
    private final LongSupplier nanoTime;
    private int items;
    private long bytes;
    private boolean isOver;
    private double nanosPerItem; // 0: not known
    private long seenNanos;

    /// @param worker what all groups of this node have on it: bytes, and an allowance for each item
    /// @param nanoTime a clock, ns
    Load(AtomicLong worker, LongSupplier nanoTime) {
        this.worker = worker;
        this.nanoTime = nanoTime;
    }

    /// The group's items that it has.
    int items() {
        return items;
    }

    /// It has so many more; less if negative.
    void add(int moreItems, long moreBytes) {
        items += moreItems;
        bytes += moreBytes;
        if (!isOver) {
            worker.addAndGet(moreBytes + moreItems * BYTES_AN_ITEM);
        }
    }

    /// It had that many items for that long.
    void took(int count, long nanos) {
        double each = (double) nanos / count;
        double before = nanosPerItem();
        nanosPerItem = before == 0 ? each : (3 * before + each) / 4;
        seenNanos = nanoTime.getAsLong();
    }

    /// What it took is no sign of what it will take.
    void forgetTimes() {
        nanosPerItem = 0;
    }

    /// The group has nothing there any more.
    void end() {
        add(-items, -bytes);
        isOver = true;
    }

    /// Whether it is less busy than another one: by the times too, where both are known.
    boolean isLessThan(Load other) {
        double own = nanosPerItem();
        double others = other.nanosPerItem();
        if (own == 0 || others == 0) {
            return worker.get() < other.worker.get();
        }
        return (worker.get() + BYTES_AN_ITEM) * own < (other.worker.get() + BYTES_AN_ITEM) * others;
    }

    private double nanosPerItem() {
        if (nanosPerItem == 0) {
            return 0; // and nothing was seen at any time
        }
        double halves = (double) (nanoTime.getAsLong() - seenNanos) / HALF_LIFE_NANOS;
        double now = nanosPerItem * Math.pow(0.5, halves);
        return now < 1 ? 0 : now;
    }
}
