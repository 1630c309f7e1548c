package org.stagedpipe.benchmarks.dataplane;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.stagedpipe.benchmarks.dataplane.plugin.Reading;

/// What is sent: the same item again and again.
///
/// @param name as figures name it
/// @param item its bytes
/// @param plugin what the cluster runs it through
/// @param itemsPerFrame how many go in one frame of the raw relay; a part of one for an item that goes in chunks
record Payload(String name, byte[] item, String plugin, double itemsPerFrame) {

    private static final String RAW = "raw";
    private static final int MAX_FRAME_ITEMS = 256; // as the client's
    private static final int MAX_FRAME_BYTES = 256 << 10;
    private static final int CHUNK_BYTES = 256 << 10;
    private static final int NUMBERS_AN_ITEM = 5; // its sequence and size, bytes

    /// Bytes as they are, in the largest frames.
    static Payload raw(String name, int bytes) {
        double items =
                bytes > MAX_FRAME_BYTES
                        ? (double) CHUNK_BYTES / bytes
                        : Math.min(MAX_FRAME_ITEMS, MAX_FRAME_BYTES / bytes);
        return new Payload(name, new byte[bytes], RAW, items);
    }

    /// A record.
    ///
    /// @param plugin one that reads and writes it as JSON
    static Payload json(String name, String plugin) {
        try {
            byte[] item = new ObjectMapper().writeValueAsBytes(Reading.sample());
            return new Payload(name, item, plugin, MAX_FRAME_ITEMS);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Whether whoever works on it reads and writes it as JSON.
    boolean json() {
        return !plugin.equals(RAW);
    }

    /// The same one by one.
    Payload alone() {
        return new Payload(name, item, plugin, 1);
    }

    /// A frame's bytes: of the items, and of their numbers.
    byte[] frame() {
        if (itemsPerFrame < 1) {
            return new byte[CHUNK_BYTES];
        }
        int items = (int) itemsPerFrame;
        return new byte[items * (item.length + NUMBERS_AN_ITEM)];
    }
}
