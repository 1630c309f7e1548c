package org.stagedpipe.coordinator.group;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/// Runs a group's tasks one at a time, in the order in which they came: on the transport's thread that brings them, or on
/// threads that many groups share.
///
/// Any thread may add a task. It never runs inside another one, so a callback cannot enter a group that is in the middle
/// of something. The queue stays short because each stream delivers only what was asked for.
final class Serial implements Executor {

    /// So that one busy group does not keep a thread from the others.
    private static final int TASKS_A_TURN = 64;

    private final Executor threads;
    private final Runnable settle;
    private final Consumer<Throwable> bug;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean scheduled = new AtomicBoolean();

    /// @param settle runs after each task: what follows from it
    /// @param bug told of what a task threw
    Serial(Executor threads, Runnable settle, Consumer<Throwable> bug) {
        this.threads = threads;
        this.settle = settle;
        this.bug = bug;
    }

    /// Runs a task on one of the shared threads. For callers that hold locks, or are in the turn of another group.
    @Override
    public void execute(Runnable task) {
        tasks.add(task);
        schedule();
    }

    /// Runs a task before it returns if the group is at rest; otherwise whoever runs the group does, after what it is at.
    /// For the transport's callbacks: to wake another thread costs more than most messages.
    void here(Runnable task) {
        tasks.add(task);
        if (scheduled.compareAndSet(false, true)) {
            turn();
        }
    }

    private void schedule() {
        if (scheduled.compareAndSet(false, true)) {
            try {
                threads.execute(this::turn);
            } catch (RejectedExecutionException e) {
                tasks.clear(); // the node has stopped, and its groups with it
            }
        }
    }

    private void turn() {
        try {
            for (int i = 0; i < TASKS_A_TURN; i++) {
                Runnable task = tasks.poll();
                if (task == null) {
                    break;
                }
                run(task);
            }
        } finally {
            scheduled.set(false);
            if (!tasks.isEmpty()) {
                schedule();
            }
        }
    }

    private void run(Runnable task) {
        try {
            task.run();
            settle.run();
        } catch (Throwable e) { // the network's memory may run out, and the group has to end
            bug.accept(e);
        }
    }
}
