package org.stagedpipe.itests.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;

/// A wall clock for processes that are started with its environment, which this process sets while they run; made by
/// libfaketime, which leaves their monotonic clock alone.
final class FakeClock {

    /// When a process sees a new time at the latest.
    static final Duration SEEN_AFTER = Duration.ofSeconds(1);

    private static final Duration UNDER_WAY = Duration.ofSeconds(10); // an item, at most

    private static final String LIBRARY = "faketime/libfaketimeMT.so.1";
    private static final Path LIBRARIES = Path.of("/usr/lib");

    private final Path library;
    private final Path file;

    private FakeClock(Path library, Path file) {
        this.library = library;
        this.file = file;
    }

    /// A clock that goes right at first; its file is in that folder.
    ///
    /// @throws Row.NotPermitted if the library is not installed
    static FakeClock in(Path folder) throws IOException, Row.NotPermitted {
        try (Stream<Path> found =
                Files.find(LIBRARIES, 3, (path, kind) -> path.endsWith(LIBRARY))) {
            Path library =
                    found.findFirst()
                            .orElseThrow(() ->
                                    new Row.NotPermitted(
                                            "a clock: no " + LIBRARY + " below " + LIBRARIES));
            FakeClock clock = new FakeClock(library, folder.resolve("ahead"));
            clock.set(Duration.ZERO);
            return clock;
        }
    }

    Map<String, String> environment() {
        return Map.of(
                "LD_PRELOAD", library.toString(),
                "FAKETIME_TIMESTAMP_FILE", file.toString(),
                "FAKETIME_CACHE_DURATION", Long.toString(SEEN_AFTER.toSeconds()),
                "FAKETIME_DONT_FAKE_MONOTONIC", "1",
                "FAKETIME_FORCE_MONOTONIC_FIX", "0"); // or every wait ends at once
    }

    /// From now on, or soon, the clock is so far ahead of the real one.
    void set(Duration ahead) throws IOException {
        Path next = file.resolveSibling("next");
        Files.writeString(next, "%+d".formatted(ahead.toSeconds()));
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /// Whether the clock of the worker that began with this item was so far ahead of ours, as closely as an item's time shows.
    static boolean isAhead(Book.Arrival arrival, Duration ahead) {
        long ms = arrival.startedMs() - arrival.arrivedMs();
        return Math.abs(ms - ahead.toMillis()) <= UNDER_WAY.toMillis();
    }
}
