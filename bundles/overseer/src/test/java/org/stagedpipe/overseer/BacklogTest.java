package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/// Bundles that cannot be kept, on a clock of the test.
class BacklogTest {

    private final AtomicLong nanos = new AtomicLong();
    private final String full = "no space " + UUID.randomUUID();
    private final List<String> fetched = new ArrayList<>();
    private final Backlog backlog = new Backlog(this::fetch, nanos::get);
    private boolean isFull = true;

    @Test
    void itIsTriedAgainEverLaterAndSaidOnce() throws Exception {
        List<Integer> tries = new ArrayList<>();
        for (int second = 0; second < 1_000; second++) {
            backlog.fetch(Set.of("a"));
            if (fetched.size() > tries.size()) {
                tries.add(second);
            }
            nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        }
        assertEquals(List.of(0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 811), tries);
        assertEquals(1, TestLog.warnings(full).size());
    }

    @Test
    void aPauseIsForOneBundleAndEndsWhenItCanBeKept() throws Exception {
        backlog.fetch(Set.of("a"));
        isFull = false;
        backlog.fetch(Set.of("a", "b"));
        assertEquals(List.of("a", "b"), fetched);
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        backlog.fetch(Set.of("a"));
        isFull = true;
        backlog.fetch(Set.of("a"));
        assertEquals(List.of("a", "b", "a", "a"), fetched);
        assertEquals(2, TestLog.warnings(full).size());
    }

    private Optional<Path> fetch(String sha256) throws IOException {
        fetched.add(sha256);
        if (isFull) {
            throw new FileSystemException("upload" + fetched.size() + ".jar", null, full);
        }
        return Optional.of(Path.of(sha256));
    }
}
