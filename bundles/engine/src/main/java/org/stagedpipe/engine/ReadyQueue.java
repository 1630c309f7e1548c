package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;

/// The groups that have requests nobody took yet, each once, the one that waits longest first.
final class ReadyQueue<D, R> {

    private final SpinLock lock = new SpinLock();
    private final ArrayDeque<Inlet<D, R>> inlets = new ArrayDeque<>();

    void add(Inlet<D, R> inlet) {
        lock.lock();
        try {
            inlets.add(inlet);
        } finally {
            lock.unlock();
        }
    }

    boolean isEmpty() {
        lock.lock();
        try {
            return inlets.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    @Nullable Inlet<D, R> poll() {
        lock.lock();
        try {
            return inlets.poll();
        } finally {
            lock.unlock();
        }
    }
}
