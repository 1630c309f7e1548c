package org.stagedpipe.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Map;

class SettingsTest {

    @Test
    void readsWhatIsThereAndDefaultsWhatIsNot() {
        Settings settings =
                new Settings(
                        "pid",
                        Map.of("port", "9", "name", "w1", "peers", "a:1, b:2", "waitMs", 5L));

        assertEquals(9, settings.integer("port", 0, 10, 3));
        assertEquals(3, settings.integer("other", 0, 10, 3));
        assertEquals("w1", settings.text("name"));
        assertEquals(List.of("a:1", "b:2"), settings.texts("peers"));
        assertEquals(
                Duration.ofMillis(5),
                settings.millis(
                        "waitMs", Duration.ZERO, Duration.ofSeconds(1), Duration.ofMillis(7)));
        settings.refuseUnknown();
    }

    @Test
    void saysKeyValueAndExpectation() {
        Settings settings = new Settings("pid", Map.of("port", "abc", "size", 70));

        assertEquals(
                "pid: port: \"abc\" (expected: a whole number from 0 to 65535)",
                assertThrows(SettingsException.class, () -> settings.integer("port", 0, 65_535, 1))
                        .getMessage());
        assertEquals(
                "pid: size: 70 (expected: a whole number from 1 to 64)",
                assertThrows(SettingsException.class, () -> settings.integer("size", 1, 64, 1))
                        .getMessage());
        assertEquals(
                "pid: name: \"\" (expected: a text)",
                assertThrows(SettingsException.class, () -> settings.text("name")).getMessage());
    }

    @Test
    void refusesWhatIsNoPath() {
        Settings settings = new Settings("pid", Map.of("data", "a\0b"));
        assertEquals(
                "pid: data: \"a\0b\" (expected: a path: Nul character not allowed)",
                assertThrows(SettingsException.class, () -> settings.path("data")).getMessage());
    }

    @Test
    void refusesKeysThatNobodyReadButNotTheFrameworks() {
        Settings settings =
                new Settings(
                        "pid",
                        Map.of(
                                "prot",
                                1,
                                "service.pid",
                                "pid",
                                "component.name",
                                "c",
                                "startup.target",
                                "(a=b)",
                                ".x",
                                1));
        settings.integer("port", 0, 1, 0);

        assertEquals(
                "pid: unknown key prot (expected: one of port)",
                assertThrows(SettingsException.class, settings::refuseUnknown).getMessage());
    }
}
