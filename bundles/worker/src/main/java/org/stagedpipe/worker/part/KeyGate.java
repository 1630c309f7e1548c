package org.stagedpipe.worker.part;

import org.stagedpipe.engine.GroupClosedException;
import org.stagedpipe.worker.plugin.Item;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;

/// Lets one item of each key into the engine at a time, in the order in which they came; the others wait here. Guarded by the
/// [Intake] that it belongs to.
final class KeyGate {

    private static final Queue<Waiting> NONE = new ArrayDeque<>(0); // stays empty

    private final int most;
    private final Map<Long, Queue<Waiting>> inside =
            new HashMap<>(); // who waits behind the one in the engine
    private final Queue<Long> ready = new ArrayDeque<>(); // keys whose next one may go in
    private int count;

    /// An item that waits for the one before it.
    record Waiting(long sequence, int attempt, Item item) {}

    /// @param most how many may wait
    KeyGate(int most) {
        this.most = most;
    }

    /// Takes an item; false if there is no room for it now.
    ///
    /// @throws GroupClosedException if the engine takes no more
    boolean take(Session<?, ?, ?> to, long sequence, int attempt, Item item) {
        Queue<Waiting> behind = inside.get(item.key());
        if (behind == null) {
            if (!to.offer(sequence, attempt, item)) {
                return false;
            }
            inside.put(item.key(), NONE);
            return true;
        }
        if (count == most) {
            return false;
        }
        if (behind.isEmpty()) {
            behind = new ArrayDeque<>();
            inside.put(item.key(), behind);
        }
        behind.add(new Waiting(sequence, attempt, item));
        count++;
        return true;
    }

    /// The item of that key that was in the engine has ended.
    void ended(long key) {
        Queue<Waiting> behind = inside.get(key);
        if (behind != null && behind.isEmpty()) {
            inside.remove(key);
        } else if (behind != null) {
            ready.add(key);
        }
    }

    /// Gives the engine those whose turn it is, as far as it has room.
    ///
    /// @throws GroupClosedException if the engine takes no more
    void pump(Session<?, ?, ?> to) {
        for (Long key = ready.peek(); key != null; key = ready.peek()) {
            Queue<Waiting> behind = Objects.requireNonNull(inside.get(key));
            Waiting next = behind.element();
            if (!to.offer(next.sequence(), next.attempt(), next.item())) {
                return;
            }
            ready.remove();
            behind.remove();
            count--;
        }
    }

    /// Whether nobody waits.
    boolean isEmpty() {
        return count == 0;
    }

    /// Lets go of those that wait.
    List<Waiting> clear() {
        List<Waiting> all = new ArrayList<>(count);
        inside.values().forEach(all::addAll);
        inside.clear();
        ready.clear();
        count = 0;
        return all;
    }
}
