package org.stagedpipe.runtime.cluster;

import java.io.IOException;

/// Stops a cluster when the block ends that it was made for, or when this process ends before; unless told to keep it.
public final class StopAtExit implements AutoCloseable {

    private final LocalCluster cluster;
    private final Thread hook = Thread.ofPlatform().name("stop-cluster").unstarted(this::stopLast);
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

    /// @throws IOException if it cannot be stopped
    @Override
    public void close() throws IOException {
        try {
            if (!kept) {
                stop();
            }
        } finally {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                // the process is ending: the hook runs, or has run
            }
        }
    }

    /// Nobody is left to report to.
    private void stopLast() {
        try {
            stop();
        } catch (IOException e) {
            System.err.println("stagedpipe: " + e.getMessage());
        }
    }

    private synchronized void stop() throws IOException {
        try {
            cluster.stop();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
