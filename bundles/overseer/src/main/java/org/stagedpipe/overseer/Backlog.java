package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;

/// The bundles that the catalogue names and this overseer lacks. One that it cannot keep, because its disk is full, say, or that
/// nobody has, is fetched again only after a pause, which doubles each time. For use by one thread.
final class Backlog {

    private static final Logger LOG = LoggerFactory.getLogger(Backlog.class);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);
    private static final Duration LOST_AFTER = Duration.ofMinutes(1); // others may be on their way

    private final Source source;
    private final LongSupplier nanos;
    private final Map<String, Pause> pauses = new HashMap<>(); // by digest
    private final Set<String> lost = new HashSet<>(); // of those, what was said to be nowhere
    private String said = ""; // why one could not be kept

    /// Where they come from.
    @FunctionalInterface
    interface Source {

        /// @return the file; empty if nobody has it
        /// @throws IOException if this overseer cannot keep it, or not all have answered
        Optional<Path> fetch(String sha256) throws IOException, InterruptedException;
    }

    private record Pause(long sinceNanos, Duration length) {

        boolean isOver(long nowNanos) {
            return nowNanos - sinceNanos >= length.toNanos();
        }

        Pause next(long nowNanos) {
            Duration twice = length.plus(length);
            return new Pause(nowNanos, twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE);
        }
    }

    /// @param nanos monotonic
    Backlog(Source source, LongSupplier nanos) {
        this.source = source;
        this.nanos = nanos;
    }

    /// Fetches what is lacking, but for what has a pause.
    ///
    /// @param needed digests
    void fetch(Set<String> needed) throws InterruptedException {
        pauses.keySet().retainAll(needed);
        lost.retainAll(needed);
        for (String sha256 : needed) {
            Pause pause = pauses.get(sha256);
            if (pause == null || pause.isOver(nanos.getAsLong())) {
                fetch(sha256, pause);
            }
        }
        if (pauses.isEmpty()) {
            said = "";
        }
    }

    private void fetch(String sha256, @Nullable Pause before) throws InterruptedException {
        try {
            if (source.fetch(sha256).isPresent()) {
                pauses.remove(sha256);
                lost.remove(sha256);
            } else if (pause(sha256, before).compareTo(LOST_AFTER) >= 0 && lost.add(sha256)) {
                LOG.warn(
                        "bundle {} is on no overseer that lives (expected: on one; start those that"
                                + " have it, or publish that file again)",
                        sha256);
            }
        } catch (IOException e) {
            pause(sha256, before);
            String reason = reason(e);
            if (!reason.equals(said)) {
                LOG.warn("bundle {} is lacking, tried again ever later: {}", sha256, e.toString());
            }
            said = reason;
        }
    }

    /// @return its length
    private Duration pause(String sha256, @Nullable Pause before) {
        long now = nanos.getAsLong();
        Pause next = before == null ? new Pause(now, FIRST_PAUSE) : before.next(now);
        pauses.put(sha256, next);
        return next.length();
    }

    /// Without the file's name, which is another one each time.
    private static String reason(IOException e) {
        String text = e instanceof FileSystemException file ? file.getReason() : e.getMessage();
        return e.getClass() + ": " + text;
    }
}
