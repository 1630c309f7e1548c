package org.stagedpipe.coordinator.group;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;

/// Gives frames to workers: first what is delivered again, in ascending sequences, then what is new.
///
/// In a keyed group a [KeyedDispatcher] does so. A suspect goes to a worker that holds nothing else of its group; what comes after it waits for that.
sealed class Dispatcher permits KeyedDispatcher {

    private final Parts parts;
    private final Queue<Frame> again = new PriorityQueue<>(Comparator.comparingLong(Frame::first));
    private final Deque<Frame> fresh = new ArrayDeque<>(); // bounded by the window

    Dispatcher(Parts parts) {
        this.parts = parts;
    }

    /// A frame that no worker has had yet.
    void add(Frame frame) {
        fresh.add(frame);
    }

    /// Frames whose workers have ended.
    void addAgain(List<Frame> frames) {
        again.addAll(frames);
    }

    /// Whether frames wait for a worker that takes them.
    boolean isWaiting() {
        return peek() != null;
    }

    /// Whether frames wait although no worker takes items.
    boolean isStarved() {
        return peek() != null && !parts.hasUsable();
    }

    /// Gives away what can be given away.
    void pump() {
        for (Frame next = peek(); next != null; next = peek()) {
            WorkerPart part = next.isSuspect() ? parts.pickIdle() : parts.pick();
            if (part == null) {
                return;
            }
            (again.isEmpty() ? fresh : again).remove();
            part.give(next);
        }
    }

    /// Forgets all.
    void clear() {
        again.clear();
        fresh.clear();
    }

    private @Nullable Frame peek() {
        return again.isEmpty() ? fresh.peek() : again.peek();
    }
}
