package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.locks.LockSupport;

/// A pipeline thread: takes runs of requests, carries each request through all its stages, and sleeps when there is
/// nothing to do.
final class Worker<D, R> implements Runnable {

    private final Crew<D, R> crew;
    private final int number;
    private final Walk<D, R> walk;
    private final Thread thread;
    private final FatalHandler fatal;

    /// What it works on; others split it and interrupt through it.
    private volatile @Nullable Run<D, R> current;

    private volatile boolean woken;

    Worker(Crew<D, R> crew, int number, Settings<D, R> settings, FatalHandler fatal) {
        this.crew = crew;
        this.number = number;
        this.walk = new Walk<>(settings);
        this.fatal = fatal;
        this.thread =
                settings.threads().builder().name(settings.name() + "-" + number).unstarted(this);
    }

    void start() {
        thread.start();
    }

    void join() throws InterruptedException {
        thread.join();
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
            for (Run<D, R> next = next(); next != null; next = next()) {
                work(next);
            }
        } catch (VirtualMachineError e) {
            fatal.onFatal(e);
            throw e;
        }
    }

    /// What to do next, waits for it; null when the crew leaves and nothing is left.
    private @Nullable Run<D, R> next() {
        Run<D, R> found = find();
        while (found == null) {
            boolean leaving = crew.isLeaving();
            crew.addIdle(this);
            found = find();
            if (found != null || leaving) {
                wakeOthers(!crew.removeIdle(this) && crew.arrived());
                return found;
            }
            sleep();
            boolean more = crew.arrived();
            found = find();
            wakeOthers(more && found != null);
        }
        return found;
    }

    private void wakeOthers(boolean needed) {
        if (needed) {
            crew.signal();
        }
    }

    private void sleep() {
        while (!woken) {
            LockSupport.park(this);
        }
        woken = false;
    }

    private @Nullable Run<D, R> find() {
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

    private void work(Run<D, R> run) {
        current = run;
        if (run.rest() > 1) {
            crew.signal(); // the first request may be a slow one: somebody else takes the
            // others then
        }
        long begin = System.nanoTime();
        int done = carry(run);
        if (done > 0) {
            run.group().inlet().learn(done, System.nanoTime() - begin);
        }
        current = null;
    }

    /// Carries all requests of the run, or as many as nobody splits off. Answers how many.
    private int carry(Run<D, R> run) {
        Outlet<D, R> outlet = run.group().outlet();
        int done = 0;
        int index = run.claim();
        while (index >= 0) {
            EngineRequest<D, R> request = run.segment().require(index);
            try {
                walk.run(request);
            } finally {
                request.finish();
                if (done++ == 0) {
                    outlet.started(run);
                }
                index = run.claim(); // the fence after which a waiting consumer is seen
                forgetInterrupt(); // meant for the request before the claim
                outlet.finished(request);
            }
        }
        return done;
    }

    private void forgetInterrupt() {
        if (thread.isInterrupted()) {
            Thread.interrupted();
        }
    }
}
