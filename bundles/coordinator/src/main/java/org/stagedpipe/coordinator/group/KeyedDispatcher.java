package org.stagedpipe.coordinator.group;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntUnaryOperator;

/// Gives the frames of a keyed group to workers: all items of a lane that are under way are on one worker, which gets them in
/// ascending sequences and runs those of a key one after the other.
///
/// A frame is divided by the workers that its lanes go to. A lane that is to change its worker waits until the old one has
/// answered what it has of it; so do the later items of a lane whose earlier ones wait, for whatever reason, and the lanes of a worker
/// that is to become idle for a suspect. What a lost
/// worker had comes first, as its sequences are lower. The item for which all others of an ordered group wait is given in any
/// case.
final class KeyedDispatcher implements Dispatcher {

    private static final int WAIT = -1;

    private final Parts parts;
    private final Flight flight;
    private final IntUnaryOperator ration;
    private final Lanes lanes = new Lanes();
    private final TreeMap<Long, Frame> waiting =
            new TreeMap<>(); // by first sequence; bounded by the window
    private final @Nullable WorkerPart[] holders =
            new WorkerPart[Lanes.COUNT]; // who got a lane last; it may have none of it any more
    private final BitSet blocked = new BitSet(Lanes.COUNT); // of pump only
    private int room; // of pump only

    /// Of pump only: gets nothing new, so that it becomes idle for a suspect.
    private @Nullable WorkerPart kept;

    /// @param ration how many items may be given now, of that many
    KeyedDispatcher(Parts parts, Flight flight, IntUnaryOperator ration) {
        this.ration = ration;
        this.parts = parts;
        this.flight = flight;
    }

    @Override
    public void add(Frame frame) {
        waiting.put(frame.first(), frame);
    }

    @Override
    public void addAgain(List<Frame> frames) {
        frames.forEach(this::add);
    }

    @Override
    public void remove(Frame frame) {
        waiting.remove(frame.first());
    }

    @Override
    public boolean isWaiting() {
        return !waiting.isEmpty();
    }

    @Override
    public boolean isStarved() {
        return isWaiting() && !parts.hasUsable();
    }

    @Override
    public void clear() {
        waiting.clear();
    }

    @Override
    public void pump() {
        if (waiting.isEmpty()) {
            return;
        }
        List<WorkerPart> willing = willing();
        if (willing.stream().noneMatch(WorkerPart::isFree)) {
            return;
        }
        room = ration.applyAsInt(waiting.firstEntry().getValue().open());
        Frame awaited = room == 0 ? awaited() : null;
        if (room == 0 && awaited == null) {
            return;
        }
        lanes.among(willing);
        blocked.clear();
        kept = null;
        if (awaited == null) {
            giveAll(willing);
        } else {
            room = 1;
            giveFirst(awaited, willing);
        }
    }

    /// The lanes of one that runs a suspect go elsewhere meanwhile, if there is another one.
    private List<WorkerPart> willing() {
        List<WorkerPart> all = parts.all().stream().filter(WorkerPart::isWilling).toList();
        List<WorkerPart> others = all.stream().filter(part -> !part.hasSuspect()).toList();
        return others.isEmpty() ? all : others;
    }

    /// The frame that has the item for which all others wait.
    private @Nullable Frame awaited() {
        long sequence = flight.awaited();
        Map.Entry<Long, Frame> entry = waiting.floorEntry(sequence);
        while (entry != null && entry.getValue().indexOf(sequence) < 0) {
            entry = waiting.lowerEntry(entry.getKey()); // divided frames interleave
        }
        return entry == null ? null : entry.getValue();
    }

    private void giveAll(List<WorkerPart> willing) {
        for (Frame next : List.copyOf(waiting.values())) {
            room = room < next.open() ? ration.applyAsInt(next.open()) : room;
            if (room == 0) {
                return;
            }
            if (next.isSuspect()) {
                giveAlone(next);
            } else {
                give(next, willing);
            }
        }
    }

    /// Gives the first open item of the frame that has the lowest one.
    private void giveFirst(Frame frame, List<WorkerPart> willing) {
        if (frame.isSuspect()) {
            giveAlone(frame);
        } else {
            int lane = Lanes.of(frame.key(frame.firstOpen()));
            give(frame, target(lane, willing), willing);
        }
    }

    /// A suspect is one item. While it waits, the later ones of its lane do.
    private void giveAlone(Frame suspect) {
        int lane = Lanes.of(suspect.key(0));
        if (blocked.get(lane)) {
            return; // in its turn
        }
        blocked.set(lane);
        if (room == 0 || kept != null || suspect.isAccused() || isHeldByAnother(lane, null)) {
            return;
        }
        WorkerPart idle = parts.pickIdle(othersWait());
        if (idle != null) {
            send(suspect, idle);
        } else {
            kept = parts.toKeep();
        }
    }

    private boolean othersWait() {
        return waiting.values().stream().anyMatch(frame -> !frame.isSuspect());
    }

    private void give(Frame frame, List<WorkerPart> willing) {
        int[] targets = new int[frame.count()];
        int first = Integer.MIN_VALUE;
        boolean isOne = true;
        for (int i = 0; i < targets.length; i++) {
            if (!frame.isAnswered(i)) {
                targets[i] = target(Lanes.of(frame.key(i)), willing);
                isOne &= first == Integer.MIN_VALUE || targets[i] == first;
                first = targets[i];
            }
        }
        if (isOne) {
            give(frame, first, willing);
        } else {
            divide(frame, targets, willing);
        }
    }

    private int target(int lane, List<WorkerPart> willing) {
        int worker = lanes.worker(lane);
        WorkerPart part = willing.get(worker);
        if (blocked.get(lane) || part == kept || !part.isFree() || isHeldByAnother(lane, part)) {
            blocked.set(lane);
            return WAIT;
        }
        return worker;
    }

    /// Whether a worker has items of a lane under way, other than that one.
    private boolean isHeldByAnother(int lane, @Nullable WorkerPart part) {
        WorkerPart last = holders[lane];
        return last != null && last != part && last.holds(lane);
    }

    private void divide(Frame frame, int[] targets, List<WorkerPart> willing) {
        int[] pieces = new int[willing.size() + 1]; // of each target
        Arrays.fill(pieces, WAIT);
        List<Integer> order = new ArrayList<>();
        int[] piece = new int[targets.length];
        for (int i = 0; i < targets.length; i++) {
            if (!frame.isAnswered(i)) {
                int target = targets[i] + 1;
                if (pieces[target] == WAIT) {
                    pieces[target] = order.size();
                    order.add(targets[i]);
                }
                piece[i] = pieces[target];
            }
        }
        waiting.remove(frame.first());
        List<Frame> divided = flight.divide(frame, piece, order.size());
        divided.forEach(this::add);
        for (int i = 0; i < divided.size(); i++) {
            give(divided.get(i), order.get(i), willing);
        }
    }

    private void give(Frame frame, int target, List<WorkerPart> willing) {
        if (target == WAIT) {
            return;
        }
        WorkerPart part = willing.get(target);
        if (room == 0 || !part.isFree()) {
            blocked.or(frame.lanes()); // a piece before it took the last room
        } else if (frame.open() > Math.min(room, part.room())) {
            waiting.remove(frame.first());
            List<Frame> two = flight.cut(frame, Math.min(room, part.room()));
            two.forEach(this::add);
            send(two.getFirst(), part);
            blocked.or(two.getLast().lanes());
        } else {
            send(frame, part);
        }
    }

    private void send(Frame frame, WorkerPart part) {
        waiting.remove(frame.first());
        room -= frame.open();
        part.giveKeyed(frame);
        frame.lanes().stream().forEach(lane -> holders[lane] = part);
    }
}
