package org.stagedpipe.transport;

import com.sun.management.HotSpotDiagnosticMXBean;

import io.grpc.netty.shaded.io.netty.buffer.PooledByteBufAllocator;

import java.lang.management.ManagementFactory;

/// The network's buffers of this process: all connections and servers take them from one pool.
///
/// It is static as gRPC's own is: memory outside of the heap belongs to the process. A pool that is known here can say how
/// much of it is in use; what the pool keeps for later, its size, never shrinks and says nothing.
public final class Buffers {

    /// As gRPC chooses it: pieces of 2 MiB.
    private static final int MAX_ORDER = 8;

    static final PooledByteBufAllocator POOL =
            new PooledByteBufAllocator(
                    true,
                    PooledByteBufAllocator.defaultNumHeapArena(),
                    PooledByteBufAllocator.defaultNumDirectArena(),
                    PooledByteBufAllocator.defaultPageSize(),
                    MAX_ORDER,
                    PooledByteBufAllocator.defaultSmallCacheSize(),
                    PooledByteBufAllocator.defaultNormalCacheSize(),
                    PooledByteBufAllocator.defaultUseCacheForAllThreads());

    /// What a stream may hold that nobody reads yet, where nothing else is said.
    public static final int STREAM_WINDOW_BYTES = 1 << 20;

    private Buffers() {}

    /// Bytes of direct memory that this process may have.
    public static long limitBytes() {
        HotSpotDiagnosticMXBean machine =
                ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        long set = Long.parseLong(machine.getVMOption("MaxDirectMemorySize").getValue());
        return set > 0 ? set : Runtime.getRuntime().maxMemory();
    }

    /// Bytes of direct memory in use.
    public static long usedBytes() {
        return POOL.pinnedDirectMemory();
    }

    /// Bytes of direct memory that the pool keeps for later.
    public static long keptBytes() {
        return Math.max(0, POOL.metric().usedDirectMemory() - usedBytes());
    }
}
