package org.stagedpipe.worker.part;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Bytes;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.protocol.v1.WorkRequest;
import org.stagedpipe.protocol.v1.WorkResponse;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Receiver;
import org.stagedpipe.transport.node.Unread;
import org.stagedpipe.worker.memory.Bounds;
import org.stagedpipe.worker.memory.Ledger;
import org.stagedpipe.worker.memory.Spool;
import org.stagedpipe.worker.plugin.Lease;
import org.stagedpipe.worker.plugin.PassingPlugin;
import org.stagedpipe.worker.plugin.PluginException;
import org.stagedpipe.worker.secret.Secrets;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// One stream of a coordinator to a worker that has little room, and a plugin that answers each item with its bytes. Brings a
/// message when it is asked for, and nothing once the worker has ended the stream, as the transport does.
final class TestStream implements Call<WorkResponse> {

    /// When the worker has the plugin.
    enum Opening {
        AT_ONCE,
        /// Once no more messages are asked for.
        LATE,
        /// It hears then that it is not to be had.
        NEVER
    }

    private static final int WINDOW_ITEMS = 4;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Ledger ledger = new Ledger(new Bounds(2_000, 2_000, 1_500), System::nanoTime);
    private final CompletableFuture<Lease> lease = new CompletableFuture<>();
    private final Queue<ByteString> seen = new ConcurrentLinkedQueue<>();
    private final Parts parts =
            new Parts(
                    "w1",
                    ByteString.EMPTY,
                    version -> lease,
                    new PartLimits(
                            WINDOW_ITEMS,
                            new Unread(1 << 20, 64 << 10, 0),
                            PATIENCE,
                            new Secrets(null),
                            new Spool(Path.of("none"), 0)),
                    ledger);

    // Guarded by this.
    private final Map<Long, ByteString> results = new TreeMap<>();
    private int answers;
    private int asked;
    private ByteString half = ByteString.EMPTY; // of a result
    private boolean isOver;
    private @Nullable CallException failure;

    /// Sends them, then that no more follow, and waits for the end.
    static TestStream of(List<WorkRequest> messages, Opening opening) {
        TestStream stream = new TestStream();
        stream.run(messages.iterator(), opening);
        return stream;
    }

    private void run(Iterator<WorkRequest> messages, Opening opening) {
        if (opening == Opening.AT_ONCE) {
            open(opening);
        }
        Receiver<WorkRequest> part = parts.open(this);
        while (messages.hasNext() && !isOver()) {
            if (!isAsked()) {
                open(opening);
                await("a message is asked for", () -> isAsked() || isOver());
            } else {
                bring(part, messages.next());
            }
        }
        if (!isOver()) {
            part.onComplete();
        }
        open(opening);
        await("an end", this::isOver);
        await("the part is over", () -> parts.groups() == 0);
        assertEquals(0, ledger.used(), "bytes are reserved for good");
        assertEquals(0, parts.itemsInFlight(), "items count as taken for good");
    }

    private void bring(Receiver<WorkRequest> part, WorkRequest message) {
        synchronized (this) {
            asked--;
        }
        part.onMessage(message);
    }

    private void open(Opening opening) {
        if (opening == Opening.NEVER) {
            lease.completeExceptionally(new PluginException("pass 1.0.0: nobody has it"));
        } else if (!lease.isDone()) {
            lease.complete(PassingPlugin.lease(this::saw));
        }
    }

    private void saw(Bytes item) {
        seen.add(ByteString.copyFrom(item.toByteArray()));
    }

    private void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not in time: " + what + "; answers: " + answers());
            }
            LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(50));
        }
    }

    /// What was answered with bytes.
    synchronized Map<Long, ByteString> results() {
        return Collections.unmodifiableMap(results);
    }

    /// How many items were answered, in whatever way.
    synchronized int answers() {
        return answers;
    }

    /// What the plugin was given.
    List<ByteString> seen() {
        return List.copyOf(seen);
    }

    /// How the worker ended the stream, null if well.
    synchronized @Nullable CallException failure() {
        return failure;
    }

    private synchronized boolean isOver() {
        return isOver;
    }

    private synchronized boolean isAsked() {
        return asked > 0;
    }

    @Override
    public synchronized void request(int messages) {
        asked += messages;
    }

    @Override
    public synchronized void send(WorkResponse message) {
        if (isOver) {
            return;
        }
        switch (message.getMessageCase()) {
            case OUTCOMES -> {
                read(message.getOutcomes().getResults());
                for (ItemFault fault : message.getOutcomes().getFaultsList()) {
                    throw new AssertionError("a fault: " + fault);
                }
            }
            case CHUNK -> read(message.getChunk());
            case OPENED, CAPACITY, HAND_BACK, MESSAGE_NOT_SET -> {}
        }
    }

    private void read(Items items) {
        int from = 0;
        for (int i = 0; i < items.getSequencesCount(); i++) {
            int to = from + items.getSizes(i);
            answer(items.getSequences(i), items.getBody().substring(from, to));
            from = to;
        }
    }

    private void read(Chunk chunk) {
        half = half.concat(chunk.getData());
        if (half.size() == chunk.getSize()) {
            answer(chunk.getSequence(), half);
            half = ByteString.EMPTY;
        }
    }

    private void answer(long sequence, ByteString result) {
        results.put(sequence, result);
        answers++;
    }

    @Override
    public boolean isReady() {
        return true;
    }

    @Override
    public void complete() {
        end(null);
    }

    @Override
    public void fail(CallException why) {
        end(why);
    }

    /// The first end stays.
    private synchronized void end(@Nullable CallException why) {
        if (!isOver) {
            isOver = true;
            failure = why;
        }
    }
}
