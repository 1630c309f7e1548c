package org.stagedpipe.engine;

import java.time.Duration;
import java.util.UUID;

/// Keeps what a listener throws from the thread that tells it, which has deadlines to look at: its handler for uncaught exceptions gets it.
record SafeListener(PipelinesListener listener) implements PipelinesListener {

    @Override
    public void outputBlocked(UUID group, Duration since) {
        tell(() -> listener.outputBlocked(group, since));
    }

    @Override
    public void stageStuck(StuckStage stuck) {
        tell(() -> listener.stageStuck(stuck));
    }

    @Override
    public void itemSlow(SlowItem slow) {
        tell(() -> listener.itemSlow(slow));
    }

    @Override
    public void scaled(int from, int to) {
        tell(() -> listener.scaled(from, to));
    }

    @Override
    public void failed(VirtualMachineError error) {
        tell(() -> listener.failed(error));
    }

    private static void tell(Runnable news) {
        try {
            news.run();
        } catch (Throwable e) {
            uncaught(e);
        }
    }

    /// For the handler of a thread that goes on; what that throws is for nobody, as at a thread's end.
    static void uncaught(Throwable error) {
        Thread thread = Thread.currentThread();
        try {
            thread.getUncaughtExceptionHandler().uncaughtException(thread, error);
        } catch (Throwable again) {
            return;
        }
    }
}
