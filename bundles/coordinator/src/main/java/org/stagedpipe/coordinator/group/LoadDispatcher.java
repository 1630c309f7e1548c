package org.stagedpipe.coordinator.group;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.IntUnaryOperator;

/// Gives frames to the workers with the least load: first what is delivered again, in ascending sequences, then what is new.
///
/// A suspect goes to a worker that holds nothing else of its group; until there is one, one worker gets nothing new, and the others
/// get what else there is. One that waits for its verdict keeps no worker. A frame with more items
/// than workers may have now, or than that one wants, is cut. The item for which all others of an ordered group wait is given
/// in any case.
final class LoadDispatcher implements Dispatcher {

    private final Parts parts;
    private final Flight flight;
    private final IntUnaryOperator ration;
    private final Queue<Frame> again = new PriorityQueue<>(Comparator.comparingLong(Frame::first));
    private final SortedSet<Frame> suspects = new TreeSet<>(Comparator.comparingLong(Frame::first));
    private final Deque<Frame> fresh = new ArrayDeque<>(); // bounded by the window

    /// @param ration how many items may be given now, of that many
    LoadDispatcher(Parts parts, Flight flight, IntUnaryOperator ration) {
        this.parts = parts;
        this.flight = flight;
        this.ration = ration;
    }

    @Override
    public void add(Frame frame) {
        fresh.add(frame);
    }

    @Override
    public void addAgain(List<Frame> frames) {
        frames.forEach(frame -> (frame.isSuspect() ? suspects : again).add(frame));
    }

    @Override
    public void remove(Frame frame) {
        again.remove(frame);
        suspects.remove(frame);
    }

    @Override
    public boolean isWaiting() {
        return peek() != null || !suspects.isEmpty();
    }

    @Override
    public boolean isStarved() {
        return isWaiting() && !parts.hasUsable();
    }

    @Override
    public void pump() {
        WorkerPart kept = giveSuspects();
        int room = 0;
        for (Frame next = peek(); next != null; next = peek()) {
            room = room < next.open() ? room(next) : room;
            if (room == 0) {
                return;
            }
            if (next.isSuspect()) { // by what became known of its workers while it waited
                suspects.add(remove());
                kept = giveSuspects();
                room = 0;
                continue;
            }
            WorkerPart part = parts.pick(kept);
            if (part == null) {
                return;
            }
            remove();
            int most = Math.min(room, part.room());
            if (next.open() > most) {
                List<Frame> two = flight.cut(next, most);
                next = two.getFirst();
                again.add(two.getLast()); // before what is new
            }
            room -= next.open();
            part.give(next);
        }
    }

    /// Gives suspects to idle workers.
    ///
    /// @return the worker that is to become idle for one that is left; null if none waits for that
    private @Nullable WorkerPart giveSuspects() {
        for (Iterator<Frame> all = suspects.iterator(); all.hasNext(); ) {
            Frame next = all.next();
            if (!next.isSuspect()) {
                all.remove();
                again.add(next);
            } else if (!next.isAccused()) {
                if (room(next) == 0) {
                    return null;
                }
                WorkerPart part = parts.pickIdle(peek() != null);
                if (part == null) {
                    return parts.toKeep();
                }
                all.remove();
                part.give(next);
            }
        }
        return null;
    }

    @Override
    public void clear() {
        again.clear();
        suspects.clear();
        fresh.clear();
    }

    private int room(Frame first) {
        int room = ration.applyAsInt(first.open());
        return room == 0 && first.indexOf(flight.awaited()) >= 0 ? 1 : room;
    }

    /// The next one that is no suspect.
    private @Nullable Frame peek() {
        return again.isEmpty() ? fresh.peek() : again.peek();
    }

    private Frame remove() {
        return (again.isEmpty() ? fresh : again).remove();
    }
}
