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

/// Bundles that cannot be kept, or that nobody has, on a clock of the test.
class BacklogTest {

    private final AtomicLong nanos = new AtomicLong();
    private final String full = "no space " + UUID.randomUUID();
    private final List<String> fetched = new ArrayList<>();
    private final Backlog backlog = new Backlog(this::fetch, nanos::get);
    private boolean isFull = true;
    private boolean isLost;

    @Test
    void itIsTriedAgainEverLaterAndSaidOnce() throws Exception {
        assertEquals(List.of(0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 811), tries("a", 1_000));
        assertEquals(1, TestLog.warnings(full).size());
    }

    @Test
    void soIsOneThatNobodyHasAndItIsNamedAfterAMinute() throws Exception {
        isFull = false;
        isLost = true;
        String lost = UUID.randomUUID().toString();
        assertEquals(List.of(0, 1, 3, 7, 15, 31), tries(lost, 63));
        assertEquals(List.of(), TestLog.warnings(lost), "others may come yet");
        assertEquals(List.of(0, 64, 192), tries(lost, 300));
        assertEquals(
                List.of(
                        "bundle "
                                + lost
                                + " is on no overseer that lives (expected: on one; start those"
                                + " that have it, or publish that file again)"),
                TestLog.warnings(lost));
        isLost = false;
        nanos.addAndGet(Duration.ofMinutes(5).toNanos());
        assertEquals(List.of(0), tries(lost, 1));
        isLost = true;
        assertEquals(List.of(0, 1, 3, 7, 15, 31, 63), tries(lost, 64));
        assertEquals(2, TestLog.warnings(lost).size());
    }

    /// @return when it was fetched, within so many seconds
    private List<Integer> tries(String sha256, int seconds) throws Exception {
        List<Integer> tries = new ArrayList<>();
        int before = fetched.size();
        for (int second = 0; second < seconds; second++) {
            backlog.fetch(Set.of(sha256));
            if (fetched.size() > before + tries.size()) {
                tries.add(second);
            }
            nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        }
        return tries;
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
        return isLost ? Optional.empty() : Optional.of(Path.of(sha256));
    }
}
