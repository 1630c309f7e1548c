package org.stagedpipe.worker.secret;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What the names of threads show, whose groups may have ended long ago.
class FingerprintsTest {

    private final Secrets all = new Secrets(null);

    @Test
    void aNameIsWithoutTheSecretsOfAllGroupsThereEverWere() throws SecretException {
        all.ofGroup().given("hunt");
        all.ofGroup().given("hunter2");
        all.ofGroup().given("abc");
        assertEquals("pool (secret)(secret)er 2 abc", all.nameShown("pool hunter2hunter 2 abc"));
        assertEquals("", all.nameShown(""));
    }

    @Test
    @Timeout(60)
    void nothingOfALongNameIsShownHoweverLongItIs() throws SecretException {
        all.ofGroup().given("hunter2");
        String longest = "hunter2" + "x".repeat(249);
        assertEquals("(secret)" + "x".repeat(249), all.nameShown(longest));
        assertEquals("(a long name)", all.nameShown(longest + "x"));
        assertEquals("(a long name)", all.nameShown("x".repeat(1_000_000)));
    }

    @Test
    void onceThereWereTooManyNoNameIsShown() throws SecretException {
        for (int i = 0; i < 20_000; i++) {
            all.ofGroup().given("secret-" + i);
        }
        all.ofGroup().given("secret-0");
        assertEquals("(secret) pool", all.nameShown("secret-19999 pool"));
        all.ofGroup().given("one more");
        assertEquals("(secret)", all.nameShown("pool"));
    }
}
