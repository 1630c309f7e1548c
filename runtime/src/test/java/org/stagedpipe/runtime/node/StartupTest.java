package org.stagedpipe.runtime.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Map;

class StartupTest {

    @Test
    void waitsForAll() throws Exception {
        Startup startup = new Startup(2);
        startup.accept("ready", "a");
        assertEquals(List.of(), startup.await(Duration.ofMillis(1)));
        Thread.ofVirtual().start(() -> startup.accept("ready", "b"));
        assertEquals(List.of("a", "b"), startup.await(Duration.ofSeconds(20)));
    }

    @Test
    void refusesUnknownEvents() {
        assertThrows(IllegalArgumentException.class, () -> new Startup(1).accept("done", ""));
    }

    @Test
    void readsAddresses() {
        assertEquals(
                Map.of(
                        "overseer", "127.0.0.1:9400",
                        "admin", "127.0.0.1:9401",
                        "repository", "http://127.0.0.1:9402/index.xml"),
                ReadyLine.addresses(
                        List.of(
                                "overseer o1 on 127.0.0.1:9400, admin on 127.0.0.1:9401, repository"
                                        + " at http://127.0.0.1:9402/index.xml")));
    }
}
