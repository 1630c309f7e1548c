package org.stagedpipe.runtime.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;

/// Stops a cluster when the block ends that it was made for, or when this process ends before; unless told to keep it.
public final class StopAtExit implements AutoCloseable {

    private final LocalCluster cluster;
    private final Thread hook = Thread.ofPlatform().name("stop-cluster").unstarted(this::stop);
    private boolean kept;

    /// From now on.
    public StopAtExit(LocalCluster cluster) {
        this.cluster = cluster;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /// The cluster runs on.
    public void keep() {
        kept = true;
    }

    @Override
    public void close() {
        if (!kept) {
            stop();
        }
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // the process is ending: the hook runs, or has run
        }
    }

    private synchronized void stop() {
        try {
            cluster.stop();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
