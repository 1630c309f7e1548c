package org.stagedpipe.worker.part;

import com.google.protobuf.ByteString;

import org.stagedpipe.protocol.v1.Items;

/// A frame on its way into the engine: which of its items are left. The items' bytes are views of the frame.
final class Pending {

    static final Pending NONE = new Pending(Items.getDefaultInstance());

    private final Items items;
    private int index;
    private int offset;

    /// @param items checked
    Pending(Items items) {
        this.items = items;
    }

    /// One item, whatever its size.
    static Pending of(long sequence, ByteString item) {
        return new Pending(
                Items.newBuilder()
                        .addSequences(sequence)
                        .addSizes(item.size())
                        .setBody(item)
                        .build());
    }

    boolean isEmpty() {
        return index == items.getSequencesCount();
    }

    long sequence() {
        return items.getSequences(index);
    }

    int size() {
        return items.getSizes(index);
    }

    ByteString bytes() {
        return items.getBody().substring(offset, offset + size());
    }

    void next() {
        offset += size();
        index++;
    }
}
