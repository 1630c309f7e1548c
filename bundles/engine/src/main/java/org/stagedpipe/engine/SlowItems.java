package org.stagedpipe.engine;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// Finds items that run for long, and tells of each once; the watch thread's. Pipeline threads note nothing for it: an item that was there in each look
/// since the first one has run for that long. It keeps numbers only, as an item may be large and its plugin about to leave.
final class SlowItems<D, R> {

    private final long afterNanos;
    private final PipelinesListener listener;
    private Map<Key, Seen> seen = Map.of();

    private record Key(UUID group, long sequence, int attempt) {}

    /// @param sinceNanos the look that found it first
    private record Seen(long sinceNanos, boolean isTold) {}

    /// @param afterNanos 0 for never
    SlowItems(long afterNanos, PipelinesListener listener) {
        this.afterNanos = afterNanos;
        this.listener = listener;
    }

    boolean isOn() {
        return afterNanos > 0;
    }

    void look(List<Worker<D, R>> workers, long now) {
        Map<Key, Seen> present = new HashMap<>();
        for (Worker<D, R> worker : workers) {
            Run<D, R> run = worker.current();
            EngineRequest<D, R> running = run == null ? null : run.running();
            if (running != null) {
                look(worker.thread(), running, now, present);
            }
        }
        seen = present;
    }

    /// @param present gets what is known of it from now on
    private void look(
            Thread thread, EngineRequest<D, R> running, long now, Map<Key, Seen> present) {
        Key key = new Key(running.group(), running.sequence(), running.attempt());
        Seen before = seen.getOrDefault(key, new Seen(now, false));
        boolean isDue = !before.isTold() && now - before.sinceNanos() >= afterNanos;
        present.put(key, new Seen(before.sinceNanos(), before.isTold() || isDue));
        if (isDue) {
            listener.itemSlow(report(thread, running, Duration.ofNanos(now - before.sinceNanos())));
        }
    }

    private static SlowItem report(Thread thread, EngineRequest<?, ?> running, Duration since) {
        Deadline deadline = running.deadline();
        return new SlowItem(
                running.group(),
                running.sequence(),
                running.attempt(),
                deadline == null ? null : deadline.stage(),
                since,
                thread.getName(),
                List.of(thread.getStackTrace()));
    }
}
