package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;

/// The pipeline threads of one set of pipelines, and who of them sleeps.
///
/// At most one wake-up is under way: the thread that is woken wakes the next one if it finds more work than it can do.
/// Threads with a number from [#duty] on are off duty: they finish what they have and take nothing.
final class Crew<D, R> {

    /// A thread that has had its run for so long is at a slow request: runs are cut to take a tenth of it.
    private static final long STALLED_NANOS = 1_000_000;

    private static final Duration LOOK_AGAIN = Duration.ofMillis(50);

    private final Settings<D, R> settings;
    private final Figures<D, R> figures;
    private final FatalHandler fatal;
    private final @Nullable ClassLoader context = Thread.currentThread().getContextClassLoader();
    private final ReadyQueue<D, R> ready = new ReadyQueue<>();

    /// Whether a wake-up is under way.
    private final AtomicBoolean wakeUp = new AtomicBoolean();

    private final SpinLock lock = new SpinLock();

    /// By the lock; the one that fell asleep last is woken first.
    private final ArrayDeque<Worker<D, R>> idle = new ArrayDeque<>();

    /// Threads that hang; by the monitor, like all changes of the workers and of duty.
    private final List<Worker<D, R>> stuck = new ArrayList<>();

    /// Replaced as a whole.
    private volatile List<Worker<D, R>> workers;

    /// Written under the lock.
    private volatile int idleCount;

    private volatile int duty;
    private volatile boolean leaving;

    Crew(Settings<D, R> settings, Figures<D, R> figures, FatalHandler fatal) {
        this.settings = settings;
        this.figures = figures;
        this.fatal = fatal;
        List<Worker<D, R>> all = new ArrayList<>();
        for (int i = 0; i < settings.workers(); i++) {
            all.add(new Worker<>(this, i, settings, fatal));
        }
        workers = List.copyOf(all);
    }

    Figures<D, R> figures() {
        return figures;
    }

    /// The context class loader of all its threads: that of whoever made the pipelines, also for those that are made later.
    @Nullable ClassLoader context() {
        return context;
    }

    /// Puts so many threads on duty, from number 0 on.
    synchronized void duty(int threads) {
        int before = duty;
        duty = threads;
        for (int i = before; i < threads; i++) {
            workers.get(i).start();
        }
        lock.lock();
        try {
            idle.removeIf(worker -> isOffDuty(worker.number()));
            idleCount = idle.size();
        } finally {
            lock.unlock();
        }
    }

    int duty() {
        return duty;
    }

    boolean isOffDuty(int number) {
        return number >= duty && !leaving;
    }

    /// Lets the threads end once nothing is left to do.
    synchronized void release() {
        leaving = true;
        workers.forEach(Worker::wake);
    }

    /// The same, and waits for it. Not for those that hang.
    void leave() throws InterruptedException {
        release();
        for (int i = 0; i < settings.workers(); i++) {
            while (!join(i)) {} // it may hang and be replaced meanwhile
        }
    }

    private boolean join(int number) throws InterruptedException {
        Worker<D, R> worker = worker(number);
        return worker.join(LOOK_AGAIN) && worker == worker(number);
    }

    /// Started, if it ever will be: who replaces one starts it by the monitor too.
    private synchronized Worker<D, R> worker(int number) {
        return workers.get(number);
    }

    /// Whether a stage calls, on one of its threads: that must not wait for requests, its own among them.
    boolean isCurrentThread() {
        return workers.stream().anyMatch(worker -> worker.thread() == Thread.currentThread());
    }

    boolean isLeaving() {
        return leaving;
    }

    /// Whether its threads have left; those that hang and were replaced are not asked.
    synchronized boolean hasLeft() {
        return leaving && workers.stream().noneMatch(Worker::isAlive);
    }

    ReadyQueue<D, R> ready() {
        return ready;
    }

    List<Worker<D, R>> workers() {
        return workers;
    }

    /// Who can take the place of one that hangs.
    Worker<D, R> successor(Worker<D, R> hanging) {
        return new Worker<>(this, hanging.number(), settings, fatal);
    }

    /// Another thread takes the place of one that hangs, and what that had not begun of its run.
    synchronized void replace(Worker<D, R> hanging, Worker<D, R> fresh, Run<D, R> run) {
        List<Worker<D, R>> changed = new ArrayList<>(workers);
        changed.set(hanging.number(), fresh);
        List<Worker<D, R>> next = List.copyOf(changed);
        stuck.removeIf(worker -> !worker.isAlive());
        stuck.add(hanging);
        fresh.inherit(run.splitAll()); // nothing after it needs memory
        figures.aborted.addAndGet(hanging.completed() + run.begun());
        workers = next;
        fresh.start();
    }

    /// Threads that were replaced and still hang.
    synchronized int stuck() {
        stuck.removeIf(worker -> !worker.isAlive());
        return stuck.size();
    }

    /// Requests of that group that are finished, of runs that are not over.
    long finishedOf(Group<D, R> group) {
        long finished = 0;
        for (Worker<D, R> worker : workers) {
            Run<D, R> run = worker.current();
            if (run != null && run.group() == group) {
                finished += run.begun() - (run.running() == null ? 0 : 1);
            }
        }
        return finished;
    }

    /// Threads that run a request now.
    int running() {
        int running = 0;
        for (Worker<D, R> worker : workers) {
            Run<D, R> run = worker.current();
            if (run != null && run.running() != null) {
                running++;
            }
        }
        return running;
    }

    /// Threads on duty that do not sleep.
    int busy() {
        return Math.max(0, duty - idleCount);
    }

    long completed() {
        long completed = figures.aborted.get();
        for (Worker<D, R> worker : workers) {
            completed += worker.completed();
        }
        return completed;
    }

    /// There is work: wakes a thread if one sleeps and none is about to wake.
    void signal() {
        while (idleCount > 0 && wakeUp.compareAndSet(false, true)) {
            if (wakeOne()) {
                return;
            }
        }
    }

    /// False if nobody sleeps, which ends the wake-up: who went away from the idle ones has looked for work after that. But who
    /// was not told of it meanwhile may have seen another idle one.
    private boolean wakeOne() {
        Worker<D, R> woken = popIdle();
        if (woken == null) {
            wakeUp.set(false);
            return false;
        }
        boolean isWoken = false;
        try {
            woken.wake();
            isWoken = true;
        } finally {
            if (!isWoken) { // a stack that is too deep, say: others are still to be woken
                wakeUp.set(false);
                sleepOn(woken);
            }
        }
        return true;
    }

    /// It was called, and is not on its way.
    private void sleepOn(Worker<D, R> worker) {
        lock.lock();
        try {
            worker.called = false;
            idle.add(worker);
            idleCount = idle.size();
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Worker<D, R> popIdle() {
        lock.lock();
        try {
            Worker<D, R> last = idle.pollLast();
            idleCount = idle.size();
            if (last != null) {
                last.called = true;
            }
            return last;
        } finally {
            lock.unlock();
        }
    }

    /// The thread is about to sleep. It looks for work once more after this.
    void addIdle(Worker<D, R> worker) {
        lock.lock();
        try {
            if (!isOffDuty(worker.number())) {
                idle.add(worker);
                idleCount = idle.size();
            }
        } finally {
            lock.unlock();
        }
    }

    /// The thread is awake, and looks for work after this. Whether a wake-up was on its way to it, which ends here: it must
    /// never work while one is, or nobody else would be woken until it is done.
    boolean leaveIdle(Worker<D, R> worker) {
        boolean called;
        lock.lock();
        try {
            idle.removeLastOccurrence(worker);
            idleCount = idle.size();
            called = worker.called;
            worker.called = false;
        } finally {
            lock.unlock();
        }
        if (called) {
            wakeUp.set(false);
        }
        return called;
    }

    /// Whether there is something that no thread has begun. What comes after this look has a signal of its own.
    boolean hasUnbegun() {
        if (!ready.isEmpty()) {
            return true;
        }
        for (Worker<D, R> worker : workers) {
            Run<D, R> run = worker.current();
            if (run != null && run.rest() > 0) {
                return true;
            }
        }
        return false;
    }

    /// Half of what another thread has not begun, or null.
    @Nullable Run<D, R> steal(int thief) {
        List<Worker<D, R>> all = workers;
        int size = all.size();
        for (int i = 1; i < size; i++) {
            Run<D, R> run = all.get((thief + i) % size).current();
            Run<D, R> stolen = run == null ? null : run.split();
            if (stolen != null) {
                return stolen;
            }
        }
        return null;
    }

    /// The same of one thread's, the next one's in turn, if it has had its run for long: the rest waits behind a slow request.
    @Nullable Run<D, R> stealStalled(int turn, long now) {
        List<Worker<D, R>> all = workers;
        Run<D, R> run = all.get(Math.floorMod(turn, all.size())).current();
        return run == null || now - run.takenAt < STALLED_NANOS ? null : run.split();
    }

    /// What threads have taken from that group and not begun, part by part; null if nothing is left.
    @Nullable Run<D, R> stealFrom(Group<D, R> group) {
        for (Worker<D, R> worker : workers) {
            Run<D, R> run = worker.current();
            if (run != null && run.group() == group) {
                Run<D, R> stolen = run.split();
                if (stolen != null) {
                    return stolen;
                }
            }
        }
        return null;
    }

    /// Interrupts the threads that run such requests of that group now; the watch sees who does not hear it.
    void interrupt(Group<D, R> group, Predicate<EngineRequest<D, R>> meant, Watch<D, R> watch) {
        for (Worker<D, R> worker : workers) {
            Run<D, R> run = worker.current();
            if (run != null && run.group() == group && run.interrupt(worker.thread(), meant)) {
                watch.need();
            }
        }
    }
}
