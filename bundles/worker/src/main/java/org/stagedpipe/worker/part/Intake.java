package org.stagedpipe.worker.part;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.engine.Batch;
import org.stagedpipe.engine.GroupClosedException;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.protocol.v1.Redelivery;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.worker.memory.Ledger;
import org.stagedpipe.worker.plugin.Item;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;

/// Brings what a coordinator sends into the engine, and asks for more only when there is room: in the engine's window and
/// in the worker's memory. Never blocks; called by the transport's thread and by those that make room.
///
/// Holds at most one message that the engine has not taken whole. The memory that its items may need is reserved before
/// the engine gets the first of them; that of a big item before its second chunk is asked for.
final class Intake implements Item.Charges {

    private static final long NONE = -1;

    /// Small charges are collected up to here: the budget's lock for each result would cost as much as the result.
    private static final long CHARGE_BYTES = 64 << 10;

    private final Call<?> call;
    private final Ledger ledger;
    private final Ledger.Account account;
    private final AtomicLong small =
            new AtomicLong(); // charges of many threads, not yet in the account
    private final Traffic traffic;
    private final Seat.Place place;
    private volatile @Nullable KeyGate
            gate; // of a keyed group, set before it is open; what it does is guarded by this

    // All below is guarded by this.
    private final Assembler assembler = new Assembler();
    private @Nullable Session<?, ?, ?> session;
    private Pending pending = Pending.NONE;
    private int attempt = 1;
    private boolean alone; // what comes is a suspect
    private long factor = 1;
    private int neededItems; // memory for what is pending or half there
    private long neededBytes;
    private boolean reserved;
    private long dropped = NONE; // the item whose chunks are of no use any more
    private boolean returns; // what comes as long as the pause lasts
    private boolean asked;
    private boolean last;
    private boolean finished;
    private volatile boolean isOver; // no later answer settles what is charged
    private boolean stopped;

    Intake(Call<?> call, Ledger ledger, Traffic traffic, Seat seat) {
        this.call = call;
        this.ledger = ledger;
        this.account = ledger.account(this::pump);
        this.traffic = traffic;
        this.place = seat.place(this::pump);
    }

    /// Asks for the first message, also while nothing is taken in: it brings no item.
    void begin() {
        synchronized (this) {
            asked = true;
        }
        call.request(1);
    }

    /// Whose items come.
    void of(String coordinator) {
        place.of(coordinator);
    }

    /// Each item has a key: those of one key go in one after the other.
    ///
    /// @param most how many may wait for the one before them
    synchronized void keyed(int most) {
        gate = new KeyGate(most);
    }

    /// A message has come, of whatever kind.
    synchronized void arrived() {
        asked = false;
    }

    /// Says of what follows which attempt it is, and whether it is a suspect.
    ///
    /// @throws CallException if the attempt is less than 1
    synchronized void redelivery(Redelivery next) throws CallException {
        int number = next.getAttempt();
        if (number < 1) {
            throw new CallException(
                    CallException.Kind.INVALID,
                    "redelivery: attempt "
                            + Integer.toUnsignedString(number)
                            + " (expected: >= 1)");
        }
        attempt = number;
        alone = next.getAlone();
    }

    /// @throws CallException if the frame breaks the rules
    synchronized void take(Items items) throws CallException {
        check(items);
        if (assembler.isBusy()) {
            throw new CallException(
                    CallException.Kind.INVALID,
                    "items within item "
                            + assembler.sequence()
                            + " (expected: all its chunks first)");
        }
        checkKeys(items.getKeysCount(), items.getSequencesCount());
        if (items.getKeysList().contains(0L)) {
            throw new CallException(
                    CallException.Kind.INVALID, "items: key 0 (expected: another number)");
        }
        dropped = NONE;
        if (!stopped && items.getSequencesCount() > 0) {
            pending = new Pending(items);
            needs(items.getSequencesCount(), items.getBody().size());
            traffic.taken(items.getSequencesCount());
        }
    }

    private void checkKeys(int keys, int items) throws CallException {
        int expected = gate == null ? 0 : items;
        if (keys != expected) {
            throw new CallException(
                    CallException.Kind.INVALID,
                    "items: " + keys + " keys (expected: " + expected + ")");
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
        for (int i = 0; i < items.getSequencesCount(); i++) {
            checkSequence(items.getSequences(i));
        }
    }

    private static void checkSequence(long sequence) throws CallException {
        if (sequence < 0) {
            throw new CallException(
                    CallException.Kind.INVALID,
                    "item " + Long.toUnsignedString(sequence) + " (expected: below 2^63)");
        }
    }

    /// @throws CallException if the chunk breaks the rules
    synchronized void take(Chunk chunk) throws CallException {
        checkSequence(chunk.getSequence());
        if (stopped || isDropped(chunk)) {
            return;
        }
        boolean first = !assembler.isBusy();
        ByteString item = assembler.take(chunk);
        if (first) {
            checkKeys(chunk.getKey() == 0 ? 0 : 1, 1);
            needs(1, chunk.getSize());
        }
        if (item != null) {
            pending = Pending.of(chunk, item);
            traffic.taken(1);
        }
    }

    private boolean isDropped(Chunk chunk) {
        if (chunk.getSequence() == dropped && chunk.getOffset() != 0) {
            return true;
        }
        dropped = NONE;
        return false;
    }

    private void needs(int items, long bytes) {
        neededItems = items;
        neededBytes = bytes;
        reserved = false;
    }

    private long needed() {
        return cost(neededItems, neededBytes);
    }

    private long cost(int items, long bytes) {
        return items * Item.OVERHEAD_BYTES + bytes * factor;
    }

    /// From now on items go there.
    void open(Session<?, ?, ?> opened) {
        synchronized (this) {
            session = opened;
            factor = opened.memoryFactor();
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
            if (neededItems > 0 && !reserved && !stopped && session != null) {
                reserved = account.reserve(needed());
            }
            letIn();
            submit();
            ask = !stopped && !last && !asked && mayAsk();
            asked |= ask;
            if (last && !finished && isTaken() && session != null) {
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

    /// Whether the engine has all that came.
    private boolean isTaken() {
        return pending.isEmpty() && (gate == null || gate.isEmpty());
    }

    private boolean mayAsk() {
        if (!pending.isEmpty() || (neededItems > 0 && !reserved)) {
            return false;
        }
        if (gate != null && assembler.isBusy()) {
            return true; // what it needs is reserved, and would be until the end of a pause
        }
        return isReturning() || account.mayAsk(assembler.isBusy());
    }

    /// Whether what comes is to be handed back at once: it lay unread on the stream in a pause that is long.
    synchronized boolean isReturning() {
        returns = returns && ledger.isPaused();
        return returns;
    }

    /// Those whose turn it is in their key.
    private void letIn() {
        Session<?, ?, ?> to = session;
        if (gate == null || to == null || stopped) {
            return;
        }
        try {
            gate.pump(to);
        } catch (GroupClosedException e) {
            stopped = true; // the engine has ended the group; its end is on the way
        }
    }

    /// Items of these keys have ended; [#answered] follows.
    synchronized void ended(long... keys) {
        if (gate != null) {
            for (long key : keys) {
                gate.ended(key);
            }
        }
    }

    private void submit() {
        Session<?, ?, ?> to = session;
        if (to == null || stopped || !reserved || !mayBegin()) {
            return;
        }
        try {
            if (gate != null) {
                submitTo(gate, to);
            } else if (!pending.isEmpty()) {
                pending.next(to.offerAll(new Offer()));
            }
            if (!pending.isEmpty()) {
                return;
            }
            if (!assembler.isBusy()) {
                settled();
            }
        } catch (GroupClosedException e) {
            stopped = true; // the engine has ended the group; its end is on the way
        }
    }

    private boolean mayBegin() {
        return !alone || pending.isEmpty() || place.take();
    }

    /// Items of a keyed group, each when it is its turn.
    private void submitTo(KeyGate turns, Session<?, ?, ?> to) {
        while (!pending.isEmpty()) {
            Item item = new Item(pending.bytes(), cost(1, pending.size()), this, pending.key(0));
            if (!turns.take(to, pending.sequence(), attempt, item)) {
                return;
            }
            pending.next();
        }
    }

    /// What is pending, as the engine takes it: from the first one on, one after the other.
    private final class Offer implements Batch {
        private final Pending offered = pending;
        private final int size = offered.count();
        private int place;
        private int from; // bytes before that place

        @Override
        public int size() {
            return size;
        }

        @Override
        public long sequence(int index) {
            return offered.sequence(index);
        }

        @Override
        public int attempt(int index) {
            return attempt;
        }

        @Override
        public Object attachment(int index) {
            for (; place < index; place++) {
                from += offered.size(place);
            }
            return new Item(
                    offered.bytes(index, from),
                    cost(1, offered.size(index)),
                    Intake.this,
                    offered.key(index));
        }
    }

    /// What was needed is with its items now, or given back.
    private void settled() {
        pending = Pending.NONE;
        neededItems = 0;
        neededBytes = 0;
        reserved = false;
    }

    @Override
    public void charge(long bytes) {
        if (Math.abs(small.addAndGet(bytes)) >= CHARGE_BYTES || isOver) {
            account.correct(small.getAndSet(0));
        }
    }

    /// Items were answered.
    void answered(int items, long bytes) {
        traffic.answered(items);
        account.release(bytes - small.getAndSet(0));
        if (gate != null) {
            pump();
        } // else who makes room says so, the engine or the account: one lock less for each answer
    }

    synchronized int attempt() {
        return attempt;
    }

    /// How long what is here waits for memory, or a suspect for its turn.
    long waitedNanos() {
        return Math.max(account.waitedNanos(), place.waitedNanos());
    }

    /// Whether a suspect waits for its turn.
    boolean isInLine() {
        return place.waitedNanos() > 0;
    }

    /// What was in the engine has run.
    void ran() {
        place.ended();
    }

    /// Lets go of what the engine has not taken, and in a pause asks for what lies unread on the stream, which is to follow. Answers
    /// the sequences of these items: others may have them. Of a keyed group only a suspect: nothing that is later is here.
    List<Long> handBack() {
        List<Long> left = new ArrayList<>();
        Runnable wakeOthers;
        Runnable wakeNext;
        synchronized (this) {
            if (stopped) {
                return List.of();
            }
            returns = gate == null && ledger.isPaused();
            OptionalLong half = assembler.abandon();
            if (half.isPresent()) {
                dropped = half.getAsLong();
                left.add(dropped);
            }
            wakeNext = leavePlace();
            wakeOthers = account.leave(letGo(left, half.isPresent()));
            traffic.returned(left.size() - (half.isPresent() ? 1 : 0));
        }
        wakeOthers.run();
        wakeNext.run();
        pump();
        return left;
    }

    /// Takes nothing more. Answers the sequences of the items that came and never reached the engine.
    List<Long> stop() {
        List<Long> left = new ArrayList<>();
        Runnable wakeOthers;
        Runnable wakeNext;
        synchronized (this) {
            stopped = true;
            wakeNext = leavePlace();
            long released = letGo(left, assembler.isBusy());
            for (KeyGate.Waiting waiting :
                    gate == null ? List.<KeyGate.Waiting>of() : gate.clear()) {
                left.add(waiting.sequence());
                released += waiting.item().settle();
            }
            traffic.answered(left.size());
            wakeOthers = account.leave(released);
        }
        wakeOthers.run();
        wakeNext.run();
        isOver = true;
        account.correct(small.getAndSet(0)); // no answer may come that does it
        return left;
    }

    /// What waits here is not to begin; what is in the engine runs on.
    private Runnable leavePlace() {
        return pending.isEmpty() ? () -> {} : place.leave();
    }

    /// Answers how much of what was reserved is not with the engine. The account has to leave by the same lock: what comes next
    /// would take what was reserved for this.
    private long letGo(List<Long> left, boolean isHalf) {
        long items = 0;
        while (!pending.isEmpty()) {
            left.add(pending.sequence());
            items += cost(1, pending.bytes().size());
            pending.next();
        }
        long released = !reserved ? 0 : isHalf ? needed() : items;
        settled();
        return released;
    }

    /// Lets go of the plugin.
    synchronized void forget() {
        session = null;
    }
}
