package org.stagedpipe.worker.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

class LedgerTest {

    private final List<String> woken = new ArrayList<>();
    private long now;
    private final Ledger ledger = new Ledger(new Bounds(100, 140, 60), () -> now);
    private final Ledger.Account a = account("a");
    private final Ledger.Account b = account("b");
    private final Ledger.Account c = account("c");

    private Ledger.Account account(String name) {
        return ledger.account(() -> woken.add(name));
    }

    @Test
    void aGroupHasItsShare() {
        assertTrue(a.reserve(40));
        assertFalse(a.reserve(30));
        a.release(10);
        assertEquals(List.of("a"), woken);
        assertTrue(a.reserve(30));
        assertEquals(60, ledger.used());
    }

    @Test
    void whoWaitsForItselfHoldsUpNobody() {
        assertTrue(a.reserve(40));
        assertFalse(a.reserve(30));
        assertTrue(b.reserve(50));
        assertEquals(90, ledger.used());
    }

    @Test
    void whoWaitsForItselfKeepsNobodyFromAsking() {
        assertTrue(a.reserve(40));
        assertFalse(a.reserve(30));
        assertTrue(b.reserve(10));
        assertTrue(b.mayAsk(false));
    }

    @Test
    void whoComesToWaitForItselfOnlyLetsTheNextOneIn() {
        assertTrue(a.reserve(25));
        assertTrue(b.reserve(60));
        assertFalse(a.reserve(30)); // 115 of 100
        assertFalse(c.reserve(10)); // behind it
        a.correct(10); // a result that is larger than its item: a waits for its share now
        assertEquals(List.of("c"), woken);
        assertTrue(c.reserve(10));
        assertEquals(105, ledger.used());
    }

    @Test
    void firstComeFirstServed() {
        assertTrue(a.reserve(60));
        assertTrue(b.reserve(30));
        assertFalse(b.reserve(20)); // 110 of 100
        assertTrue(b.waitedNanos() > 0);
        assertFalse(c.reserve(10)); // would fit, but b was first
        a.release(60);
        assertEquals(List.of("b", "c"), woken);
        assertTrue(b.reserve(20));
        assertTrue(c.reserve(10));
        assertEquals(60, ledger.used());
        assertEquals(0, b.waitedNanos());
    }

    @Test
    void aGroupThatHoldsNothingGetsInUpToTheLimit() {
        assertTrue(a.reserve(60));
        assertTrue(b.reserve(40));
        assertFalse(b.reserve(1));
        b.leave(0).run();
        assertTrue(c.reserve(40));
        assertEquals(140, ledger.used());
        assertFalse(account("d").reserve(1));
    }

    @Test
    void oneLargestItemAlwaysMakesProgress() {
        assertTrue(a.reserve(10));
        assertFalse(b.reserve(1_000));
        assertFalse(c.reserve(1)); // nobody overtakes it
        a.release(10);
        assertTrue(b.reserve(1_000));
        b.release(1_000);
        assertEquals(List.of("b", "c"), woken);
        assertTrue(c.reserve(1));
        assertEquals(1, ledger.used());
    }

    @Test
    void tellsWhoMayAskForMore() {
        assertTrue(a.mayAsk(false));
        assertTrue(a.reserve(60));
        assertFalse(a.mayAsk(false));
        assertTrue(a.mayAsk(true)); // it is paid for
        assertTrue(b.mayAsk(false)); // it holds nothing
        a.release(1);
        assertEquals(List.of("a"), woken);
        assertTrue(a.mayAsk(false));
    }

    @Test
    void nobodyGetsInWhilePaused() {
        ledger.pause(true);
        assertFalse(a.mayAsk(true));
        assertFalse(b.reserve(1));
        now = 5;
        assertEquals(5, b.waitedNanos());
        assertEquals(List.of(), woken);
        ledger.pause(false);
        assertEquals(List.of("b", "a"), woken);
        assertTrue(a.mayAsk(true));
        assertTrue(b.reserve(1));
    }

    @Test
    void whoWasStoppedWithinAnItemGoesOnWhateverIsReserved() {
        assertTrue(a.reserve(300)); // more than there is
        assertTrue(a.mayAsk(true));
        ledger.pause(true);
        assertFalse(a.mayAsk(true));
        ledger.pause(false);
        assertEquals(List.of("a"), woken);
        assertTrue(a.mayAsk(true));
    }

    @Test
    void whoLeavesGivesBackWhatItWasGranted() {
        assertTrue(a.reserve(60));
        assertTrue(b.reserve(40));
        assertFalse(b.reserve(20));
        assertFalse(c.reserve(50));
        a.release(60);
        assertEquals(110, ledger.used());
        b.leave(0).run();
        assertEquals(90, ledger.used());
        c.leave(0).run();
        assertEquals(40, ledger.used());
        b.release(40);
        assertEquals(0, ledger.used());
        assertTrue(a.reserve(100));
    }

    @Test
    void whoLeavesGivesBackMoreAndWakesOthersWhenItIsToldTo() {
        assertTrue(a.reserve(60));
        assertTrue(b.reserve(30));
        assertFalse(b.reserve(20));
        Runnable wakeOthers = a.leave(50);
        assertEquals(60, ledger.used());
        assertEquals(List.of(), woken);
        wakeOthers.run();
        assertEquals(List.of("b"), woken);
    }

    @Test
    void isShortOnceHalfIsReservedOrSomebodyWaitsForOthersOrNobodyGetsIn() {
        assertTrue(a.reserve(50));
        assertFalse(ledger.isShort());
        assertFalse(b.reserve(100)); // 150 of 140
        assertTrue(ledger.isShort());
        b.leave(0).run();
        assertFalse(ledger.isShort());
        a.correct(1);
        assertTrue(ledger.isShort());
        a.release(51);
        ledger.pause(true);
        assertTrue(ledger.isShort());
    }

    @Test
    void aCorrectionCounts() {
        assertTrue(a.reserve(90));
        assertTrue(b.reserve(30));
        assertFalse(b.reserve(10));
        a.correct(-80);
        assertEquals(List.of("b"), woken);
        a.correct(200);
        assertEquals(250, ledger.used());
    }

    @Test
    void boundsCheckThemselves() {
        assertEquals(
                "bounds: 2, 1, 1 bytes (expected: >= 1, and the limit not below the budget)",
                assertThrows(IllegalArgumentException.class, () -> new Bounds(2, 1, 1))
                        .getMessage());
    }
}
