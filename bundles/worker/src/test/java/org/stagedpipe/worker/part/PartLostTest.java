package org.stagedpipe.worker.part;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.protocol.v1.WorkRequest;
import org.stagedpipe.protocol.v1.WorkResponse;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Receiver;
import org.stagedpipe.transport.node.Unread;
import org.stagedpipe.worker.Eventually;
import org.stagedpipe.worker.memory.Bounds;
import org.stagedpipe.worker.memory.Ledger;
import org.stagedpipe.worker.plugin.PassingPlugin;
import org.stagedpipe.worker.secret.Secrets;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/// A part whose disk loses what it has answered.
@Timeout(20)
@SuppressWarnings("NullAway.Init")
class PartLostTest {

    private static final int BYTES = 1_000; // more than half of the budget
    private static final Bounds BOUNDS = new Bounds(1_800, 4_000, 4_000);

    @TempDir Path folder;

    private final List<WorkResponse> said = new CopyOnWriteArrayList<>();
    private final List<CallException> failures = new CopyOnWriteArrayList<>();
    private volatile boolean isReady;

    @Test
    void whatCannotBeReadIsNotHeldAgainstItsItems() throws Exception {
        TestDisk disk = new TestDisk(folder, 1 << 20);
        Ledger ledger = new Ledger(BOUNDS, System::nanoTime);
        Parts parts = parts(disk, ledger);
        Receiver<WorkRequest> part = parts.open(new Coordinator());
        part.onMessage(PartTest.open(false));
        Eventually.holds("it is open", () -> !said.isEmpty(), () -> said);
        part.onMessage(item());
        Eventually.holds("it is answered", () -> parts.itemsAnswered() == 1, ledger::used);
        disk.files.getFirst().truncate(0);
        isReady = true;
        part.onReady();
        Eventually.holds("its end", () -> !failures.isEmpty(), () -> said);
        assertTrue(said.getLast().getCapacity().getStops(), said.toString());
        assertEquals(CallException.Kind.UNREACHABLE, failures.getFirst().kind());
        Eventually.holds("it is over", () -> parts.groups() == 0, parts::groups);
        assertEquals(0, ledger.used());
    }

    private static Parts parts(TestDisk disk, Ledger ledger) {
        return new Parts(
                "w1",
                ByteString.EMPTY,
                version -> CompletableFuture.completedFuture(PassingPlugin.lease(item -> {})),
                new PartLimits(
                        4,
                        new Unread(1 << 20, 64 << 10, 0),
                        Duration.ofSeconds(10),
                        new Secrets(null),
                        disk),
                ledger);
    }

    private static WorkRequest item() {
        return WorkRequest.newBuilder()
                .setItems(
                        Items.newBuilder()
                                .addSequences(0)
                                .addSizes(BYTES)
                                .setBody(ByteString.copyFrom(new byte[BYTES])))
                .build();
    }

    /// Takes answers once it is ready; what is no answer it takes at any time.
    private final class Coordinator implements Call<WorkResponse> {

        @Override
        public boolean isReady() {
            return isReady;
        }

        @Override
        public void send(WorkResponse message) {
            said.add(message);
        }

        @Override
        public void complete() {}

        @Override
        public void fail(CallException why) {
            failures.add(why);
        }

        @Override
        public void request(int messages) {}
    }
}
