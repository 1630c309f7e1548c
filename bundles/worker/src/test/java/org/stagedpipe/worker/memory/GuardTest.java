package org.stagedpipe.worker.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

class GuardTest implements Guard.Controls {

    private static final Marks MARKS =
            new Marks(
                    0.80,
                    0.65,
                    0.25,
                    Duration.ofMillis(500),
                    Duration.ofHours(1),
                    Duration.ofSeconds(15),
                    Duration.ofSeconds(60));

    private final List<String> told = new ArrayList<>();
    private final Ledger ledger = new Ledger(new Bounds(100, 140, 60), () -> 0);
    private final Guard guard = new Guard(ledger, MARKS, this);

    @Override
    public void paused(boolean isPaused) {
        told.add(isPaused ? "paused" : "open");
    }

    @Override
    public void handBack(Duration waited) {
        if (waited.isZero()) {
            told.add("all back");
        }
    }

    @Override
    public void recycle(String why) {
        told.add("recycle: " + why);
    }

    private void look(double heap, long nowMs) {
        guard.look(new Reading(heap, 0, 0, 0), nowMs);
    }

    @Test
    void stopsTheIntakeAndGoesOn() {
        Ledger.Account account = ledger.account(() -> told.add("woken"));
        assertTrue(account.reserve(10));
        look(0.5, 1_000);
        assertFalse(guard.state().getPaused());
        look(0.85, 1_250);
        assertTrue(ledger.isPaused());
        assertFalse(account.mayAsk(true));
        assertEquals("heap after collection at 85 % (pauses at 80 %)", guard.state().getReason());
        assertEquals(10, guard.state().getReservedBytes());
        assertEquals(100, guard.state().getBudgetBytes());
        assertEquals(0.85, guard.state().getGauge());
        look(0.5, 1_500);
        look(0.5, 2_000);
        assertEquals(List.of("paused", "woken", "open"), told);
        assertFalse(guard.state().getPaused());
        assertEquals(0, guard.state().getSinceMs());
    }

    @Test
    void goesOnAfterALookThatFailed() throws Exception {
        CountDownLatch looks = new CountDownLatch(2);
        Guard.Controls failing =
                new Guard.Controls() {
                    @Override
                    public void paused(boolean isPaused) {}

                    @Override
                    public void handBack(Duration waited) {
                        looks.countDown();
                        throw new IllegalStateException("a bug");
                    }

                    @Override
                    public void recycle(String why) {}
                };
        try (Guard other = new Guard(ledger, MARKS, failing)) {
            other.open();
            assertTrue(looks.await(30, TimeUnit.SECONDS));
        }
    }

    @Test
    void aLeakEndsInARecycling() {
        look(0.85, 1_000);
        look(0.85, 16_000);
        look(0.85, 61_000);
        assertEquals(
                List.of(
                        "paused",
                        "all back",
                        "all back",
                        "recycle: memory is lost: paused for long, nothing is reserved; heap after"
                                + " collection at 85 % (pauses at 80 %)"),
                told);
    }
}
