package org.stagedpipe.worker.plugin;

import java.util.concurrent.atomic.AtomicBoolean;

/// A group's hold on a version of a plugin: it stays installed until the lease is closed. Safe for use by many threads.
public final class Lease implements AutoCloseable {

    private final LoadedPlugin<?, ?, ?> plugin;
    private final Runnable release;
    private final AtomicBoolean closed = new AtomicBoolean();

    Lease(LoadedPlugin<?, ?, ?> plugin, Runnable release) {
        this.plugin = plugin;
        this.release = release;
    }

    /// What is held.
    public LoadedPlugin<?, ?, ?> plugin() {
        return plugin;
    }

    /// Nothing of the plugin runs for this group any more. Harmless if repeated.
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            release.run();
        }
    }
}
