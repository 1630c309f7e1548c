package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// A request of a key, and its place between the other requests of that key. The links between several are written by the
/// lock of their chain; a request that is alone ends without it.
final class KeyedRequest<D, R> extends EngineRequest<D, R> {

    /// Instead of the later request: this one has left the pipelines, and none comes behind it any more.
    private static final Object OVER = new Object();

    private static final VarHandle LATER;
    private static final VarHandle BEGUN;

    static {
        try {
            LATER = MethodHandles.lookup().findVarHandle(KeyedRequest.class, "later", Object.class);
            BEGUN =
                    MethodHandles.lookup()
                            .findVarHandle(KeyedRequest.class, "begun", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /// Null for good once it is.
    volatile @Nullable KeyedRequest<D, R> earlier;

    /// Marked stages that it has left, one bit each; written by its thread.
    volatile long passed;

    /// How many requests of its key there are; right in the last request of a key only, and without a count that they share.
    int depth;

    /// The count that they share; null with a low depth, and while it was never with another one. By the lock of the chain.
    private @Nullable Chain chain;

    /// Whether later requests of the key are doomed until the key has drained.
    boolean dooming;

    /// Whether an earlier request of the key failed.
    volatile boolean doomed;

    /// Whether [Positions] keeps it apart from its segment.
    volatile boolean straggling;

    /// Who waits at a marked stage; by the lock of its chain.
    @Nullable Thread waiter;

    /// The run that has nothing but this request, while it waits for the one before to begin; by the lock of its chain.
    @Nullable Run<D, R> putOff;

    /// How many requests the group accepted before it.
    long position;

    private volatile boolean begun;
    private volatile @Nullable Object later;
    private Object key = "";
    private int hash;

    KeyedRequest(
            Group<D, R> group,
            long sequence,
            int attempt,
            @Nullable D data,
            @Nullable Object attachment) {
        super(group, sequence, attempt, data, attachment);
    }

    void key(Object key) {
        this.key = key;
        int spread = key.hashCode() * 0x9E3779B9; // neighbouring keys are far apart then
        this.hash = spread ^ spread >>> 16;
    }

    Object key() {
        return key;
    }

    int hash() {
        return hash;
    }

    boolean hasKeyOf(KeyedRequest<D, R> other) {
        return hash == other.hash && key.equals(other.key);
    }

    /// Its thread takes it through the stages from now on. Not at once for others: a fence costs as much as a stage.
    void begin() {
        BEGUN.setRelease(this, true);
    }

    boolean isBegun() {
        return begun;
    }

    /// The next one of its key, or null; null also if it is over.
    @SuppressWarnings("unchecked") // else only requests of its group are written
    @Nullable KeyedRequest<D, R> later() {
        Object next = later;
        return next == OVER ? null : (KeyedRequest<D, R>) next;
    }

    /// Whether it has left the pipelines.
    boolean isOver() {
        return later == OVER;
    }

    /// Puts that one behind it. False if it is over, so that nobody waits for it.
    boolean precede(KeyedRequest<D, R> request) {
        return LATER.compareAndSet(this, null, request);
    }

    /// Makes it the last one of its key again.
    void later(@Nullable KeyedRequest<D, R> request) {
        later = request;
    }

    /// How many requests of its key there are, by the last one of them.
    int depth() {
        return chain == null ? depth : chain.length;
    }

    /// What [#countWith] needs memory for, of the one before.
    void prepareToCount() {
        if (chain == null) {
            chain = new Chain();
        }
    }

    /// It comes behind that one, which is prepared.
    void countWith(KeyedRequest<D, R> last) {
        chain = last.chain;
        if (chain != null) {
            chain.length++;
        }
    }

    /// It no longer counts for the others of its key.
    void countDown() {
        if (chain != null) {
            chain.length--;
        }
    }

    /// The run that was put off with it, if any, which waits no longer, in front of those.
    @Nullable Run<D, R> takePutOff(@Nullable Run<D, R> others) {
        Run<D, R> run = putOff;
        if (run == null) {
            return others;
        }
        putOff = null;
        run.later = others;
        return run;
    }

    /// Leaves the pipelines if it is the only one of its key. Harmless if repeated.
    boolean endAlone() {
        return earlier == null && LATER.compareAndSet(this, null, OVER);
    }

    /// Leaves the pipelines; the links of its neighbours are the caller's.
    void end() {
        later = OVER;
    }

    /// Requests of one key, one behind the other.
    private static final class Chain {

        private int length = 1;
    }
}
