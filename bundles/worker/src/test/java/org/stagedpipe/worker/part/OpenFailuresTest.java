package org.stagedpipe.worker.part;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.PluginVersion;

import java.time.Duration;

class OpenFailuresTest {

    private static final PluginVersion FISH = version("fish");

    private long now = -5;
    private final OpenFailures failures = new OpenFailures(() -> now);

    @Test
    void saysOneLineOfAVersionInTenSecondsAndThenHowManyMore() {
        String fish = "a group of fish 1.0.0 is refused: ";
        assertEquals(fish + "no nets", failures.next(FISH, "no nets"));
        assertEquals("", failures.next(FISH, "no nets"));
        assertEquals("", failures.next(FISH, "no boat"));
        assertEquals(
                "a group of bird 1.0.0 is refused: no legs",
                failures.next(version("bird"), "no legs"));
        now += Duration.ofSeconds(10).toNanos();
        assertEquals(
                fish + "no boat; 2 more were since it was said last",
                failures.next(FISH, "no boat"));
        now += Duration.ofSeconds(10).toNanos();
        assertEquals(fish + "no boat", failures.next(FISH, "no boat"));
    }

    private static PluginVersion version(String name) {
        return PluginVersion.newBuilder().setName(name).setVersion("1.0.0").build();
    }
}
