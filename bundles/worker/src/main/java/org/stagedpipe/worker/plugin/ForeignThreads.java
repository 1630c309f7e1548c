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
    private static final int OWN = SCHEDULER.getParallelism();
    private static final int MOST_CARRIERS =
            Math.min(OWN + MOST, Integer.getInteger("jdk.virtualThreadScheduler.maxPoolSize", 256));

    private static int running; // guarded by the class

    private ForeignThreads() {}

    /// One that runs the work.
    public static Thread unstarted(String name, Runnable work) {
        return Thread.ofVirtual()
                .name(name)
                .unstarted(() -> {
                    count(1);
                    try {
                        work.run();
                    } finally {
                        count(-1);
                    }
                });
    }

    private static synchronized void count(int more) {
        running += more;
        SCHEDULER.setParallelism(Math.max(OWN, Math.min(OWN + running, MOST_CARRIERS)));
    }
}
