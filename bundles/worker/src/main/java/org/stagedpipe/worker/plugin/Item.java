package org.stagedpipe.worker.plugin;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;

/// One item's bytes on their way through the engine: the client's until decoded, the result's once encoded.
///
/// Passed from the transport to one pipeline thread to the part's delivery thread; each owns it while it has it.
public final class Item {

    /// What an item costs beyond its bytes, so that many tiny ones are bounded too.
    public static final long OVERHEAD_BYTES = 128;

    /// Told how many bytes an item needs beyond those that it came with, or fewer.
    public interface Charges {

        /// So many more, until the item is answered; below 0: fewer. Called for each item, so it should be cheap.
        void charge(long bytes);
    }

    private final Charges charges;
    private final long key;
    private @Nullable ByteString bytes;
    private long charged;

    /// @param charged what it was charged when it came
    /// @param key in a keyed group, otherwise 0
    public Item(ByteString bytes, long charged, Charges charges, long key) {
        this.key = key;
        this.bytes = bytes;
        this.charged = charged;
        this.charges = charges;
    }

    /// Items of one key run one after the other; 0: it has none.
    public long key() {
        return key;
    }

    /// The client's bytes, once; they can be collected while the stages run.
    ByteString take() {
        ByteString taken = bytes == null ? ByteString.EMPTY : bytes;
        bytes = null;
        return taken;
    }

    /// From here on it is only its result.
    void result(ByteString result) {
        bytes = result;
        long more = result.size() + OVERHEAD_BYTES - charged;
        charged += more;
        charges.charge(more);
    }

    /// The result's bytes, of an item without a fault.
    public ByteString result() {
        return bytes == null ? ByteString.EMPTY : bytes;
    }

    /// What to give back when it is answered.
    public long charged() {
        return charged;
    }
}
