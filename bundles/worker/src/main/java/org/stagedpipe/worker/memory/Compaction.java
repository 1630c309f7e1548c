package org.stagedpipe.worker.memory;

import java.lang.management.ManagementFactory;

import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/// A collection that stops this process and moves together what lives.
///
/// With `ExplicitGCInvokesConcurrent` the JDK has no other request for one than its histogram of the heap. What `System.gc()` begins
/// then ends, on G1, without the regions in which something lives: those wait for allocations, and an idle heap has none.
final class Compaction {

    private static final String HISTOGRAM = "gcClassHistogram";

    private Compaction() {}

    /// Returns when it has ended. Any thread, but not a virtual one: it keeps its carrier.
    static void run() {
        MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
        try {
            beans.invoke(
                    new ObjectName("com.sun.management:type=DiagnosticCommand"),
                    HISTOGRAM,
                    new Object[] {new String[0]}, // only of what lives, which is what collects
                    new String[] {String[].class.getName()});
        } catch (JMException e) {
            System.gc(); // a Java that has no such command: its collector may need none
        }
    }
}
