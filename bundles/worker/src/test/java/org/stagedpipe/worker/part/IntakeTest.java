package org.stagedpipe.worker.part;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.protocol.v1.WorkResponse;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.worker.memory.Bounds;
import org.stagedpipe.worker.memory.Ledger;
import org.stagedpipe.worker.memory.Spool;
import org.stagedpipe.worker.plugin.LoadedPlugin;
import org.stagedpipe.worker.plugin.PassingPlugin;
import org.stagedpipe.worker.secret.Secrets;

import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/// A part's way in, on its own, between a coordinator's stream and an engine.
@Timeout(20)
class IntakeTest implements Answers.Events {

    private static final int ROUNDS = 50;

    private final Ledger ledger = new Ledger(new Bounds(1_000, 1_000, 1_000), System::nanoTime);
    private final Ledger.Account others = ledger.account(() -> {});
    private final Coordinator coordinator = new Coordinator();
    private final Intake intake =
            new Intake(
                    coordinator,
                    ledger,
                    new Traffic(),
                    new Seat(ByteString.EMPTY, System::nanoTime));
    private final Semaphore answered = new Semaphore(0);

    /// An item waits for memory and is handed back; memory becomes free in that moment, and the next one comes at once.
    @Test
    void whatIsHandedBackLeavesNothingReservedForTheNextItem() throws Exception {
        try (LoadedPlugin<?, ?, ?> plugin = PassingPlugin.load()) {
            Session<?, ?, ?> session = open(plugin);
            intake.open(session);
            for (long round = 0; round < ROUNDS; round++) {
                assertTrue(others.reserve(900));
                coordinator.send(item(2 * round, 10)); // 158 bytes; waits
                coordinator.next.set(item(2 * round + 1, 100)); // 428 bytes
                Thread guard = Thread.ofPlatform().unstarted(intake::handBack);
                synchronized (ledger) {
                    guard.start();
                    awaitBlocked(guard);
                }
                others.release(900);
                guard.join();
                answered.acquire();
                assertEquals(0, ledger.used(), "round " + round);
            }
            session.finish();
        }
    }

    private Session<?, ?, ?> open(LoadedPlugin<?, ?, ?> plugin) throws CallException {
        return Session.open(
                plugin,
                new Session.Request(
                        UUID.randomUUID(),
                        ByteString.EMPTY,
                        new Secrets(null).ofGroup(),
                        16,
                        Duration.ZERO,
                        Duration.ZERO),
                new Answers(
                        new Outlet(
                                coordinator,
                                new Shelf(new Spool(Path.of("none"), 0)),
                                ledger::isShort,
                                why -> {},
                                Duration.ofMillis(1)),
                        this,
                        text -> text));
    }

    private static Items item(long sequence, int bytes) {
        return Items.newBuilder()
                .addSequences(sequence)
                .addSizes(bytes)
                .setBody(ByteString.copyFrom(new byte[bytes]))
                .build();
    }

    private static void awaitBlocked(Thread thread) {
        while (thread.getState() != Thread.State.BLOCKED) {
            LockSupport.parkNanos(100_000);
        }
    }

    @Override
    public void answered(int items, long bytes) {
        intake.answered(items, bytes);
        answered.release(items);
    }

    @Override
    public void ran() {}

    @Override
    public void ended(long... keys) {}

    @Override
    public void room() {
        intake.pump();
    }

    @Override
    public void ended() {}

    @Override
    public void failing(String text) {
        throw new AssertionError(text);
    }

    /// Has one message ready, and brings it on the thread that asks for it.
    private final class Coordinator implements Call<WorkResponse> {

        private final AtomicReference<@Nullable Items> next = new AtomicReference<>();

        void send(Items items) {
            intake.arrived();
            try {
                intake.take(items);
            } catch (CallException e) {
                throw new AssertionError(e);
            }
            intake.pump();
        }

        @Override
        public void request(int messages) {
            Items ready = next.getAndSet(null);
            if (ready != null) {
                send(ready);
            }
        }

        @Override
        public void send(WorkResponse message) {}

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void complete() {}

        @Override
        public void fail(CallException why) {}
    }
}
