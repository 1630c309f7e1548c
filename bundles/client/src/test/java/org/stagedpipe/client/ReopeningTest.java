package org.stagedpipe.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.OpenGroup;
import org.stagedpipe.protocol.v1.PluginVersion;

import java.util.Base64;

/// The epochs and attempts of the processes that have a group one after the other.
class ReopeningTest {

    private static final OpenGroup REQUEST =
            OpenGroup.newBuilder().setGroup(ByteString.copyFrom(new byte[16])).build();

    @Test
    void aProcessCountsUp() {
        Reopening first = new Reopening(REQUEST);
        assertEquals(0, epoch(first));
        assertEquals(1, epoch(first));
    }

    @Test
    void theLaterOneOfTwoThatGoOnWithOneTokenIsAboveTheOther() {
        ResumeToken token = token(new Reopening(REQUEST));
        Reopening second = new Reopening(REQUEST, token, 1_000);
        long highest = 0;
        for (int opens = 0; opens < 1_000; opens++) {
            highest = epoch(second);
        }
        assertTrue(epoch(new Reopening(REQUEST, token, 1_001)) > highest);
    }

    @Test
    void oneIsAboveItsTokenWhateverTheTimeIs() {
        Reopening second = new Reopening(REQUEST, token(new Reopening(REQUEST)), 1_000);
        long highest = epoch(second);
        assertTrue(epoch(new Reopening(REQUEST, token(second), 10)) > highest);
        assertTrue(epoch(new Reopening(REQUEST, token(second), 1_000)) > highest);
    }

    @Test
    void raisesItsEpochByASecond() {
        ResumeToken token = token(new Reopening(REQUEST));
        Reopening early = new Reopening(REQUEST, token, 10_000);
        long before = epoch(early);
        assertTrue(early.raiseEpoch());
        assertEquals(epoch(new Reopening(REQUEST, token, 11_000)), epoch(early));
        assertTrue(early.epoch() > before);
    }

    @Test
    void aNewGroupKeepsItsEpoch() {
        Reopening first = new Reopening(REQUEST);
        assertFalse(first.raiseEpoch());
        assertEquals(0, epoch(first));
    }

    @Test
    void attemptsGoOnFromProcessToProcess() {
        Reopening first = new Reopening(REQUEST);
        Reopening second = new Reopening(REQUEST, token(first), 1_000);
        assertEquals(2, attempt(second));
        token(second);
        assertEquals(3, attempt(second), "after the loss of a coordinator");
        Reopening third = new Reopening(REQUEST, token(second), 2_000);
        assertEquals(4, attempt(third));
    }

    @Test
    void aTokenWithoutAnAttemptIsOfTheFirst() {
        String older =
                Base64.getUrlEncoder()
                        .encodeToString(
                                org.stagedpipe.protocol.v1.ResumeToken.newBuilder()
                                        .setGroup(REQUEST.getGroup())
                                        .build()
                                        .toByteArray());
        assertEquals(2, attempt(new Reopening(REQUEST, ResumeToken.parse(older), 1_000)));
    }

    @Test
    void epochsStayBelowTheWiresBound() {
        long year10000 = 253_402_300_800_000L;
        ResumeToken token = token(new Reopening(REQUEST));
        assertTrue(epoch(new Reopening(REQUEST, token, year10000)) > 0);
    }

    private static long epoch(Reopening of) {
        return of.next(0).getEpoch();
    }

    private static int attempt(Reopening of) {
        return of.next(0).getResume().getAttempt();
    }

    /// Of a group that is open.
    private static ResumeToken token(Reopening of) {
        of.opened(PluginVersion.newBuilder().setName("echo").build());
        return ResumeToken.of(of, new Ledger(new Sequences()), new Arrivals());
    }
}
