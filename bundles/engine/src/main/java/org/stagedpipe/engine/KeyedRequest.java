package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;

/// A request of a key, and its place between the other requests of that key. All links are written by the
/// lock of its [KeyTable].
final class KeyedRequest<D, R> extends EngineRequest<D, R> {

    /// The next key in the bucket; used by the last request of a key only.
    @Nullable KeyedRequest<D, R> chain;

    /// Null for good once it is.
    volatile @Nullable KeyedRequest<D, R> earlier;

    volatile @Nullable KeyedRequest<D, R> later;

    /// Marked stages that it has left, one bit each; written by its thread.
    volatile long passed;

    /// How many requests of its key there are; right in the last request of a key only.
    int depth;

    /// Whether later requests of the key are doomed until the key has drained.
    boolean dooming;

    /// Whether an earlier request of the key failed.
    volatile boolean doomed;

    /// Whether the request has left the pipelines.
    boolean ended;

    /// Who waits at a marked stage.
    @Nullable Thread waiter;

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
        int spread = key.hashCode();
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
}
