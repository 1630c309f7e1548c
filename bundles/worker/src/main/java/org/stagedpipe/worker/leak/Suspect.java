package org.stagedpipe.worker.leak;

import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.AtomicLong;

/// A class loader that should be collected, in a form that a heap dump can be searched for.
public final class Suspect {

    private static final AtomicLong NUMBERS =
            new AtomicLong(); // read in heap dumps of this process

    private final long number = NUMBERS.incrementAndGet();
    private final WeakReference<ClassLoader> loader;

    /// @param loader nothing else here refers to it
    public Suspect(WeakReference<ClassLoader> loader) {
        this.loader = loader;
    }

    /// Whether it was collected.
    public boolean isGone() {
        return loader.refersTo(null);
    }

    long number() {
        return number;
    }
}
