package org.stagedpipe.client;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.client.Arrivals.Arrived;
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
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// What a group and its coordinators say to each other, over one line after the other. All fields belong to this object's
/// monitor.
///
/// Three sides meet here: the user's threads submit and take, the [Sender] sends what was submitted, and the transport's
/// thread brings outcomes. Nothing is sent and no message is asked for while the monitor is held.
final class Conversation {

    private static final int DEFAULT_FRAME_BYTES = 1 << 20;
    private static final long DEFAULT_ITEM_BYTES = 100L << 20;

    /// Who waits for room looks so often by itself: it is not woken for a little, and nobody may take more.
    private static final long LOOK_FOR_ROOM_NANOS = 10_000_000;

    private final String title;
    private final Limits limits;
    private final Reopening reopening;
    private final Ledger ledger;
    private final Arrivals arrived = new Arrivals();
    private final Sender sender;
    private final @Nullable ItemKeys keys; // of a keyed group
    private Outbox outbox;
    private long maxItemBytes = DEFAULT_ITEM_BYTES;
    private final InFlight inFlight;
    private int waitForRoom; // threads; a wake-up that nobody needs costs more than an item
    private int waitForOutcomes; // threads
    private boolean senderWaits;
    private @Nullable Line line; // the newest that was open
    private @Nullable Line opening;
    private @Nullable CallException
            lost; // why that one ended, as long as another one is looked for
    private int resumes;
    private int vain; // of which without an outcome since
    private boolean finishing;
    private @Nullable String cancelReason;
    private boolean halfClosed;
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
        this.outbox = new Outbox(DEFAULT_FRAME_BYTES, keys);
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
        OpenGroup request;
        synchronized (this) {
            opening = candidate;
            request = reopening.next(ledger.sequences().next());
        }
        candidate.open(request, Arrivals.PREFETCH);
        synchronized (this) {
            try {
                awaitOpened(candidate, timeout);
            } finally {
                opening = null;
            }
        }
    }

    private void awaitOpened(Line candidate, Duration timeout)
            throws CallException, InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (candidate.opened() == null) {
            CallException why = candidate.loss();
            if (why != null) {
                throw new CallException(why.kind(), why.getMessage(), why);
            }
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                throw new CallException(
                        Kind.TIMED_OUT, "no answer within " + timeout.toMillis() + " ms");
            }
            if (ended) {
                throw new CallException(Kind.CANCELLED, "the group has ended");
            }
            waitAtMost(left);
        }
    }

    // The user's side.

    /// @param key 0 in a group that is not keyed
    synchronized long submit(long key, byte[] item) throws InterruptedException {
        refuseUnlessOpen();
        if ((key == 0) != (keys == null)) {
            throw new IllegalArgumentException(
                    title() + ": key " + key + " (expected: " + (keys == null ? "none)" : "one)"));
        }
        if (item.length > maxItemBytes) {
            throw ClientException.tooLarge(title(), item.length, maxItemBytes);
        }
        if (!inFlight.hasRoomFor(item.length)) {
            awaitRoomFor(item.length);
        }
        inFlight.enter(item.length);
        long sequence = ledger.accept(item);
        if (keys != null) {
            keys.put(sequence, key);
        }
        if (outbox.isEmpty() && senderWaits) {
            notifyAll();
        }
        outbox.add(sequence, item);
        return sequence;
    }

    private void awaitRoomFor(int bytes) throws InterruptedException {
        waitForRoom++;
        try {
            while (!inFlight.hasRoomFor(bytes)) {
                waitAtMost(LOOK_FOR_ROOM_NANOS);
                refuseUnlessOpen();
            }
        } finally {
            waitForRoom--;
        }
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
        int taken = 0;
        Line source;
        int more;
        synchronized (this) {
            awaitArrival(timeout, wanted);
            if (arrived.isEmpty()) {
                throwIfFailed();
                return 0;
            }
            for (; taken < most && !arrived.isEmpty(); taken++) {
                Arrived next = Objects.requireNonNull(arrived.poll());
                inFlight.leave(next.itemBytes());
                into.add(next.outcome());
            }
            letIn();
            more = arrived.due();
            source = line();
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
            notifyAll();
        }
    }

    private void awaitArrival(@Nullable Duration timeout, BooleanSupplier wanted)
            throws InterruptedException {
        long deadline = timeout == null ? 0 : System.nanoTime() + timeout.toNanos();
        waitForOutcomes++;
        try {
            while (arrived.isEmpty() ? !ended : !wanted.getAsBoolean()) {
                if (timeout == null) {
                    wait();
                } else {
                    long left = deadline - System.nanoTime();
                    if (left <= 0) {
                        return;
                    }
                    waitAtMost(left);
                }
            }
        } finally {
            waitForOutcomes--;
        }
    }

    synchronized void wake() {
        notifyAll();
    }

    synchronized void finish() {
        finishing = true;
        notifyAll();
    }

    void cancel(String reason) {
        Line tooLateToSay = null;
        synchronized (this) {
            if (cancelReason != null || ended) {
                return;
            }
            cancelReason = reason;
            outbox.clear();
            if (lost != null) { // nobody is there to be told
                abortRest(reason);
                end(null);
                sender.interrupt();
            } else if (halfClosed) {
                tooLateToSay = line();
            }
            notifyAll();
        }
        if (tooLateToSay != null) {
            tooLateToSay.call().fail(new CallException(Kind.CANCELLED, reason));
        }
    }

    /// Gives up what is not done; wakes whoever waits. What has arrived can still be taken.
    void close() {
        Line last;
        synchronized (this) {
            if (!ended) {
                if (lost != null) {
                    sender.interrupt();
                }
                end(
                        new ClientException(
                                Kind.CANCELLED,
                                title() + ": closed before its end; " + ledger.missingText()));
            }
            last = line;
        }
        if (last != null) {
            last.close("the client closed the group");
        }
    }

    synchronized Counts counts() {
        return ledger.counts();
    }

    synchronized boolean isEnded() {
        return ended && arrived.isEmpty();
    }

    synchronized PluginVersion plugin() {
        return reopening.plugin();
    }

    synchronized int resumes() {
        return resumes;
    }

    synchronized ResumeToken token() {
        return ResumeToken.of(reopening, ledger, arrived);
    }

    // The sender's side.

    /// Waits until there is something to send and the line takes it: what is submitted meanwhile goes together. Null
    /// when nothing follows on this line.
    synchronized @Nullable GroupRequest nextToSend(Line out) throws InterruptedException {
        while (isOn(out) && cancelReason == null) {
            if (outbox.isEmpty()) {
                if (finishing) {
                    halfClosed = true;
                    return null;
                }
            } else if (out.call().isReady()) {
                return outbox.next();
            }
            senderWaits = true;
            wait();
            senderWaits = false;
        }
        return null;
    }

    /// Whether the group goes on, over that line.
    synchronized boolean isOn(Line candidate) {
        return !ended && lost == null && line == candidate;
    }

    /// Whether the group goes on, and has no line.
    synchronized boolean isLost() {
        return !ended && lost != null;
    }

    synchronized @Nullable GroupRequest farewell() {
        return cancelReason == null
                ? null
                : GroupRequest.newBuilder()
                        .setCancel(CancelGroup.newBuilder().setReason(cancelReason))
                        .build();
    }

    /// Whether the group or the line ended within that time.
    ///
    /// @param grace null to wait for ever
    synchronized boolean awaitEnd(Line out, @Nullable Duration grace) throws InterruptedException {
        long deadline = grace == null ? 0 : System.nanoTime() + grace.toNanos();
        while (isOn(out)) {
            if (grace == null) {
                wait();
            } else {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                waitAtMost(left);
            }
        }
        return true;
    }

    /// No other coordinator takes the group.
    synchronized void gaveUp(CallException why) {
        CallException first = lost;
        end(
                first == null
                        ? failed(why)
                        : failed(
                                new CallException(
                                        first.kind(),
                                        first.getMessage() + "; " + why.getMessage(),
                                        why)));
    }

    /// How often in a row a coordinator was lost before the first outcome.
    synchronized int resumesInVain() {
        return vain;
    }

    /// A worker or a coordinator has seen a higher epoch of this group.
    synchronized void skipEpochs() {
        reopening.skipEpochs();
    }

    /// The newest line that was open.
    synchronized Line line() {
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
        boolean ask;
        synchronized (this) {
            ask = line == from && arrived.mayAsk();
        }
        if (ask) {
            from.call().request(1);
        }
    }

    /// The group goes on over this line: what has no outcome goes out again.
    private synchronized void opened(Line from, GroupOpened answer) {
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
        halfClosed = false;
        reopening.opened(answer.getPlugin());
        if (answer.getMaxItemBytes() > 0) {
            maxItemBytes = answer.getMaxItemBytes();
        }
        outbox =
                new Outbox(
                        answer.getMaxFrameBytes() > 0
                                ? answer.getMaxFrameBytes()
                                : DEFAULT_FRAME_BYTES,
                        keys);
        ledger.countAnew();
        ledger.forEachUnanswered(outbox::add);
        arrived.forgetOwed();
        notifyAll();
    }

    private void arrive(Line from, Chunk chunk) throws CallException {
        Outcome<byte[]> whole = from.inbox().read(chunk);
        if (whole != null) {
            arrive(from, List.of(whole));
        }
    }

    private synchronized void arrive(Line from, List<Outcome<byte[]>> outcomes)
            throws CallException {
        if (!isOn(from)) {
            return;
        }
        for (Outcome<byte[]> outcome : outcomes) {
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
        if (waitForOutcomes > 0 || finishing) {
            notifyAll();
        }
    }

    /// A second outcome of an item is dropped: each is handed over once.
    private void handIn(Outcome<byte[]> outcome) {
        int bytes = ledger.answer(outcome);
        if (bytes >= 0) {
            if (keys != null) {
                keys.forget(outcome.sequence());
            }
            arrived.add(new Arrived(outcome, bytes));
        }
    }

    private synchronized void closed(Line from, GroupClosed theirs) throws CallException {
        if (!isOn(from)) {
            return;
        }
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
        abortRest(
                cancelReason != null
                        ? cancelReason
                        : "the coordinator closed the group before it took the item"
                                + (theirs.getStopped().isEmpty()
                                        ? ""
                                        : ": " + theirs.getStopped()));
        end(null);
    }

    /// A line has ended.
    synchronized void lost(Line from, CallException why) {
        from.lost(why);
        if (isOn(from)) {
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
        }
        notifyAll();
    }

    private boolean mayResume(CallException why) {
        boolean elsewhere = why.kind() == Kind.UNREACHABLE || why.kind() == Kind.TIMED_OUT;
        return elsewhere && !limits.resumeTimeout().isZero();
    }

    /// The rules are broken: the group ends here, and the coordinator learns of it.
    private void broken(Line from, CallException why) {
        synchronized (this) {
            if (isOn(from)) {
                end(failed(why));
            }
        }
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
            outbox.clear();
        }
        notifyAll();
    }

    private String title() {
        return line == null ? title : title + " on " + line.where();
    }

    private void waitAtMost(long nanos) throws InterruptedException {
        TimeUnit.NANOSECONDS.timedWait(this, Math.max(nanos, 1_000_000));
    }
}
