package org.stagedpipe.worker.part;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.protocol.v1.WorkResponse;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/// What a coordinator hears of a part, while the worker is paused and goes on on another thread.
@Timeout(20)
class CreditTest {

    private static final ByteString PROCESS = ByteString.copyFromUtf8("p1");

    private final List<String> said = new CopyOnWriteArrayList<>();
    private volatile boolean isPaused;
    private Consumer<String> whileSending = text -> {};
    private final Credit credit = new Credit(new Slow(), 7, PROCESS, () -> isPaused);

    @Test
    void saysThatItIsOpenAndThatTheWorkerIsPaused() {
        credit.changed();
        isPaused = true;
        credit.changed();
        credit.open();
        isPaused = false;
        credit.changed();
        assertEquals(List.of("opened 7", "capacity 0", "capacity 7"), said);
    }

    @Test
    void takesAsManyAsKeepItBusy() {
        Credit paced = new Credit(new Slow(), 1_000, PROCESS, () -> isPaused);
        paced.open();
        for (long useful : new long[] {0, 9_000, 990, 501, 500, 4, 5, 8, 1_000}) {
            paced.useful(useful);
        }
        isPaused = true;
        paced.useful(3);
        paced.useful(6);
        isPaused = false;
        paced.changed();
        assertEquals(
                List.of(
                        "opened 64",
                        "capacity 1000",
                        "capacity 500",
                        "capacity 4",
                        "capacity 8",
                        "capacity 1000",
                        "capacity 6"),
                said);
    }

    @Test
    void aKeyedPartTakesAllFromTheBeginning() {
        Credit keyed = new Credit(new Slow(), 1_000, PROCESS, () -> isPaused);
        keyed.keyed();
        keyed.open();
        assertEquals(List.of("opened 1000"), said);
    }

    @Test
    void nothingComesAfterThatTheWorkerStops() {
        credit.open();
        credit.stops();
        credit.changed();
        assertEquals(List.of("opened 7", "stops 0"), said);
    }

    @Test
    void aPartThatOpensWhenTheWorkerStopsSaysSoBehindIt() {
        credit.stops();
        credit.open();
        assertEquals(List.of("opened 7", "stops 0"), said);
    }

    @Test
    void theNewestNewsComeLast() throws Exception {
        isPaused = true;
        Thread guard = guard(false);
        whileSending = text -> startInTheMiddle(guard, text.equals("capacity 0"));
        credit.open();
        guard.join();
        assertEquals(List.of("opened 7", "capacity 0", "capacity 7"), said);
    }

    @Test
    void nothingComesBeforeThatItIsOpen() throws Exception {
        Thread guard = guard(true);
        whileSending = text -> startInTheMiddle(guard, text.equals("opened 7"));
        credit.open();
        guard.join();
        assertEquals("opened 7", said.getFirst());
        assertEquals("capacity 0", said.getLast());
    }

    private Thread guard(boolean pauses) {
        return Thread.ofPlatform()
                .unstarted(() -> {
                    isPaused = pauses;
                    credit.changed();
                });
    }

    /// Until that thread has said what it has to say, or waits for its turn.
    private static void startInTheMiddle(Thread guard, boolean isNow) {
        if (!isNow || guard.getState() != Thread.State.NEW) {
            return;
        }
        guard.start();
        while (guard.getState() != Thread.State.BLOCKED
                && guard.getState() != Thread.State.TERMINATED) {
            LockSupport.parkNanos(100_000);
        }
    }

    /// A stream whose thread loses its processor between what it is to send and the sending.
    private final class Slow implements Call<WorkResponse> {

        @Override
        public void send(WorkResponse message) {
            String text =
                    message.hasOpened()
                            ? "opened " + message.getOpened().getMaxItemsInFlight()
                            : (message.getCapacity().getStops() ? "stops " : "capacity ")
                                    + message.getCapacity().getMaxItemsInFlight();
            whileSending.accept(text);
            said.add(text);
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void complete() {}

        @Override
        public void fail(CallException why) {}

        @Override
        public void request(int messages) {}
    }
}
