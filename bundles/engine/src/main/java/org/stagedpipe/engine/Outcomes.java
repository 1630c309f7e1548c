package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Outcome;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;

/// The outcomes of a group one by one, up to its end.
final class Outcomes<D> implements Iterator<Outcome<D>> {

    private final Group<D, ?> group;
    private @Nullable Outcome<D> next;

    Outcomes(Group<D, ?> group) {
        this.group = group;
    }

    @Override
    public boolean hasNext() {
        if (next == null) {
            next = takeOrCancel();
        }
        return next != null;
    }

    @Override
    public Outcome<D> next() {
        if (!hasNext() || next == null) {
            throw new NoSuchElementException("group " + group.id() + " has ended");
        }
        Outcome<D> result = next;
        next = null;
        return result;
    }

    private @Nullable Outcome<D> takeOrCancel() {
        try {
            return group.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while waiting for an outcome");
        }
    }
}
