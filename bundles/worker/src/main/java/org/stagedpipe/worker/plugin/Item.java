package org.stagedpipe.worker.plugin;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// One item's bytes on their way through the engine: the client's until decoded, the result's once encoded.
///
/// Passed from the transport to one pipeline thread to the part's delivery thread; each owns it while it has it. An item whose
/// stage hangs is answered while the pipeline's thread still has it: what it is charged then is settled once.
public final class Item {

    /// What an item costs beyond its bytes, so that many tiny ones are bounded too.
    public static final long OVERHEAD_BYTES = 128;

    /// Told how many bytes an item needs beyond those that it came with, or fewer.
    public interface Charges {

        /// So many more, until the item is answered; below 0: fewer. Called for each item, so it should be cheap.
        void charge(long bytes);
    }

    /// What is reserved for an item is given back early only where it is more than this: all threads write where that is counted.
    private static final long WORTH_GIVING_BACK_BYTES = 512;

    private static final long SETTLED = Long.MIN_VALUE;

    private static final VarHandle CHARGED;

    static {
        try {
            CHARGED = MethodHandles.lookup().findVarHandle(Item.class, "charged", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Charges charges;
    private final long key;
    private @Nullable ByteString bytes;
    private long charged; // by CHARGED once others have the item

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

    /// From here on it is only its result, unless it is answered without it.
    void result(ByteString result) {
        long before = (long) CHARGED.getAcquire(this);
        long after = result.size() + OVERHEAD_BYTES;
        if (after <= before && before - after <= WORTH_GIVING_BACK_BYTES) {
            bytes = result;
        } else if (before != SETTLED && CHARGED.compareAndSet(this, before, after)) {
            bytes = result;
            charges.charge(after - before);
        }
    }

    /// The result's bytes, of an item without a fault.
    public ByteString result() {
        return bytes == null ? ByteString.EMPTY : bytes;
    }

    /// What to give back now that it is answered, or will never be; 0 from then on.
    public long settle() {
        long last = (long) CHARGED.getAndSet(this, SETTLED);
        return last == SETTLED ? 0 : last;
    }
}
