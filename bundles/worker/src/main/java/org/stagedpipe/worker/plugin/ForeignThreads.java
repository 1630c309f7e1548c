package org.stagedpipe.worker.plugin;

import jdk.management.VirtualThreadSchedulerMXBean;

import java.lang.management.ManagementFactory;

/// Virtual threads for code of plugins that is no stage: an activation, an open, a close. It may compute for ever, and a virtual
/// thread that does keeps its carrier from all others. So there is one carrier more for each of these as long as it runs.
///
/// They are no platform threads: those hear no interrupt while they wait for a socket, a database that is silent say.
public final class ForeignThreads {

    /// More of them share what there is.
    private static final int MOST = 64;

    private static final VirtualThreadSchedulerMXBean SCHEDULER =
            ManagementFactory.getPlatformMXBean(VirtualThreadSchedulerMXBean.class);
    private static final int MOST_CARRIERS =
            Math.min(
                    SCHEDULER.getParallelism() + MOST,
                    Integer.getInteger("jdk.virtualThreadScheduler.maxPoolSize", 256));

    private ForeignThreads() {}

    /// One that runs the work.
    public static Thread unstarted(String name, Runnable work) {
        return Thread.ofVirtual()
                .name(name)
                .unstarted(() -> {
                    boolean hasMore = more();
                    try {
                        work.run();
                    } finally {
                        if (hasMore) {
                            fewer();
                        }
                    }
                });
    }

    private static synchronized boolean more() {
        int now = SCHEDULER.getParallelism();
        if (now >= MOST_CARRIERS) {
            return false;
        }
        SCHEDULER.setParallelism(now + 1);
        return true;
    }

    private static synchronized void fewer() {
        SCHEDULER.setParallelism(SCHEDULER.getParallelism() - 1);
    }
}
