package org.stagedpipe.worker.plugin;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.engine.PipelinesListener;
import org.stagedpipe.engine.StuckStage;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// Counts the stages that went on after their deadline or their cancel, of all plugins: each costs a thread until it returns. When so many
/// hang at the same time the process is to be started anew. Called by the pipelines' watch threads.
public final class StuckStages implements PipelinesListener {

    private static final Logger LOG = LoggerFactory.getLogger(StuckStages.class);

    private final int most;
    private final Consumer<String> recycle;
    private final List<WeakReference<Thread>> hanging =
            new ArrayList<>(); // guarded by itself; threads refer to plugins
    private final AtomicBoolean hasTooMany = new AtomicBoolean();
    private final AtomicBoolean hasFailed = new AtomicBoolean();

    /// @param most that many are too many
    /// @param recycle told why, once
    public StuckStages(int most, Consumer<String> recycle) {
        this.most = most;
        this.recycle = recycle;
    }

    @Override
    public void stageStuck(StuckStage stuck) {
        int all = hangingWith(stuck.thread());
        String stage = Objects.requireNonNullElse(stuck.stage(), "that nobody noted");
        LOG.warn(
                "stage {} hangs since {} ms, item {} of group {}, attempt {}; {} of {} that this"
                        + " worker bears; {} is at\n"
                        + "    {}",
                stage,
                stuck.running().toMillis(),
                stuck.sequence(),
                stuck.group(),
                stuck.attempt(),
                all,
                most,
                stuck.thread().getName(),
                stuck.stack().stream()
                        .map(StackTraceElement::toString)
                        .collect(Collectors.joining("\n    ")));
        if (all >= most && hasTooMany.compareAndSet(false, true)) {
            recycle.accept(all + " stages hang (the last: " + stage + ")");
        }
    }

    private int hangingWith(Thread another) {
        synchronized (hanging) {
            hanging.removeIf(reference -> {
                Thread thread = reference.get();
                return thread == null || !thread.isAlive();
            });
            hanging.add(new WeakReference<>(another));
            return hanging.size();
        }
    }

    /// Its pipelines take nothing any more, and whatever else it does may have been hit as well.
    @Override
    public void failed(VirtualMachineError error) {
        LOG.error("a stage ended with an error of the virtual machine", error);
        if (hasFailed.compareAndSet(false, true)) {
            recycle.accept("a stage threw " + Texts.of(error));
        }
    }
}
