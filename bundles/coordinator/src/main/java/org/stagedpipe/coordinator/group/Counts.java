package org.stagedpipe.coordinator.group;

import org.stagedpipe.protocol.v1.GroupClosed;
import org.stagedpipe.protocol.v1.GroupSummary;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.VersionOutcomes;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/// How many items a group accepted, and how those ended that have ended. Written by the group, read by any thread.
final class Counts {

    private static final long NANOS_A_US = 1_000;

    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong ok = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicLong aborted = new AtomicLong();
    private final AtomicLong timedItems = new AtomicLong();
    private final AtomicLong timedUs = new AtomicLong();
    private final Buckets buckets = new Buckets();
    private final LongAdder nodeOutcomes;

    /// @param nodeOutcomes counts the outcomes of all groups
    Counts(LongAdder nodeOutcomes) {
        this.nodeOutcomes = nodeOutcomes;
    }

    void accepted(int items) {
        add(accepted, items);
    }

    void ok(int items) {
        add(ok, items);
        nodeOutcomes.add(items);
    }

    void fault(boolean isAborted) {
        add(isAborted ? aborted : failed, 1);
        nodeOutcomes.increment();
    }

    /// The worker that held these items has answered all of them.
    void timed(int items, long nanos) {
        add(timedItems, items);
        add(timedUs, items * (nanos / NANOS_A_US));
        buckets.add(nanos / NANOS_A_US, items);
    }

    /// Accepted and without an outcome.
    long open() {
        long ended = ok.get() + failed.get() + aborted.get(); // first: these were accepted before
        return accepted.get() - ended;
    }

    GroupClosed closed() {
        return GroupClosed.newBuilder()
                .setAccepted(accepted.get())
                .setOk(ok.get())
                .setFailed(failed.get())
                .setAborted(aborted.get())
                .build();
    }

    /// All that ended so far, under that version.
    VersionOutcomes outcomes(PluginVersion plugin) {
        return VersionOutcomes.newBuilder()
                .setPlugin(plugin)
                .setOk(ok.get())
                .setFailed(failed.get())
                .setTimedItems(timedItems.get())
                .setTimedUs(timedUs.get())
                .addAllTimedBuckets(buckets.list())
                .build();
    }

    void show(GroupSummary.Builder summary) {
        summary.setOk(ok.get())
                .setFailed(failed.get())
                .setAborted(aborted.get())
                .setAccepted(accepted.get()) // not before them, or more may have ended
                .setTimedItems(timedItems.get())
                .setTimedUs(timedUs.get())
                .addAllTimedBuckets(buckets.list());
    }

    /// One writer: no read-modify-write needed.
    private static void add(AtomicLong count, long items) {
        count.setRelease(count.getPlain() + items);
    }
}
