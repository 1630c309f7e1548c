package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Fault;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// A pipeline thread: takes runs of requests, carries each request through all its stages, and sleeps when there is
/// nothing to do.
final class Worker<D, R> implements Runnable {

    /// How often it looks at another thread's run, if it has enough to do.
    private static final long LOOK_NANOS = 1_000_000;

    /// Who finds fewer, and these are fast, has caught up with who submits.
    private static final int MANY = 64;

    private static final long FAST_NANOS = 5_000; // all together

    private final Crew<D, R> crew;
    private final int number;
    private final Walk<D, R> walk;
    private final String name;
    private final Thread thread;
    private final FatalHandler fatal;

    /// What it works on, or is to work on first; others split it and interrupt through it.
    private volatile @Nullable Run<D, R> current;

    private volatile boolean woken;

    /// Whether it was taken from the idle ones by a wake-up that is on its way to it; by the crew's lock.
    boolean called;

    /// Whether another thread has its place because it did not come back in time; its own.
    private boolean replaced;

    /// What ends it, once it has finished what it has claimed; its own.
    private @Nullable VirtualMachineError failure;

    // When it ended its last run, and looked at another thread's, and whose it looks at; its own.
    private long now = System.nanoTime();
    private long looked = now;
    private int turn;

    /// To the submitters; its own.
    private final Distance distance = new Distance();

    private volatile boolean started;

    /// Requests that it brought to an end; written by itself only.
    private volatile long completed;

    Worker(Crew<D, R> crew, int number, Settings<D, R> settings, FatalHandler fatal) {
        this.crew = crew;
        this.number = number;
        this.turn = number;
        this.walk = new Walk<>(settings, crew.figures());
        this.fatal = fatal;
        this.name = settings.name() + "-" + number;
        this.thread = settings.threads().newThread(this);
        thread.setName(name);
        thread.setContextClassLoader(crew.context());
    }

    /// Before the start: what the thread before it left, if anything. Others take it if this one never starts.
    void inherit(@Nullable Run<D, R> run) {
        current = run;
    }

    /// Starts the thread, or wakes it if it was off duty. By the crew's lock.
    void start() {
        if (started) {
            wake();
        } else {
            thread.start();
            started = true; // not if there is no thread to be had: nobody waits for its end then
        }
    }

    /// Waits for the thread's end, so long at most; true also if it was never started.
    boolean join(Duration atMost) throws InterruptedException {
        return !started || thread.join(atMost);
    }

    int number() {
        return number;
    }

    boolean isAlive() {
        return thread.isAlive();
    }

    long completed() {
        return completed;
    }

    Thread thread() {
        return thread;
    }

    @Nullable Run<D, R> current() {
        return current;
    }

    void wake() {
        woken = true;
        LockSupport.unpark(thread);
    }

    @Override
    public void run() {
        try {
            while (workOnce()) {}
        } catch (VirtualMachineError e) {
            fail(e);
            throw e;
        }
    }

    /// A frame of its own for each run: while the thread sleeps, none of its frames leads to what it did last, and so to a
    /// group that has ended.
    private boolean workOnce() {
        Run<D, R> run = next();
        if (run == null) {
            return false;
        }
        work(run);
        return true;
    }

    /// What to do next, waits for it; null when the crew leaves and nothing is left.
    private @Nullable Run<D, R> next() {
        if (replaced) {
            return null;
        }
        Run<D, R> inherited = current;
        if (inherited != null) {
            return inherited;
        }
        restOffDuty();
        distance.keep();
        Run<D, R> found = find();
        while (found == null) {
            boolean leaving = crew.isLeaving();
            crew.addIdle(this);
            found = find();
            if (found == null && !leaving) {
                sleep();
            }
            boolean called = crew.leaveIdle(this);
            if (found == null && leaving) {
                return null;
            }
            if (found == null) {
                restOffDuty(called);
                found = find();
            }
            if (found != null && called && crew.hasUnbegun()) {
                crew.signal(); // what asked for threads meanwhile was for none
            }
        }
        return found;
    }

    private void restOffDuty(boolean called) {
        if (!crew.isOffDuty(number)) {
            return; // one look for both: who rests although it was called has to call another one
        }
        if (called) {
            crew.signal(); // the wake-up was meant for somebody on duty
        }
        restOffDuty();
    }

    private void restOffDuty() {
        while (crew.isOffDuty(number)) {
            sleep();
        }
    }

    private void sleep() {
        while (!woken) {
            LockSupport.park(this);
            Thread.interrupted(); // too late for its request; park would return at once for ever
        }
        woken = false;
    }

    /// A run to work on, or null if there is none now.
    @Nullable Run<D, R> find() {
        Run<D, R> stalled = findStalled();
        return stalled == null ? findReady() : stalled;
    }

    /// Now and then: else what waits behind a slow request would be stolen only when all groups have nothing else.
    private @Nullable Run<D, R> findStalled() {
        if (now - looked < LOOK_NANOS) {
            return null;
        }
        looked = now;
        turn++;
        return crew.stealStalled(turn, now);
    }

    private @Nullable Run<D, R> findReady() {
        Inlet<D, R> inlet = crew.ready().poll();
        while (inlet != null) {
            Run<D, R> run = inlet.take();
            if (run != null) {
                return run;
            }
            inlet = crew.ready().poll();
        }
        return crew.steal(number);
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // the only writer
    void work(Run<D, R> run) {
        long begin = System.nanoTime();
        run.takenAt = begin;
        current = run;
        if (run.rest() > 1) {
            crew.signal(); // the first request may be a slow one: somebody else takes the
            // others then
        }
        int done = carry(run);
        now = System.nanoTime();
        distance.found(done, now - begin < FAST_NANOS ? MANY : 0, run.group().inlet().isWide());
        if (done > 0 && !replaced) { // who took the last one away has counted all of them
            run.group().inlet().learn(done, now - begin);
            run.segment().addLeft(done);
            completed += done;
        }
        current = null;
        if (failure != null) {
            throw failure;
        }
    }

    /// What the stages of the run before, perhaps of another group, have left of the thread.
    private void forgetStages() {
        if (thread.getContextClassLoader() != crew.context()) {
            thread.setContextClassLoader(crew.context());
        }
        if (!thread.getName().equals(name)) {
            thread.setName(name);
        }
    }

    /// Carries all requests of the run, or as many as nobody splits off. Answers how many.
    private int carry(Run<D, R> run) {
        int done = 0;
        forgetInterrupt(); // too late for its request; nobody means one that is not claimed
        forgetStages();
        int index = run.claim();
        while (index >= 0) {
            EngineRequest<D, R> request = run.segment().require(index);
            if (request instanceof KeyedRequest<D, R> keyed && !begin(run, keyed)) {
                return done;
            }
            try {
                walk.run(request);
            } catch (Throwable e) { // whatever it is: the request has to be handed over
                ended(request, e);
            }
            done++;
            index = handOver(run, request, done == 1);
        }
        return done;
    }

    /// Whether it has begun the request. Else that is put off, and what comes behind it in the run is given back.
    private boolean begin(Run<D, R> run, KeyedRequest<D, R> request) {
        Keys<D, R> keys = request.owner().requireKeys();
        if (keys.begin(request)) {
            return true;
        }
        Inlet<D, R> inlet = request.owner().inlet();
        Run<D, R> alone = run.giveBack();
        boolean isAlone = false;
        try {
            Run<D, R> rest = alone.splitBehindFirst();
            isAlone = true;
            if (rest != null) {
                inlet.giveBack(rest);
            }
        } finally {
            if (!isAlone || !keys.putOff(request, alone)) {
                inlet.giveBack(alone);
            }
        }
        return false;
    }

    /// What a stage throws has ended its request already, but for an error of the virtual machine; the rest is a tracer's.
    private void ended(EngineRequest<D, R> request, Throwable error) {
        if (!(error instanceof VirtualMachineError lethal) || !Faults.isFatal(error)) {
            request.fault(Faults.of(error, Fault.Kind.STAGE, null, request.attempt()));
            return;
        }
        if (request.fault() == null) {
            request.abort(Faults.of(error, Fault.Kind.SYSTEM, null, request.attempt()));
        }
        if (failure == null) {
            failure = lethal;
        }
        fail(lethal); // the others of the run find their group cancelled
    }

    /// Under its own name again: a stage may have given the thread one that a log must not show.
    private void fail(VirtualMachineError error) {
        thread.setName(name);
        fatal.onFatal(error);
    }

    /// Whether a thread with that stack may be about to finish its request.
    static boolean handsOver(List<StackTraceElement> stack) {
        return stack.stream()
                .anyMatch(frame ->
                        frame.getMethodName().equals("handOver")
                                && frame.getClassName().equals(Worker.class.getName()));
    }

    /// Hands the request to the consumer and claims the next one. Nobody else's code runs here: what it threw would end the thread.
    private int handOver(Run<D, R> run, EngineRequest<D, R> request, boolean first) {
        Group<D, R> group = run.group();
        group.leave(request);
        boolean inTime = request.finish();
        if (inTime && first) {
            group.outlet().started(run);
        }
        int index = inTime ? run.claim() : -1; // the fence after which a waiting consumer is seen
        forgetInterrupt(); // meant for the request before the claim
        if (inTime) {
            group.finished(request);
        } else {
            replaced = true; // who took the request away puts another thread in this one's place,
            // which takes the rest
        }
        return index;
    }

    private void forgetInterrupt() {
        if (thread.isInterrupted()) {
            Thread.interrupted();
        }
    }
}
