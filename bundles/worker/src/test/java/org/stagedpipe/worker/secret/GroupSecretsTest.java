package org.stagedpipe.worker.secret;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

/// What a group's texts show of its secrets.
class GroupSecretsTest {

    private final Secrets all = new Secrets(null);
    private final GroupSecrets secrets = all.ofGroup();

    @Test
    void eachOccurrenceGoesAndTheLongestFirst() throws SecretException {
        secrets.given("hunt");
        secrets.given("hunter2");
        secrets.given("a.*b");
        assertEquals(
                "(secret)(secret) and (secret)er, but a--b and (secret)",
                secrets.redacted("hunter2hunter2 and hunter, but a--b and a.*b"));
    }

    @Test
    void whatIsShorterThanAWordStays() throws SecretException {
        assertEquals("abc", secrets.given("abc").reveal());
        assertEquals("", secrets.given("").reveal());
        assertEquals("abc", secrets.redacted("abc"));
    }

    @Test
    void textsOfAGroupAreWithoutItsOwnOnly() throws SecretException {
        GroupSecrets other = all.ofGroup();
        secrets.given("hunter2");
        other.given("hunter3");
        assertEquals("(secret) hunter3", secrets.redacted("hunter2 hunter3"));
        assertEquals("hunter2 (secret)", other.redacted("hunter2 hunter3"));
        assertEquals("(secret) (secret)", all.redacted("hunter2 hunter3"));
    }

    @Test
    void aConfigurationHasSoManyAtMost() throws SecretException {
        for (int i = 0; i < 64; i++) {
            secrets.given("secret-" + i);
        }
        SecretException refused =
                assertThrows(SecretException.class, () -> secrets.given("secret-64"));
        assertEquals(
                "a secret more (expected: at most 64 in a configuration)", refused.getMessage());
    }
}
