package org.stagedpipe.worker.part;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.engine.GroupClosedException;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.worker.plugin.Item;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// Brings what a coordinator sends into the engine, and asks for more only when there is room: in the engine's window, in
/// the part's bytes, in the node's bytes. Never blocks; called by the transport's thread and by those that make room.
///
/// Holds at most one message that the engine has not taken whole.
final class Intake implements Item.Charges {

    /// What an item costs beyond its bytes, so that many tiny ones are bounded too.
    static final long ITEM_OVERHEAD_BYTES = 128;

    /// Small charges are collected up to here: the budget's lock for each result would cost as much as the result.
    private static final long CHARGE_BYTES = 64 << 10;

    private final Call<?> call;
    private final AtomicLong small = new AtomicLong(); // charges of many threads, not yet in held
    private final PartLimits limits;
    private final Budget budget;
    private final Traffic traffic;
    private final Runnable pump = this::pump;

    // All below is guarded by this.
    private final Assembler assembler = new Assembler();
    private @Nullable Session<?, ?, ?> session;
    private Pending pending = Pending.NONE;
    private int attempt = 1;
    private long held;
    private long partial;
    private boolean reserving;
    private boolean asked;
    private boolean last;
    private boolean finished;
    private boolean stopped;

    Intake(Call<?> call, PartLimits limits, Budget budget, Traffic traffic) {
        this.call = call;
        this.limits = limits;
        this.budget = budget;
        this.traffic = traffic;
    }

    /// Asks for the first message.
    void begin() {
        pump();
    }

    /// A message has come, of whatever kind.
    synchronized void arrived() {
        asked = false;
    }

    /// What follows is that attempt at its items.
    ///
    /// @throws CallException if it is less than 1
    synchronized void redelivery(int number) throws CallException {
        if (number < 1) {
            throw new CallException(
                    CallException.Kind.INVALID,
                    "redelivery: attempt "
                            + Integer.toUnsignedString(number)
                            + " (expected: >= 1)");
        }
        attempt = number;
    }

    /// @throws CallException if the frame breaks the rules
    synchronized void take(Items items) throws CallException {
        check(items);
        if (!stopped && items.getSequencesCount() > 0) {
            pending = new Pending(items);
            add(items.getSequencesCount(), items.getBody().size());
            budget.charge(cost(items.getSequencesCount(), items.getBody().size()));
        }
    }

    private static void check(Items items) throws CallException {
        long sum = 0;
        for (int i = 0; i < items.getSizesCount(); i++) {
            sum += Integer.toUnsignedLong(items.getSizes(i));
        }
        if (items.getSizesCount() != items.getSequencesCount() || sum != items.getBody().size()) {
            throw new CallException(
                    CallException.Kind.INVALID,
                    "items: "
                            + items.getSequencesCount()
                            + " sequences, "
                            + items.getSizesCount()
                            + " sizes, sum of sizes "
                            + sum
                            + " (expected: as many sizes as sequences, and the body's "
                            + items.getBody().size()
                            + " bytes)");
        }
    }

    /// @throws CallException if the chunk breaks the rules
    void take(Chunk chunk) throws CallException {
        boolean whole = assemble(chunk);
        if (whole) {
            budget.settled();
        }
    }

    private synchronized boolean assemble(Chunk chunk) throws CallException {
        if (stopped) {
            return false;
        }
        boolean first = !assembler.isBusy();
        ByteString item = assembler.take(chunk);
        if (first) {
            partial = chunk.getSize();
            reserving = true;
            reserve();
        }
        if (item == null) {
            return false;
        }
        boolean settled = !reserving;
        if (reserving) { // whole with its first chunk: no need to wait for room
            reserving = false;
            budget.forget(pump);
            budget.charge(cost(1, partial));
        }
        partial = 0;
        pending = Pending.of(chunk.getSequence(), item);
        add(1, item.size());
        return settled;
    }

    private void reserve() {
        if (reserving && budget.reserve(cost(1, partial), pump)) {
            reserving = false;
        }
    }

    private void add(int items, long bytes) {
        held += cost(items, bytes);
        traffic.taken(items);
    }

    private static long cost(int items, long bytes) {
        return items * ITEM_OVERHEAD_BYTES + bytes;
    }

    /// From now on items go there.
    void open(Session<?, ?, ?> opened) {
        synchronized (this) {
            session = opened;
        }
        pump();
    }

    /// The coordinator sends no more.
    ///
    /// @throws CallException if an item is half there
    void last() throws CallException {
        synchronized (this) {
            if (assembler.isBusy() && !stopped) {
                throw new CallException(
                        CallException.Kind.INVALID,
                        "the stream ends within an item (expected: all its chunks)");
            }
            last = true;
        }
        pump();
    }

    /// Gives the engine what it takes and asks for more if there is room.
    void pump() {
        boolean ask;
        Session<?, ?, ?> ended = null;
        synchronized (this) {
            submit();
            reserve();
            ask = !stopped && !last && !asked && mayAsk();
            asked |= ask;
            if (last && !finished && pending.isEmpty() && session != null) {
                finished = true;
                ended = session;
            }
        }
        if (ask) {
            call.request(1); // may bring the message at once, on this thread
        }
        if (ended != null) {
            ended.finish();
        }
    }

    private boolean mayAsk() {
        if (!pending.isEmpty() || reserving) {
            return false;
        }
        if (assembler.isBusy() || held == 0) {
            return true; // the way to the item's end is paid for; a part that holds nothing may
            // have one message
        }
        return held < limits.windowBytes() && budget.hasRoom(pump);
    }

    private void submit() {
        Session<?, ?, ?> to = session;
        if (to == null || stopped) {
            return;
        }
        try {
            while (!pending.isEmpty()) {
                Item item = new Item(pending.bytes(), cost(1, pending.size()), this);
                if (!to.offer(pending.sequence(), attempt, item)) {
                    return;
                }
                pending.next();
            }
            pending = Pending.NONE;
        } catch (GroupClosedException e) {
            stopped = true; // the engine has ended the group; its end is on the way
        }
    }

    @Override
    public void charge(long bytes) {
        if (small.addAndGet(bytes) >= CHARGE_BYTES) {
            settleCharges();
        }
    }

    private void settleCharges() {
        long bytes = small.getAndSet(0);
        synchronized (this) {
            held += bytes;
        }
        budget.charge(bytes);
    }

    /// Items were answered.
    void answered(int items, long bytes) {
        settleCharges();
        synchronized (this) {
            held -= bytes;
        }
        traffic.answered(items);
        budget.release(bytes);
        pump();
    }

    synchronized int attempt() {
        return attempt;
    }

    /// Takes nothing more. Answers the sequences of the items that came and never reached the engine.
    List<Long> stop() {
        List<Long> left = new ArrayList<>();
        long released = 0;
        boolean settled = false;
        synchronized (this) {
            stopped = true;
            while (!pending.isEmpty()) {
                left.add(pending.sequence());
                released += cost(1, pending.size());
                pending.next();
            }
            pending = Pending.NONE;
            traffic.answered(left.size());
            held -= released;
            if (assembler.isBusy() && !reserving && partial > 0) {
                settled = true;
                released += cost(1, partial);
            }
            reserving = false;
            partial = 0;
        }
        budget.forget(pump);
        budget.release(released);
        if (settled) {
            budget.settled();
        }
        return left;
    }

    /// Lets go of the plugin.
    synchronized void forget() {
        session = null;
    }
}
