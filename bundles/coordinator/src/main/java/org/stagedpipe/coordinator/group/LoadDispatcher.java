package org.stagedpipe.coordinator.group;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.function.IntUnaryOperator;

/// Gives frames to the workers with the least load: first what is delivered again, in ascending sequences, then what is new.
///
/// A suspect goes to a worker that holds nothing else of its group; what comes after it waits for that. A frame with more items
/// than workers may have now, or than that one wants, is cut. The item for which all others of an ordered group wait is given
/// in any case.
final class LoadDispatcher implements Dispatcher {

    private final Parts parts;
    private final Flight flight;
    private final IntUnaryOperator ration;
    private final Queue<Frame> again = new PriorityQueue<>(Comparator.comparingLong(Frame::first));
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
        again.addAll(frames);
    }

    @Override
    public void remove(Frame frame) {
        again.remove(frame);
    }

    @Override
    public boolean isWaiting() {
        return peek() != null;
    }

    @Override
    public boolean isStarved() {
        return peek() != null && !parts.hasUsable();
    }

    @Override
    public void pump() {
        int room = 0;
        for (Frame next = peek(); next != null; next = peek()) {
            room = room < next.open() ? room(next) : room;
            if (room == 0 || next.isAccused()) {
                return;
            }
            WorkerPart part = next.isSuspect() ? parts.pickIdle() : parts.pick();
            if (part == null) {
                return;
            }
            (again.isEmpty() ? fresh : again).remove();
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

    @Override
    public void clear() {
        again.clear();
        fresh.clear();
    }

    private int room(Frame first) {
        int room = ration.applyAsInt(first.open());
        return room == 0 && first.indexOf(flight.awaited()) >= 0 ? 1 : room;
    }

    private @Nullable Frame peek() {
        return again.isEmpty() ? fresh.peek() : again.peek();
    }
}
