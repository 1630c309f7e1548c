package org.stagedpipe.worker.plugin;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.engine.PipelinesListener;
import org.stagedpipe.engine.SlowItem;
import org.stagedpipe.engine.StuckStage;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;

/// Counts the stages that went on after their deadline or their cancel, of all plugins: each costs a thread until it returns. When one is
/// added and so many hang the process is to be started anew. After a cancel one counts only once it has gone on for another minute: nobody said how
/// long it may take, and all items of a group are cancelled at once, on all workers. Tells also of items that run for long without either. Called by the pipelines' watch threads.
public final class StuckStages implements PipelinesListener {

    private static final Logger LOG = LoggerFactory.getLogger(StuckStages.class);

    private static final long CANCELLED_COUNT_AFTER_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final int most;
    private final Consumer<String> recycle;
    private final LongSupplier nanoTime;
    private final UnaryOperator<String> shown;
    private final UnaryOperator<String> nameShown;
    private final List<Hang> hanging = new ArrayList<>(); // guarded by itself
    private final AtomicLong slowItems = new AtomicLong();
    private final AtomicBoolean hasTooMany = new AtomicBoolean();
    private final AtomicBoolean hasFailed = new AtomicBoolean();

    /// @param most that many are too many
    /// @param thread leads to its plugin, so nothing else here may keep it
    /// @param countsFromNanos from when on
    private record Hang(WeakReference<Thread> thread, long countsFromNanos) {

        boolean isOver() {
            Thread hanging = thread.get();
            return hanging == null || !hanging.isAlive();
        }
    }

    /// @param recycle told why, once
    /// @param nanoTime a clock, ns
    /// @param shown what of a text may be shown: groups have secrets
    /// @param nameShown the same for a thread's name, which a plugin may have given in a group that has ended
    public StuckStages(
            int most,
            Consumer<String> recycle,
            LongSupplier nanoTime,
            UnaryOperator<String> shown,
            UnaryOperator<String> nameShown) {
        this.most = most;
        this.recycle = recycle;
        this.nanoTime = nanoTime;
        this.shown = shown;
        this.nameShown = nameShown;
    }

    @Override
    public void stageStuck(StuckStage stuck) {
        int all = hangingWith(stuck);
        String stage = Objects.requireNonNullElse(stuck.stage(), "that nobody noted");
        LOG.warn(
                "stage {} hangs since {} ms, item {} of group {}, attempt {}; {} hang now, from {}"
                        + " on this worker ends itself; {} is at\n"
                        + "    {}",
                stage,
                stuck.running().toMillis(),
                stuck.sequence(),
                stuck.group(),
                stuck.attempt(),
                all,
                most,
                nameShown.apply(stuck.thread().getName()),
                Texts.of(stuck.stack().toArray(StackTraceElement[]::new)));
        if (all >= most && hasTooMany.compareAndSet(false, true)) {
            recycle.accept(all + " stages hang (the last: " + stage + ")");
        }
    }

    /// How many count.
    private int hangingWith(StuckStage another) {
        long now = nanoTime.getAsLong();
        long countsFrom = another.isCancelled() ? now + CANCELLED_COUNT_AFTER_NANOS : now;
        synchronized (hanging) {
            hanging.removeIf(Hang::isOver);
            hanging.add(new Hang(new WeakReference<>(another.thread()), countsFrom));
            return (int) hanging.stream().filter(hang -> now - hang.countsFromNanos() >= 0).count();
        }
    }

    /// It counts for nothing else: it may be meant to take hours.
    @Override
    public void itemSlow(SlowItem slow) {
        LOG.warn(
                "item {} of group {}, attempt {}, runs since {} ms, and goes on; {} ran so long"
                        + " until now; {} is at\n"
                        + "    {}",
                slow.sequence(),
                slow.group(),
                slow.attempt(),
                slow.running().toMillis(),
                slowItems.incrementAndGet(),
                nameShown.apply(slow.thread()),
                Texts.of(slow.stack().toArray(StackTraceElement[]::new)));
    }

    /// Its pipelines take nothing any more, and whatever else it does may have been hit as well.
    @Override
    public void failed(VirtualMachineError error) {
        Thread.currentThread() // dies of it; the JVM would write it to standard error as it is
                .setUncaughtExceptionHandler((thread, e) -> {});
        LOG.error(
                "a stage ended with an error of the virtual machine: {}",
                Texts.trace(error, shown));
        if (hasFailed.compareAndSet(false, true)) {
            recycle.accept("a stage threw " + Texts.of(error, shown));
        }
    }
}
