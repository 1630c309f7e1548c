package org.stagedpipe.birdstrikes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.stagedpipe.api.Secret;

class LoadConfigTest {

    @Test
    void hidesThePasswordAndTheRestOfTheUrl() {
        Secret password = Secret.of("canary");
        String text = LoadConfig.of("jdbc:h2:tcp://canary-host/x", "sa", password, "t").toString();
        assertFalse(text.contains("canary"), text);
        assertTrue(text.contains("password=secret"), text);
    }

    @Test
    void refusesAPasswordInTheUrlWithoutRepeatingIt() {
        assertRefused(
                "url: has a password (expected: the password under its own key)",
                () -> LoadConfig.of("jdbc:postgresql://h/d?Password=canary", null, null, "t"));
    }

    @Test
    void refusesWhatIsNoTableAndNoPool() {
        assertRefused(
                "table: \"t; drop\" (expected: [a-z_][a-z0-9_]{0,47})",
                () -> LoadConfig.of("jdbc:h2:mem:x", null, null, "t; drop"));
        assertRefused(
                "poolSize: 33 (expected: 1 to 32)",
                () -> new LoadConfig("jdbc:h2:mem:x", null, null, "t", 33));
    }

    @Test
    void refusesADatabaseWithoutADriverByItsKindOnly() {
        assertRefused(
                "url: jdbc:mysql:... (expected: " + DatabaseUrl.SHAPES + ")",
                () -> LoadConfig.of("jdbc:mysql://canary/x", null, null, "t"));
    }

    @Test
    void readsJsonAndFillsInWhatIsLeftOut() throws Exception {
        assertEquals(
                new LoadConfig("jdbc:h2:mem:x", null, null, "bird_strikes", 4),
                new ObjectMapper().readValue("{\"url\":\"jdbc:h2:mem:x\"}", LoadConfig.class));
    }

    private static void assertRefused(String text, Executable call) {
        assertEquals(text, assertThrows(IllegalArgumentException.class, call).getMessage());
    }
}
