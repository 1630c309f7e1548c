package org.stagedpipe.client;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.protocol.v1.CancelGroup;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.GroupClosed;
import org.stagedpipe.protocol.v1.GroupOpened;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.protocol.v1.GroupResponse;
import org.stagedpipe.protocol.v1.OpenGroup;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// What a group and its coordinators say to each other, over one line after the other. All fields belong to the lock.
///
/// Three sides meet here: the user's threads submit and take, the [Sender] looks after the line, and the transport's
/// thread brings outcomes. Nothing is sent and no message is asked for while the lock is held. Each side waits for a
/// condition of its own: to wake a thread in vain costs more than an item.
final class Conversation {

    private static final long DEFAULT_ITEM_BYTES = 100L << 20;

    /// Who waits for room looks so often by itself: it is not woken for a little, and nobody may take more.
    private static final long LOOK_FOR_ROOM_NANOS = 10_000_000;

    private final String title;
    private final Limits limits;
    private final Reopening reopening;
    private final Ledger ledger;
    private final Arrivals arrived = new Arrivals();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changes = lock.newCondition(); // of the line and the group
    private final Condition room = lock.newCondition();
    private final Condition outcomes = lock.newCondition();
    private final @Nullable ItemKeys keys; // of a keyed group
    private final Departures departures;
    private final Sender sender;
    private long maxItemBytes = DEFAULT_ITEM_BYTES;
    private final InFlight inFlight;
    private int waitForRoom; // threads
    private @Nullable Line line; // the newest that was open
    private @Nullable Line opening;
    private @Nullable CallException
            lost; // why that one ended, as long as another one is looked for
    private int resumes;
    private int vain; // of which without an outcome since
    private boolean finishing;
    private @Nullable String cancelReason;
    private boolean ended;
    private @Nullable ClientException failure;

    /// @param title how errors name the group: its id and its plugin
    Conversation(
            String title, Limits limits, Reopening reopening, Sequences sequences, Opener opener) {
        this.title = title;
        this.limits = limits;
        this.inFlight = new InFlight(limits);
        this.reopening = reopening;
        this.keys = reopening.isKeyed() ? new ItemKeys() : null;
        this.departures = new Departures(this, lock, changes, keys);
        this.ledger = new Ledger(sequences);
        this.sender = new Sender(this, title, limits, opener);
    }

    /// Begins to send; the group is open.
    void start() {
        sender.start();
    }

    /// Opens the group on that line and waits until the coordinator has done so.
    ///
    /// @throws CallException if it refuses, cannot be reached, or does not answer in time
    void open(Line candidate, Duration timeout) throws CallException, InterruptedException {
        OpenGroup request = get(() -> {
            opening = candidate;
            return reopening.next(ledger.sequences().next());
        });
        candidate.open(request, Arrivals.PREFETCH);
        lock.lock();
        try {
            awaitOpened(candidate, timeout);
        } finally {
            opening = null;
            lock.unlock();
        }
    }

    private void awaitOpened(Line candidate, Duration timeout)
            throws CallException, InterruptedException {
        long left = timeout.toNanos();
        while (candidate.opened() == null) {
            CallException why = candidate.loss();
            if (why != null) {
                throw new CallException(why.kind(), why.getMessage(), why);
            }
            if (left <= 0) {
                throw new CallException(
                        Kind.TIMED_OUT, "no answer within " + timeout.toMillis() + " ms");
            }
            if (ended) {
                throw new CallException(Kind.CANCELLED, "the group has ended");
            }
            left = changes.awaitNanos(left);
        }
    }

    // The user's side.

    /// @param key 0 in a group that is not keyed
    long submit(long key, byte[] item) throws InterruptedException {
        long sequence;
        Line out;
        lock.lock();
        try {
            checkKey(key);
            awaitRoomFor(item);
            sequence = ledger.accept(item);
            if (keys != null) {
                keys.put(sequence, key);
            }
            out = departures.add(sequence, item, inFlight.isAlone());
        } finally {
            lock.unlock();
        }
        if (out != null) {
            departures.send(out);
        }
        return sequence;
    }

    void submitAll(List<byte[]> items) throws InterruptedException {
        int last = items.size() - 1;
        for (int next = 0; next <= last; ) {
            Line out = null;
            lock.lock();
            try {
                checkKey(0);
                do { // until it has to be sent, or the next one has to wait
                    byte[] item = items.get(next);
                    awaitRoomFor(item);
                    out = departures.add(ledger.accept(item), item, next == last);
                    next++;
                } while (out == null && next <= last);
            } finally {
                lock.unlock();
            }
            if (out != null) {
                departures.send(out);
            }
        }
    }

    private void checkKey(long key) {
        if ((key == 0) != (keys == null)) {
            throw new IllegalArgumentException(
                    title() + ": key " + key + " (expected: " + (keys == null ? "none)" : "one)"));
        }
    }

    /// Waits until the item may go, and counts it in.
    private void awaitRoomFor(byte[] item) throws InterruptedException {
        refuseUnlessOpen();
        if (item.length > maxItemBytes) {
            throw ClientException.tooLarge(title(), item.length, maxItemBytes);
        }
        if (!inFlight.hasRoomFor(item.length)) {
            waitForRoom++;
            try {
                while (!inFlight.hasRoomFor(item.length)) {
                    room.awaitNanos(LOOK_FOR_ROOM_NANOS);
                    refuseUnlessOpen();
                }
            } finally {
                waitForRoom--;
            }
        }
        inFlight.enter(item.length);
    }

    private void refuseUnlessOpen() {
        if (failure != null) {
            throw failure.again();
        }
        if (finishing || ended || cancelReason != null) {
            String why = cancelReason != null ? "cancelled" : finishing ? "finished" : "ended";
            throw new ClientException(
                    Kind.REFUSED, title() + ": the group is " + why + " and takes no more items");
        }
    }

    /// @param timeout null to wait for ever
    /// @param wanted whether an outcome may be taken now; who changes the answer calls [#wake()]
    /// @return null once the group has ended, or the time is over
    @Nullable Outcome<byte[]> take(@Nullable Duration timeout, BooleanSupplier wanted)
            throws InterruptedException {
        List<Outcome<byte[]>> one = new ArrayList<>(1);
        return takeAll(one, 1, timeout, wanted) == 0 ? null : one.getFirst();
    }

    /// Takes what is there, at most that many, once there is something; none once the group has ended, or the time is over.
    int takeAll(
            Collection<? super Outcome<byte[]>> into,
            int most,
            @Nullable Duration timeout,
            BooleanSupplier wanted)
            throws InterruptedException {
        int taken;
        Line source;
        int more;
        lock.lock();
        try {
            awaitArrival(timeout, wanted);
            if (arrived.isEmpty()) {
                throwIfFailed();
                return 0;
            }
            taken = arrived.take(into, most, inFlight);
            letIn();
            more = arrived.due();
            source = openedLine();
        } finally {
            lock.unlock();
        }
        if (more > 0) {
            source.call().request(more);
        }
        return taken;
    }

    private void throwIfFailed() {
        if (ended && failure != null) {
            throw failure.again();
        }
    }

    /// Wakes who waits for room, not for each outcome: a thread that may submit one item only to wait again costs much, and
    /// its frames stay small.
    private void letIn() {
        if (waitForRoom > 0 && (arrived.isEmpty() || inFlight.hasMuchRoom())) {
            room.signalAll();
        }
    }

    private void awaitArrival(@Nullable Duration timeout, BooleanSupplier wanted)
            throws InterruptedException {
        long left = timeout == null ? Long.MAX_VALUE : timeout.toNanos();
        while (left > 0 && (arrived.isEmpty() ? !ended : !wanted.getAsBoolean())) {
            if (timeout == null) {
                outcomes.await();
            } else {
                left = outcomes.awaitNanos(left);
            }
        }
    }

    /// Who waits for outcomes looks again.
    void wake() {
        change(() -> {});
    }

    void finish() {
        change(() -> finishing = true);
    }

    void cancel(String reason) {
        Line tooLateToSay = read(() -> {
            if (cancelReason != null || ended) {
                return null;
            }
            cancelReason = reason;
            departures.clear();
            changed();
            if (lost != null) { // nobody is there to be told
                abortRest(reason);
                end(null);
                sender.interrupt();
                return null;
            }
            return departures.isHalfClosed() ? openedLine() : null;
        });
        if (tooLateToSay != null) {
            tooLateToSay.call().fail(new CallException(Kind.CANCELLED, reason));
        }
    }

    /// Gives up what is not done; wakes whoever waits. What has arrived can still be taken.
    void close() {
        Line last = read(() -> {
            if (!ended) {
                if (lost != null) {
                    sender.interrupt();
                }
                end(
                        new ClientException(
                                Kind.CANCELLED,
                                title() + ": closed before its end; " + ledger.missingText()));
            }
            return line;
        });
        if (last != null) {
            last.close("the client closed the group");
        }
    }

    Counts counts() {
        return get(ledger::counts);
    }

    boolean isEnded() {
        return get(() -> ended && arrived.isEmpty());
    }

    PluginVersion plugin() {
        return get(reopening::plugin);
    }

    int resumes() {
        return get(() -> resumes);
    }

    ResumeToken token() {
        return get(() -> ResumeToken.of(reopening, ledger, arrived));
    }

    // The sender's side.

    Departures departures() {
        return departures;
    }

    /// Whether the group goes on, over that line, and sends. By the lock.
    boolean sendsOn(Line candidate) {
        return isOnNow(candidate) && cancelReason == null;
    }

    /// The line that sends, null while there is none. By the lock.
    @Nullable Line openLine() {
        Line newest = line;
        return newest != null && sendsOn(newest) ? newest : null;
    }

    /// Whether no more items follow. By the lock.
    boolean isFinishing() {
        return finishing;
    }

    /// Whether the group goes on, over that line.
    boolean isOn(Line candidate) {
        return get(() -> isOnNow(candidate));
    }

    private boolean isOnNow(Line candidate) {
        return !ended && lost == null && line == candidate;
    }

    /// Whether the group goes on, and has no line.
    boolean isLost() {
        return get(() -> !ended && lost != null);
    }

    @Nullable GroupRequest farewell() {
        return read(
                () ->
                        cancelReason == null
                                ? null
                                : GroupRequest.newBuilder()
                                        .setCancel(CancelGroup.newBuilder().setReason(cancelReason))
                                        .build());
    }

    /// Whether the group or the line ended within that time.
    ///
    /// @param grace null to wait for ever
    boolean awaitEnd(Line out, @Nullable Duration grace) throws InterruptedException {
        lock.lock();
        try {
            long left = grace == null ? Long.MAX_VALUE : grace.toNanos();
            while (isOnNow(out) && left > 0) {
                left = changes.awaitNanos(left);
            }
            return !isOnNow(out);
        } finally {
            lock.unlock();
        }
    }

    /// No other coordinator takes the group.
    void gaveUp(CallException why) {
        change(() -> {
            CallException first = lost;
            end(
                    first == null
                            ? failed(why)
                            : failed(
                                    new CallException(
                                            first.kind(),
                                            first.getMessage() + "; " + why.getMessage(),
                                            why)));
        });
    }

    /// A bug.
    void failed(Line on, RuntimeException bug) {
        gaveUp(new CallException(Kind.INTERNAL, "internal error: " + bug, bug));
        on.close("internal error");
    }

    /// How often in a row a coordinator was lost before the first outcome.
    int resumesInVain() {
        return get(() -> vain);
    }

    /// A worker or a coordinator has seen a higher epoch of this group.
    void skipEpochs() {
        change(reopening::skipEpochs);
    }

    /// The newest line that was open.
    Line line() {
        return get(this::openedLine);
    }

    private Line openedLine() {
        return Objects.requireNonNull(line, "not open");
    }

    // The transport's side.

    void received(Line from, GroupResponse message) {
        try {
            switch (message.getMessageCase()) {
                case OPENED -> opened(from, message.getOpened());
                case OUTCOMES -> arrive(from, from.inbox().read(message.getOutcomes()));
                case CHUNK -> arrive(from, message.getChunk());
                case CLOSED -> closed(from, message.getClosed());
                case MESSAGE_NOT_SET -> {} // of a later version
            }
        } catch (CallException e) {
            broken(from, e);
            return;
        }
        if (get(() -> line == from && arrived.mayAsk())) {
            from.call().request(1);
        }
    }

    /// The line takes more.
    void ready(Line from) {
        departures.send(from);
    }

    /// The group goes on over this line: what has no outcome goes out again.
    private void opened(Line from, GroupOpened answer) {
        change(() -> {
            if (from != opening || ended) {
                return;
            }
            from.opened(answer);
            line = from;
            if (lost != null) {
                resumes++;
                vain++;
            }
            lost = null;
            reopening.opened(answer.getPlugin());
            if (answer.getMaxItemBytes() > 0) {
                maxItemBytes = answer.getMaxItemBytes();
            }
            departures.begin(answer.getMaxFrameBytes());
            ledger.countAnew();
            ledger.forEachUnanswered(departures::addAgain);
            arrived.forgetOwed();
        });
    }

    private void arrive(Line from, Chunk chunk) throws CallException {
        Outcome<byte[]> whole = from.inbox().read(chunk);
        if (whole != null) {
            arrive(from, List.of(whole));
        }
    }

    private void arrive(Line from, List<Outcome<byte[]>> answers) throws CallException {
        lock.lock();
        try {
            if (!isOnNow(from)) {
                return;
            }
            for (Outcome<byte[]> outcome : answers) {
                if (!ledger.knows(outcome.sequence())) {
                    throw new CallException(
                            Kind.INTERNAL,
                            "the coordinator answered item "
                                    + Long.toUnsignedString(outcome.sequence())
                                    + ", which was never sent");
                }
                handIn(outcome);
            }
            vain = 0;
            outcomes.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// A second outcome of an item is dropped: each is handed over once.
    private void handIn(Outcome<byte[]> outcome) {
        int bytes = ledger.answer(outcome);
        if (bytes >= 0) {
            if (keys != null) {
                keys.forget(outcome.sequence());
            }
            arrived.add(outcome, bytes);
        }
    }

    private void closed(Line from, GroupClosed theirs) throws CallException {
        lock.lock();
        try {
            if (isOnNow(from)) {
                checkEnd(theirs);
                abortRest(
                        cancelReason != null
                                ? cancelReason
                                : "the coordinator closed the group before it took the item"
                                        + (theirs.getStopped().isEmpty()
                                                ? ""
                                                : ": " + theirs.getStopped()));
                end(null);
            }
        } finally {
            lock.unlock();
        }
    }

    private void checkEnd(GroupClosed theirs) throws CallException {
        String disagreement = ledger.disagreement(theirs);
        if (disagreement != null) {
            throw new CallException(Kind.INTERNAL, disagreement);
        }
        boolean early =
                cancelReason != null
                        || !finishing
                        || theirs.getAborted() > 0
                        || !theirs.getStopped().isEmpty();
        if (ledger.missing() > 0 && !early) {
            throw new CallException(Kind.INTERNAL, "the coordinator closed the group early");
        }
    }

    /// A line has ended.
    void lost(Line from, CallException why) {
        change(() -> {
            from.lost(why);
            if (!isOnNow(from)) {
                return;
            }
            if (cancelReason != null) {
                abortRest(cancelReason);
                end(null);
            } else if (reopening.stopsAtFirstFault() && ledger.counts().failed() > 0) {
                abortRest("stopped at the first fault");
                end(null);
            } else if (!mayResume(why)) {
                end(failed(why));
            } else if (finishing && ledger.missing() == 0) {
                end(null); // only its counts are lost
            } else {
                lost = why;
            }
        });
    }

    private boolean mayResume(CallException why) {
        boolean elsewhere = why.kind() == Kind.UNREACHABLE || why.kind() == Kind.TIMED_OUT;
        return elsewhere && !limits.resumeTimeout().isZero();
    }

    /// The rules are broken: the group ends here, and the coordinator learns of it.
    private void broken(Line from, CallException why) {
        change(() -> {
            if (isOnNow(from)) {
                end(failed(why));
            }
        });
        from.call().fail(why);
    }

    private ClientException failed(CallException why) {
        return new ClientException(
                why.kind(), title() + ": " + why.getMessage() + "; " + ledger.missingText(), why);
    }

    private void abortRest(String text) {
        ledger.abort(text).forEach(this::handIn);
    }

    /// The first end stays.
    private void end(@Nullable ClientException why) {
        if (!ended) {
            ended = true;
            failure = why;
            departures.clear();
        }
        changed();
    }

    private String title() {
        return line == null ? title : title + " on " + line.where();
    }

    private void changed() {
        changes.signalAll();
        room.signalAll();
        outcomes.signalAll();
    }

    private void change(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed();
        } finally {
            lock.unlock();
        }
    }

    private <T> T get(Supplier<T> value) {
        lock.lock();
        try {
            return value.get();
        } finally {
            lock.unlock();
        }
    }

    private <T> @Nullable T read(Supplier<? extends @Nullable T> value) {
        lock.lock();
        try {
            return value.get();
        } finally {
            lock.unlock();
        }
    }
}
