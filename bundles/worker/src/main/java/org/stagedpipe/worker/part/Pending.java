package org.stagedpipe.worker.part;

import com.google.protobuf.ByteString;

import java.util.List;

/// A frame on its way into the engine: which of its items are left. The items' bytes are views of the frame.
final class Pending {

    static final Pending NONE = new Pending(List.of(), List.of(), ByteString.EMPTY);

    private final List<Long> sequences;
    private final List<Integer> sizes;
    private final ByteString body;
    private int index;
    private int offset;

    Pending(List<Long> sequences, List<Integer> sizes, ByteString body) {
        this.sequences = sequences;
        this.sizes = sizes;
        this.body = body;
    }

    boolean isEmpty() {
        return index == sequences.size();
    }

    long sequence() {
        return sequences.get(index);
    }

    ByteString bytes() {
        return body.substring(offset, offset + sizes.get(index));
    }

    void next() {
        offset += sizes.get(index++);
    }
}
