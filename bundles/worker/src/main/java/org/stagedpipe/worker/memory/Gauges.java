package org.stagedpipe.worker.memory;

import com.sun.management.GarbageCollectionNotificationInfo;
import com.sun.management.HotSpotDiagnosticMXBean;

import org.stagedpipe.transport.Buffers;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import javax.management.ListenerNotFoundException;
import javax.management.Notification;
import javax.management.NotificationEmitter;
import javax.management.NotificationListener;
import javax.management.openmbean.CompositeData;

/// What is measured of this process's memory. Read by one thread; the virtual machine tells of collections on another.
final class Gauges implements AutoCloseable {

    /// Over which the time in collections is looked at.
    private static final long COLLECTING_OVER_NANOS = 2_000_000_000L;

    /// Whose times are those of whole cycles, in which the process goes on, as ZGC and Shenandoah name them.
    private static final String CYCLES = "Cycles";

    /// Which say nothing of memory, of the same.
    private static final String PAUSES = "Pauses";

    private final List<GarbageCollectorMXBean> collectors =
            ManagementFactory.getGarbageCollectorMXBeans();

    /// G1 tells also while it marks, when its Eden is full of what nobody has looked at; after a collection that is empty.
    private final Set<String> heapPools =
            ManagementFactory.getMemoryPoolMXBeans().stream()
                    .filter(pool -> pool.getType() == MemoryType.HEAP)
                    .filter(pool -> !pool.getName().equals("G1 Eden Space"))
                    .map(MemoryPoolMXBean::getName)
                    .collect(Collectors.toUnmodifiableSet());

    private final MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    private final NotificationListener listener = this::collected;
    private final Deque<Collecting> history = new ArrayDeque<>();
    private final long heapBytes = Runtime.getRuntime().maxMemory();
    private final long directBytes = directBytes(heapBytes);
    private final Resident resident = Resident.ofThisProcess();
    private volatile long liveBytes;

    /// The time in collections, in all, at a moment.
    private record Collecting(long nanos, long inAllMs) {}

    /// Listens to the collector from now on.
    void open() {
        for (GarbageCollectorMXBean collector : collectors) {
            if (collector instanceof NotificationEmitter emitter
                    && !collector.getName().endsWith(PAUSES)) {
                emitter.addNotificationListener(listener, null, null);
            }
        }
    }

    Reading read(long nowNanos) {
        return new Reading(
                part(liveBytes, heapBytes),
                part(Buffers.usedBytes(), directBytes),
                resident.part(
                        new Resident.Kept(
                                memory.getHeapMemoryUsage().getCommitted(),
                                heapBytes,
                                Buffers.keptBytes())),
                collecting(nowNanos));
    }

    private double collecting(long nowNanos) {
        long inAllMs = 0;
        for (GarbageCollectorMXBean collector : collectors) {
            if (!collector.getName().endsWith(CYCLES)) {
                inAllMs += Math.max(0, collector.getCollectionTime());
            }
        }
        history.add(new Collecting(nowNanos, inAllMs));
        while (nowNanos - history.getFirst().nanos() > COLLECTING_OVER_NANOS
                && history.size() > 2) {
            history.removeFirst();
        }
        Collecting from = history.getFirst();
        // a short time at the start says nothing
        double overMs = Math.max(COLLECTING_OVER_NANOS, nowNanos - from.nanos()) / 1e6;
        return (inAllMs - from.inAllMs()) / overMs;
    }

    private void collected(Notification notification, Object handback) {
        if (notification
                        .getType()
                        .equals(GarbageCollectionNotificationInfo.GARBAGE_COLLECTION_NOTIFICATION)
                && notification.getUserData() instanceof CompositeData data) {
            Map<String, MemoryUsage> after =
                    GarbageCollectionNotificationInfo.from(data)
                            .getGcInfo()
                            .getMemoryUsageAfterGc();
            long live = 0;
            for (String pool : heapPools) {
                MemoryUsage usage = after.get(pool);
                live += usage == null ? 0 : usage.getUsed();
            }
            liveBytes = live;
        }
    }

    private static double part(long used, long all) {
        return all <= 0 ? 0 : (double) used / all;
    }

    /// What the command line allows, or as much as the heap.
    private static long directBytes(long heapBytes) {
        HotSpotDiagnosticMXBean machine =
                ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        long set = Long.parseLong(machine.getVMOption("MaxDirectMemorySize").getValue());
        return set > 0 ? set : heapBytes;
    }

    @Override
    public void close() {
        for (GarbageCollectorMXBean collector : collectors) {
            if (collector instanceof NotificationEmitter emitter) {
                try {
                    emitter.removeNotificationListener(listener);
                } catch (ListenerNotFoundException e) {
                    continue; // it was never opened
                }
            }
        }
    }
}
