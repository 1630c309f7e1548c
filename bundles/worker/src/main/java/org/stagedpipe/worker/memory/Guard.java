package org.stagedpipe.worker.memory;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.protocol.v1.Memory;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// Looks at the gauges every quarter of a second and works the brake. Owns the thread `worker-memory`; whoever opens it
/// closes it.
public final class Guard implements AutoCloseable {

    /// What the brake acts on. Called on the guard's thread; must not block.
    public interface Controls {

        /// Nothing is taken in from now on, or it is again.
        void paused(boolean isPaused);

        /// What is not started and has waited for memory for that long is to go to other workers; all of it if that is 0.
        void handBack(Duration waited);

        /// The process is to be started anew; called once.
        void recycle(String why);
    }

    private static final Logger LOG = LoggerFactory.getLogger(Guard.class);
    private static final Duration EVERY = Duration.ofMillis(250);

    private final Ledger ledger;
    private final Marks marks;
    private final Controls controls;
    private final Gauges gauges = new Gauges();
    private volatile Brake brake = Brake.OPEN;
    private volatile Reading last = new Reading(0, 0, 0, 0);
    private @Nullable Thread thread;

    /// @param ledger whose intake it stops
    public Guard(Ledger ledger, Marks marks, Controls controls) {
        this.ledger = ledger;
        this.marks = marks;
        this.controls = controls;
    }

    /// Begins.
    public void open() {
        gauges.open();
        thread = Thread.ofPlatform().name("worker-memory").daemon().start(this::run);
    }

    /// Heap that is in use after a collection, which is asked for here. For the start of a worker, before it has any work.
    public static long liveBytes() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    /// How it stands, for operators. Any thread.
    public Memory state() {
        Brake now = brake;
        Reading reading = last;
        long pausedForMs = now.isPaused() ? monotonicMs() - now.sinceMs() : 0;
        return Memory.newBuilder()
                .setPaused(now.isPaused())
                .setReason(now.why())
                .setSinceMs(now.isPaused() ? System.currentTimeMillis() - pausedForMs : 0)
                .setReservedBytes(ledger.used())
                .setBudgetBytes(ledger.budgetBytes())
                .setGauge(reading.gauge())
                .setGaugeOf(reading.gaugeOf())
                .build();
    }

    private void run() {
        try {
            while (brake.state() != BrakeState.RECYCLING) {
                lookOrSay();
                Thread.sleep(EVERY);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closed
        }
    }

    /// A look that fails is not the last one.
    private void lookOrSay() {
        try {
            look(gauges.read(System.nanoTime()), monotonicMs());
        } catch (RuntimeException e) {
            LOG.error("memory: a look failed", e);
        }
    }

    /// What one reading leads to.
    void look(Reading reading, long nowMs) {
        Brake before = brake;
        Brake.Step step = before.after(reading, ledger.used() == 0, marks, nowMs);
        Brake now = step.brake();
        last = reading;
        brake = now;
        if (before.isPaused() != now.isPaused()) {
            LOG.info(
                    now.isPaused() ? "takes nothing in: {}" : "takes items again, after: {}",
                    now.isPaused() ? now.why() : before.why());
            ledger.pause(now.isPaused());
            controls.paused(now.isPaused());
        }
        controls.handBack(step.handsBack() ? Duration.ZERO : marks.handBackAfter());
        if (now.state() == BrakeState.RECYCLING && before.state() != BrakeState.RECYCLING) {
            controls.recycle("memory is lost: paused for long, nothing is reserved; " + now.why());
            return;
        }
        switch (step.asks()) { // an idle heap is never collected by itself
            case NOTHING -> {}
            case COLLECTION -> System.gc();
            case COMPACTION -> Compaction.run();
        }
    }

    private static long monotonicMs() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    @Override
    public void close() {
        Thread running = thread;
        if (running != null) {
            running.interrupt();
        }
        gauges.close();
    }
}
