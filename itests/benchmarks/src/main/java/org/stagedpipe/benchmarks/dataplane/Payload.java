package org.stagedpipe.benchmarks.dataplane;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.stagedpipe.benchmarks.dataplane.plugin.Reading;

/// What is sent: the same item again and again.
///
/// @param name as figures name it
/// @param item its bytes
/// @param json whether the worker reads and writes it as JSON
/// @param itemsPerFrame how many go in one frame of the raw relay; a part of one for an item that goes in chunks
record Payload(String name, byte[] item, boolean json, double itemsPerFrame) {

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
        return new Payload(name, new byte[bytes], false, items);
    }

    /// A record.
    static Payload json(String name) {
        try {
            byte[] item = new ObjectMapper().writeValueAsBytes(Reading.sample());
            return new Payload(name, item, true, MAX_FRAME_ITEMS);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /// The same one by one.
    Payload alone() {
        return new Payload(name, item, json, 1);
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
