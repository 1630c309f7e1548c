package org.stagedpipe.engine;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Looks at running requests, outputs and scale now and then, on a thread of its own that sleeps until there is something to
/// look at: there may be no thread to be had then. A platform thread: stages that compute without end may have all that virtual ones run on.
final class Watch<D, R> implements Runnable {

    /// How long a stage may go on after its deadline, and the interrupt, before its thread is given up.
    private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /// The same after a cancel. Nobody said how long it may take, and it may just compute.
    private static final long CANCEL_GRACE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final long SHORTEST_TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LONGEST_TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /// While there are only slow items to look for.
    private static final long LONGEST_SLOW_TICK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Settings<D, R> settings;
    private final Crew<D, R> crew;
    private final Collection<Group<D, R>> groups;
    private final Governor<D, R> governor;
    private final PipelinesListener listener;
    private final FatalHandler fatal;
    private final long delayNanos;
    private final SlowItems<D, R> slowItems;
    private final long slowTickNanos;

    /// When to look for slow items next; of the thread.
    private long slowLook = System.nanoTime();

    private final Thread thread;
    private volatile boolean needed;
    private volatile boolean stopped;

    Watch(
            Settings<D, R> settings,
            Crew<D, R> crew,
            Collection<Group<D, R>> groups,
            FatalHandler fatal) {
        this.settings = settings;
        this.crew = crew;
        this.groups = groups;
        this.fatal = fatal;
        this.governor = new Governor<>(settings, crew, System.nanoTime());
        this.listener = settings.observers().listener();
        this.delayNanos = settings.observers().delayWarning().toNanos();
        long slowNanos = settings.observers().slowReport().toNanos();
        this.slowItems = new SlowItems<>(slowNanos, listener);
        this.slowTickNanos =
                slowNanos == 0
                        ? LONGEST_TICK_NANOS
                        : Math.clamp(slowNanos / 10, SHORTEST_TICK_NANOS, LONGEST_SLOW_TICK_NANOS);
        this.thread = Thread.ofPlatform().daemon().name(settings.name() + "-watch").unstarted(this);
    }

    void start() {
        thread.start();
    }

    /// There is something to look at from now on.
    void need() {
        needed = true;
        LockSupport.unpark(thread);
    }

    void stop() {
        stopped = true;
        LockSupport.unpark(thread);
    }

    @Override
    public void run() {
        while (!stopped && !crew.hasLeft()) {
            if (needed) {
                LockSupport.parkNanos(this, lookOrFail());
            } else {
                LockSupport.park(this);
            }
        }
    }

    /// After an error of the virtual machine it goes on: stages that hang are yet to be given up.
    private long lookOrFail() {
        try {
            return look(System.nanoTime());
        } catch (VirtualMachineError e) { // no thread to be had, say
            tell(e);
            return LONGEST_SLOW_TICK_NANOS;
        }
    }

    private void tell(VirtualMachineError error) {
        try {
            fatal.onFatal(error);
        } catch (Throwable again) { // memory is still short, say: nobody else gives up what hangs
            SafeListener.uncaught(again);
        }
        SafeListener.uncaught(error);
    }

    /// When to look again, ns.
    long look(long now) {
        long shortest = lookAtGroups(now);
        lookAtStages(now);
        governor.look(now);
        if (slowItems.isOn() && now - slowLook >= 0) {
            slowItems.look(crew.workers(), now);
            slowLook = now + slowTickNanos;
        }
        return tick(shortest);
    }

    /// The next look: each tenth of the shortest limit. Where there is none, who sets one, or cancels, wakes the thread.
    private long tick(long shortestLimit) {
        boolean isQuiet = shortestLimit == Long.MAX_VALUE && settings.scale().isFixed();
        if (isQuiet) {
            return slowTickNanos;
        }
        long tick = Math.clamp(shortestLimit / 10, SHORTEST_TICK_NANOS, LONGEST_TICK_NANOS);
        return Math.min(tick, slowTickNanos);
    }

    private long lookAtGroups(long now) {
        long shortest = delayNanos == 0 ? Long.MAX_VALUE : delayNanos;
        for (Group<D, R> group : groups) {
            if (group.hasDeadlines()) {
                shortest = Math.min(shortest, group.shortestDeadline());
            }
            if (group.cancellation() != null) {
                shortest = Math.min(shortest, CANCEL_GRACE_NANOS);
            }
            if (delayNanos > 0) {
                lookAtOutput(group, now);
            }
        }
        return shortest;
    }

    private void lookAtOutput(Group<D, R> group, long now) {
        long blocked = group.blockedNanos(now);
        if (group.outputWatch().isDue(blocked, delayNanos)) {
            listener.outputBlocked(group.id(), Duration.ofNanos(blocked));
        }
    }

    private void lookAtStages(long now) {
        for (Worker<D, R> worker : crew.workers()) {
            Run<D, R> run = worker.current();
            if (run != null && isWatched(run.group())) {
                run.interrupt(worker.thread(), request -> isLate(request, now));
                EngineRequest<D, R> running = run.running();
                if (running != null && isHopeless(running, now)) {
                    giveUp(worker, run, running, now);
                }
            }
        }
    }

    private static boolean isWatched(Group<?, ?> group) {
        return group.hasDeadlines() || group.cancellation() != null;
    }

    private static boolean isLate(EngineRequest<?, ?> request, long now) {
        Deadline deadline = request.deadline();
        return deadline != null && deadline.look(now);
    }

    private static boolean isHopeless(EngineRequest<?, ?> request, long now) {
        Deadline deadline = request.deadline();
        Deadline.Miss miss = deadline == null ? null : deadline.missed();
        return miss != null && now - miss.atNanos() > GRACE_NANOS
                || cancelledNanos(request, now) > CANCEL_GRACE_NANOS;
    }

    private static long cancelledNanos(EngineRequest<?, ?> request, long now) {
        Cancellation cancellation = request.owner().cancellation();
        return cancellation == null ? 0 : cancellation.nanos(request, now);
    }

    /// Ends the request without its thread, and puts another one in its place.
    ///
    /// A thread that ends a request without a deadline looks whether its group has a cancel, and stores; with one it compares and sets. Between the look
    /// and the store its stack shows that it hands over: it is let alone then. Whoever shows another stack has still to look.
    private void giveUp(Worker<D, R> worker, Run<D, R> run, EngineRequest<D, R> request, long now) {
        StuckStage report = report(worker.thread(), request, now);
        boolean begins = run.beginsWith(request);
        if (Worker.handsOver(report.stack())) {
            return; // it comes back in this moment
        }
        Worker<D, R> next = crew.successor(worker); // first: there may be no memory for it
        if (!request.abandon()) {
            return; // the same
        }
        Group<D, R> group = run.group();
        group.leave(request);
        run.segment().addLeft(run.begun());
        if (begins) {
            group.outlet().started(run);
        }
        group.finished(request);
        try {
            crew.replace(worker, next, run);
        } finally { // there may be no thread to be had
            listener.stageStuck(report);
        }
    }

    private static StuckStage report(Thread thread, EngineRequest<?, ?> request, long now) {
        Deadline deadline = request.deadline();
        return new StuckStage(
                request.group(),
                request.sequence(),
                request.attempt(),
                deadline == null ? null : deadline.stage(),
                Duration.ofNanos(
                        deadline == null ? cancelledNanos(request, now) : deadline.busyNanos(now)),
                deadline == null || deadline.missed() == null,
                thread,
                List.of(thread.getStackTrace()));
    }
}
