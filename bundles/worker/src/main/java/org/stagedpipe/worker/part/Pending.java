package org.stagedpipe.worker.part;

import com.google.protobuf.ByteString;

import org.stagedpipe.protocol.v1.Chunk;
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

    /// One item, whatever its size, with its last chunk.
    static Pending of(Chunk last, ByteString item) {
        Items.Builder one = Items.newBuilder();
        if (last.getKey() != 0) {
            one.addKeys(last.getKey());
        }
        return new Pending(
                one.addSequences(last.getSequence()).addSizes(item.size()).setBody(item).build());
    }

    boolean isEmpty() {
        return index == items.getSequencesCount();
    }

    /// How many are left.
    int count() {
        return items.getSequencesCount() - index;
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

    /// The first so many are taken.
    void next(int count) {
        for (int i = 0; i < count; i++) {
            next();
        }
    }

    /// The sequence of one that is left.
    ///
    /// @param place from 0 on, of those that are left
    long sequence(int place) {
        return items.getSequences(index + place);
    }

    /// Its key, 0 without one.
    long key(int place) {
        return items.getKeysCount() == 0 ? 0 : items.getKeys(index + place);
    }

    /// The size of one that is left.
    int size(int place) {
        return items.getSizes(index + place);
    }

    /// The bytes of one that is left.
    ///
    /// @param from how many bytes those before it have, of those that are left
    ByteString bytes(int place, int from) {
        return items.getBody().substring(offset + from, offset + from + size(place));
    }
}
