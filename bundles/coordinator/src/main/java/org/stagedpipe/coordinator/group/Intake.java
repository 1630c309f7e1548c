package org.stagedpipe.coordinator.group;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

/// Checks what a client sends, once, and makes frames of it.
final class Intake {

    private final Limits limits;
    private final BigItems bigItems;
    private final boolean isKeyed;
    private long lastSequence = -1;
    private @Nullable BigItem partial;
    private boolean skips; // the partial item is too large

    /// @param isKeyed whether each item has a key
    Intake(BigItems bigItems, boolean isKeyed) {
        this.isKeyed = isKeyed;
        this.limits = bigItems.limits();
        this.bigItems = bigItems;
    }

    /// Many small items.
    ///
    /// @throws CallException if they break a rule of the conversation
    Frame items(Items items) throws CallException {
        requireWhole("items");
        checkShape(items);
        int count = items.getSequencesCount();
        int most = Math.max(limits.windowItems(), Limits.MAX_FRAME_ITEMS);
        if (count == 0 || count > most) {
            throw invalid("items: " + count + " in one frame", "1 to " + most + " items");
        }
        if (items.getBody().size() > Limits.MAX_FRAME_BYTES) {
            throw invalid(
                    "items: a body of " + items.getBody().size() + " bytes",
                    "at most " + Limits.MAX_FRAME_BYTES + "; chunks for a larger item");
        }
        for (int i = 0; i < count; i++) {
            follow(items.getSequences(i));
        }
        checkKeys(items);
        return Frame.of(items);
    }

    /// A part of a big item.
    ///
    /// @return the item's frame if this is its first chunk, null if it is a later one
    /// @throws CallException if it breaks a rule of the conversation
    @Nullable Frame chunk(Chunk chunk) throws CallException {
        BigItem big = partial;
        boolean isFirst = big == null;
        if (big == null) {
            big = bigItems.item(chunk);
            if ((chunk.getKey() != 0) != isKeyed) {
                throw invalid("chunk: key " + chunk.getKey(), isKeyed ? "not 0" : "0, no key");
            }
            follow(chunk.getSequence());
            skips = big.size() > limits.maxItemBytes();
        }
        if (skips) {
            big.skip(chunk);
        } else {
            big.add(chunk);
        }
        partial = big.isPartial() ? big : null;
        if (!isFirst) {
            return null;
        }
        return skips ? Frame.refused(big) : Frame.of(big);
    }

    /// Whether the last chunk belonged to an item that is too large.
    boolean skips() {
        return skips;
    }

    /// The lowest sequence that may come.
    long next() {
        return lastSequence + 1;
    }

    /// Whether chunks of the last big item are outstanding.
    boolean isPartial() {
        return partial != null;
    }

    /// @throws CallException if chunks of an item are outstanding
    void requireWhole(String next) throws CallException {
        if (partial != null) {
            throw invalid(next + " inside a big item", "the rest first: " + partial.progress());
        }
    }

    /// The rules that hold for the frames of both sides.
    ///
    /// @throws CallException if the numbers of a frame contradict each other
    static void checkShape(Items items) throws CallException {
        int count = items.getSequencesCount();
        if (items.getSizesCount() != count) {
            throw invalid(
                    "items: " + count + " sequences and " + items.getSizesCount() + " sizes",
                    "as many of both");
        }
        long sum = 0;
        for (int i = 0; i < count; i++) {
            sum += Integer.toUnsignedLong(items.getSizes(i));
        }
        if (sum != items.getBody().size()) {
            throw invalid(
                    "items: sizes of "
                            + sum
                            + " bytes and a body of "
                            + items.getBody().size()
                            + " bytes",
                    "the same");
        }
    }

    private void checkKeys(Items items) throws CallException {
        int expected = isKeyed ? items.getSequencesCount() : 0;
        if (items.getKeysCount() != expected) {
            throw invalid("items: " + items.getKeysCount() + " keys", "" + expected);
        }
        for (int i = 0; i < expected; i++) {
            if (items.getKeys(i) == 0) {
                throw invalid("key of item " + items.getSequences(i) + ": 0", "not 0");
            }
        }
    }

    private void follow(long sequence) throws CallException {
        if (sequence < 0) {
            throw invalid("sequence " + Long.toUnsignedString(sequence), "below 2^63");
        }
        if (sequence <= lastSequence) {
            throw invalid("sequence " + sequence + " after " + lastSequence, "ascending");
        }
        lastSequence = sequence;
    }

    private static CallException invalid(String what, String expected) {
        return new CallException(Kind.INVALID, what + " (expected: " + expected + ")");
    }
}
