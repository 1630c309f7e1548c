package org.stagedpipe.coordinator.group;

import java.time.Duration;

/// The bounds of every group on a node.
///
/// @param windowItems accepted and not yet handed to the client, in one group
/// @param windowBytes the same in bytes; one item alone may be larger
/// @param maxItemBytes of one item, and of one result
/// @param readAheadBytes no worker is read while that much waits for the client
/// @param readAheadMessages the same in messages
/// @param firstMessageTimeout how long a stream waits for its first message
/// @param openWait how long an open waits for its plugin to be known and for a ready worker
/// @param openTimeout how long an open waits for the first worker's answer
/// @param noWorkerTimeout how long items wait for a ready worker before their group is aborted
/// @param finishTimeout how long a group whose items are all answered waits for the workers to close their parts
public record Limits(
        int windowItems,
        long windowBytes,
        long maxItemBytes,
        long readAheadBytes,
        int readAheadMessages,
        Duration firstMessageTimeout,
        Duration openWait,
        Duration openTimeout,
        Duration noWorkerTimeout,
        Duration finishTimeout) {

    /// One frame may have so many items in any case: a client is not told of the window.
    static final int MAX_FRAME_ITEMS = 4_096;

    /// Of the body of one frame, and of a chunk that is received.
    public static final int MAX_FRAME_BYTES = 1 << 20;

    /// From so many bytes of faults on a message to a client is full: clients take 4 MiB.
    static final int MAX_FAULT_BYTES = 256 << 10;

    /// Of an item in a frame: its sequence (at most 9 bytes), its size (3), and its key (8).
    private static final int ITEM_NUMBERS_BYTES = 20;

    /// Of what an open has beside its configuration.
    private static final int OPEN_BYTES = 64 << 10;

    /// Of any message: what the clients of every language send.
    private static final int MAX_MESSAGE_BYTES = 4 << 20;

    /// Of a chunk that is sent.
    static final int CHUNK_BYTES = 256 << 10;

    /// Of a group's configuration.
    static final int MAX_CONFIGURATION_BYTES = 1 << 20;

    /// An item that ended that many workers is poison.
    static final int DEATHS_OF_POISON = 3;

    /// So long its workers have to come back first: connections that were cut one after the other are no deaths.
    static final Duration VERDICT_AFTER = Duration.ofSeconds(3);

    /// So is one during which that many were lost without having ended: that proves little, but it has to end.
    static final int LOSSES_OF_POISON = 30;

    /// Of one message from a client: the largest frame, chunk, or open.
    public int maxMessageBytes() {
        long numbers = (long) ITEM_NUMBERS_BYTES * Math.max(windowItems, MAX_FRAME_ITEMS);
        return (int) Math.min(MAX_MESSAGE_BYTES, MAX_FRAME_BYTES + numbers + OPEN_BYTES);
    }
}
