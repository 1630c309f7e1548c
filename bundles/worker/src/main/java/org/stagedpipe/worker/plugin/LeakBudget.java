package org.stagedpipe.worker.plugin;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// How many class loaders of uninstalled versions may be held, and when the process is started anew because more are.
///
/// A plugin that leaks does so on all workers and with the same updates: they pass their budgets within seconds. So each waits for
/// a time of its own. Belongs to the host's thread.
final class LeakBudget {

    private static final Logger LOG = LoggerFactory.getLogger(LeakBudget.class);

    private final int most;
    private final Duration spread;
    private final RandomGenerator random;
    private boolean isOver;
    private long due;

    /// @param most that many may be held
    /// @param spread the longest wait
    LeakBudget(int most, Duration spread, RandomGenerator random) {
        this.most = most;
        this.spread = spread;
        this.random = random;
    }

    /// Why the process is to be started anew now; empty while it need not be.
    ///
    /// @param held what holds each that is held
    Optional<String> look(List<String> held, long now) {
        if (held.size() <= most) {
            isOver = false;
            return Optional.empty();
        }
        if (!isOver) {
            isOver = true;
            long wait = random.nextLong(spread.toNanos() + 1);
            due = now + wait;
            LOG.warn("to be started anew in {}: {}", Duration.ofNanos(wait), why(held));
        }
        return now - due >= 0 ? Optional.of(why(held)) : Optional.empty();
    }

    private String why(List<String> held) {
        return held.size()
                + " class loaders of uninstalled plugins are held (expected: at most "
                + most
                + "): "
                + String.join("; ", held);
    }
}
