package org.stagedpipe.birdstrikes;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/// The pool's threads. They open connections, and threads that a driver starts then inherit their context class loader:
/// with the plugin's own these would hold it long after the plugin is gone.
final class DriverThreads implements ThreadFactory {

    private final @Nullable ClassLoader driver;
    private final AtomicInteger count = new AtomicInteger();

    DriverThreads(@Nullable ClassLoader driver) {
        this.driver = driver;
    }

    @Override
    public Thread newThread(Runnable task) {
        Thread thread = new Thread(task, "birdstrikes-pool-" + count.incrementAndGet());
        thread.setDaemon(true);
        thread.setContextClassLoader(driver);
        return thread;
    }
}
