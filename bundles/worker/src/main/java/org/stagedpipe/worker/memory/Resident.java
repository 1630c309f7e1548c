package org.stagedpipe.worker.memory;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The resident size of this process in the limit of its container (control groups, version 2 or 1): what lies beside the heap
/// in the room that the limit leaves beside it.
///
/// Heap and buffers that the process keeps for later are no use of memory: they are never given back, so a pause because of them
/// would never end. What is in use of both has gauges of its own.
final class Resident {

    private static final String UNLIMITED = "max";
    private static final long KIB = 1_024;

    private final Path status;
    private final long limitBytes; // 0: none

    /// What the process keeps though it may be free.
    ///
    /// @param heapBytes of the heap, in use or not
    /// @param maxHeapBytes that the heap may have
    /// @param bufferBytes of the network's buffers, not in use
    record Kept(long heapBytes, long maxHeapBytes, long bufferBytes) {}

    private Resident(Path status, long limitBytes) {
        this.status = status;
        this.limitBytes = limitBytes;
    }

    static Resident ofThisProcess() {
        return of(Path.of("/proc/self"), Path.of("/sys/fs/cgroup"));
    }

    /// @param process its folder in `/proc`
    /// @param groups where the control groups are mounted
    static Resident of(Path process, Path groups) {
        return new Resident(process.resolve("status"), limit(process.resolve("cgroup"), groups));
    }

    /// 0 where there is no limit. Never more than the whole process has of the limit, and that where the limit is below the heap's.
    double part(Kept kept) {
        if (limitBytes == 0) {
            return 0;
        }
        long resident = bytes();
        double whole = (double) resident / limitBytes;
        long room = limitBytes - kept.maxHeapBytes();
        long beside = Math.max(0, resident - kept.heapBytes() - kept.bufferBytes());
        return room <= 0 ? whole : Math.min(whole, (double) beside / room);
    }

    long limitBytes() {
        return limitBytes;
    }

    private long bytes() {
        try {
            long all = 0;
            long own = 0; // files that are mapped, a heap dump say, are the system's to take back
            for (String line : Files.readAllLines(status)) {
                all += line.startsWith("VmRSS:") ? bytes(line) : 0;
                own +=
                        line.startsWith("RssAnon:") || line.startsWith("RssShmem:")
                                ? bytes(line)
                                : 0;
            }
            return own == 0 ? all : own;
        } catch (IOException | NumberFormatException e) {
            return 0; // the other gauges remain
        }
    }

    private static long bytes(String line) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) * KIB;
    }

    /// The lowest of all groups that the process is in, from its own one up to the top.
    private static long limit(Path membership, Path groups) {
        long lowest = Long.MAX_VALUE;
        for (Path group = group(membership, groups);
                group != null && group.startsWith(groups);
                group = group.getParent()) {
            lowest = Math.min(lowest, number(group.resolve("memory.max")));
            lowest = Math.min(lowest, number(group.resolve("memory.limit_in_bytes")));
        }
        // version 1 says "none" by a number larger than any machine
        return lowest >= 1L << 50 ? 0 : lowest;
    }

    private static @Nullable Path group(Path membership, Path groups) {
        try {
            for (String line : Files.readAllLines(membership)) {
                String[] parts = line.split(":", 3);
                if (parts.length == 3 && parts[0].equals("0") && parts[1].isEmpty()) {
                    return groups.resolve(parts[2].substring(1)).normalize();
                }
                if (parts.length == 3 && parts[1].equals("memory")) {
                    Path own = groups.resolve("memory").resolve(parts[2].substring(1)).normalize();
                    return Files.isDirectory(own) ? own : groups.resolve("memory");
                }
            }
            return groups;
        } catch (IOException e) {
            return null;
        }
    }

    private static long number(Path file) {
        try {
            String text = Files.readString(file).strip();
            return text.equals(UNLIMITED) ? Long.MAX_VALUE : Long.parseLong(text);
        } catch (IOException | NumberFormatException e) {
            return Long.MAX_VALUE; // not there: no limit here
        }
    }
}
