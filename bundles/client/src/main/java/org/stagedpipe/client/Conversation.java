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
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Receiver;
import org.stagedpipe.transport.Rpcs;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// One group's stream to its coordinator. All fields belong to this object's monitor.
///
/// Three sides meet here: the user's threads submit and take, a virtual thread sends what was submitted, and the
/// transport's thread brings outcomes. Nothing is sent and no message is asked for while the monitor is held.
final class Conversation implements Receiver<GroupResponse> {

    private static final int DEFAULT_FRAME_BYTES = 1 << 20;
    private static final long DEFAULT_ITEM_BYTES = 100L << 20;

    /// Messages asked for and not yet here; more are asked for only while little waits to be taken.
    private static final int PREFETCH = 4;

    private static final int ENOUGH_ITEMS = 1_024;
    private static final long ENOUGH_BYTES = 4L << 20;

    private final String title;
    private final Limits limits;
    private final Ledger ledger = new Ledger();
    private final Inbox inbox = new Inbox(); // of the transport's thread
    private final Queue<Arrived> arrived = new ArrayDeque<>();
    private Outbox outbox = new Outbox(DEFAULT_FRAME_BYTES);
    private long maxItemBytes = DEFAULT_ITEM_BYTES;
    private int inFlightItems; // submitted, outcome not handed over
    private long inFlightBytes;
    private long arrivedBytes;
    private int owed; // messages to ask for once there is room
    private @Nullable Call<GroupRequest> call;
    private @Nullable GroupOpened opened;
    private boolean finishing;
    private @Nullable String cancelReason;
    private boolean halfClosed;
    private boolean ended;
    private @Nullable ClientException failure;
    private @Nullable CallException refusal; // why it never opened

    /// An outcome that waits to be taken, and the window that it frees.
    private record Arrived(Outcome<byte[]> outcome, int itemBytes) {

        int resultBytes() {
            return outcome instanceof Outcome.Ok<byte[]>(long _, byte[] data) ? data.length : 0;
        }
    }

    /// @param title how errors name the group: its id, its plugin, its coordinator
    Conversation(String title, Limits limits) {
        this.title = title;
        this.limits = limits;
    }

    /// Opens the group and waits until the coordinator has done so.
    ///
    /// @throws CallException if it refuses, cannot be reached, or does not answer in time
    GroupOpened open(Connection connection, OpenGroup request, Duration timeout)
            throws CallException, InterruptedException {
        Call<GroupRequest> stream = connection.open(Rpcs.PROCESS, this);
        synchronized (this) {
            call = stream;
        }
        stream.send(GroupRequest.newBuilder().setOpen(request).build());
        stream.request(PREFETCH);
        GroupOpened answer = awaitOpened(timeout);
        Thread.ofVirtual().name("client-send-" + title).start(this::sendAll);
        return answer;
    }

    private synchronized GroupOpened awaitOpened(Duration timeout)
            throws CallException, InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (opened == null && refusal == null) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                throw new CallException(
                        Kind.TIMED_OUT, "no answer within " + timeout.toMillis() + " ms");
            }
            waitAtMost(left);
        }
        if (opened == null) {
            CallException why = Objects.requireNonNull(refusal);
            throw new CallException(why.kind(), why.getMessage(), why);
        }
        if (opened.getMaxFrameBytes() > 0) {
            outbox = new Outbox(opened.getMaxFrameBytes());
        }
        if (opened.getMaxItemBytes() > 0) {
            maxItemBytes = opened.getMaxItemBytes();
        }
        return opened;
    }

    // The user's side.

    synchronized long submit(byte[] item) throws InterruptedException {
        refuseUnlessOpen();
        if (item.length > maxItemBytes) {
            throw new ClientException(
                    Kind.INVALID,
                    title
                            + ": an item of "
                            + item.length
                            + " bytes (expected: at most "
                            + maxItemBytes
                            + ")");
        }
        while (!hasRoomFor(item.length)) {
            wait();
            refuseUnlessOpen();
        }
        inFlightItems++;
        inFlightBytes += item.length;
        long sequence = ledger.accept(item);
        outbox.add(sequence, item);
        notifyAll();
        return sequence;
    }

    private boolean hasRoomFor(int bytes) {
        return inFlightItems == 0
                || inFlightItems < limits.items() && inFlightBytes + bytes <= limits.bytes();
    }

    private void refuseUnlessOpen() {
        if (failure != null) {
            throw failure.again();
        }
        if (finishing || ended || cancelReason != null) {
            String why = cancelReason != null ? "cancelled" : finishing ? "finished" : "ended";
            throw new ClientException(
                    Kind.REFUSED, title + ": the group is " + why + " and takes no more items");
        }
    }

    /// @param timeout null to wait for ever
    /// @param wanted whether an outcome may be taken now; who changes the answer calls [#wake()]
    /// @return null once the group has ended, or the time is over
    @Nullable Outcome<byte[]> take(@Nullable Duration timeout, BooleanSupplier wanted)
            throws InterruptedException {
        Arrived next;
        int more;
        synchronized (this) {
            awaitArrival(timeout, wanted);
            next = arrived.poll();
            if (next == null) {
                if (ended && failure != null) {
                    throw failure.again();
                }
                return null;
            }
            inFlightItems--;
            inFlightBytes -= next.itemBytes;
            arrivedBytes -= next.resultBytes();
            more = hasEnough() ? 0 : owed;
            owed -= more;
            notifyAll();
        }
        request(more);
        return next.outcome;
    }

    private void awaitArrival(@Nullable Duration timeout, BooleanSupplier wanted)
            throws InterruptedException {
        long deadline = timeout == null ? 0 : System.nanoTime() + timeout.toNanos();
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
    }

    synchronized void wake() {
        notifyAll();
    }

    synchronized void finish() {
        finishing = true;
        notifyAll();
    }

    void cancel(String reason) {
        boolean tooLateToSay;
        synchronized (this) {
            if (cancelReason != null || ended) {
                return;
            }
            cancelReason = reason;
            outbox.clear();
            tooLateToSay = halfClosed;
            notifyAll();
        }
        if (tooLateToSay) {
            stream().fail(new CallException(Kind.CANCELLED, reason));
        }
    }

    /// Gives up what is not done; wakes whoever waits. What has arrived can still be taken.
    void close() {
        Call<GroupRequest> open;
        synchronized (this) {
            if (ended) {
                return;
            }
            end(
                    new ClientException(
                            Kind.CANCELLED, title + ": closed before its end; " + missing()));
            open = call;
        }
        if (open != null) {
            open.fail(new CallException(Kind.CANCELLED, "the client closed the group"));
        }
    }

    synchronized Counts counts() {
        return ledger.counts();
    }

    synchronized boolean isEnded() {
        return ended && arrived.isEmpty();
    }

    // The sender's side.

    private void sendAll() {
        Call<GroupRequest> out = stream();
        try {
            for (GroupRequest next = nextToSend(out); next != null; next = nextToSend(out)) {
                out.send(next);
            }
            if (hasEnded()) {
                return; // the end of our side would say that the group is finished
            }
            GroupRequest farewell = farewell();
            if (farewell != null) {
                out.send(farewell);
            }
            out.complete();
            if (farewell != null && !endsWithin(limits.cancelTimeout())) {
                out.fail(new CallException(Kind.CANCELLED, "no answer to the cancel"));
            }
        } catch (InterruptedException e) {
            // Nobody has this thread to interrupt it; the group cannot go on without it.
            broken(new CallException(Kind.CANCELLED, "the sender was interrupted"));
        } catch (RuntimeException e) {
            broken(new CallException(Kind.INTERNAL, "internal error: " + e, e));
        }
    }

    /// Waits until there is something to send and the line takes it: what is submitted meanwhile goes together. Null
    /// when nothing follows.
    private synchronized @Nullable GroupRequest nextToSend(Call<GroupRequest> out)
            throws InterruptedException {
        while (!ended && cancelReason == null) {
            if (outbox.isEmpty()) {
                if (finishing) {
                    halfClosed = true;
                    return null;
                }
            } else if (out.isReady()) {
                return outbox.next();
            }
            wait();
        }
        return null;
    }

    private synchronized boolean hasEnded() {
        return ended;
    }

    private synchronized @Nullable GroupRequest farewell() {
        return cancelReason == null
                ? null
                : GroupRequest.newBuilder()
                        .setCancel(CancelGroup.newBuilder().setReason(cancelReason))
                        .build();
    }

    private synchronized boolean endsWithin(Duration grace) throws InterruptedException {
        long deadline = System.nanoTime() + grace.toNanos();
        while (!ended) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            waitAtMost(left);
        }
        return true;
    }

    // The transport's side.

    @Override
    public void onMessage(GroupResponse message) {
        try {
            switch (message.getMessageCase()) {
                case OPENED -> opened(message.getOpened());
                case OUTCOMES -> arrive(inbox.read(message.getOutcomes()));
                case CHUNK -> arrive(message.getChunk());
                case CLOSED -> closed(message.getClosed());
                case MESSAGE_NOT_SET -> {} // of a later version
            }
        } catch (CallException e) {
            broken(e);
            return;
        }
        requestWhenNeeded();
    }

    private synchronized void opened(GroupOpened answer) {
        opened = answer;
        notifyAll();
    }

    private void arrive(Chunk chunk) throws CallException {
        Outcome<byte[]> whole = inbox.read(chunk);
        if (whole != null) {
            arrive(List.of(whole));
        }
    }

    private synchronized void arrive(List<Outcome<byte[]>> outcomes) throws CallException {
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
        notifyAll();
    }

    /// A second outcome of an item is dropped: each is handed over once.
    private void handIn(Outcome<byte[]> outcome) {
        int bytes = ledger.answer(outcome);
        if (bytes >= 0) {
            Arrived next = new Arrived(outcome, bytes);
            arrived.add(next);
            arrivedBytes += next.resultBytes();
        }
    }

    private synchronized void closed(GroupClosed theirs) throws CallException {
        String disagreement = ledger.disagreement(theirs);
        if (disagreement != null) {
            throw new CallException(Kind.INTERNAL, disagreement);
        }
        boolean early = cancelReason != null || !finishing || theirs.getAborted() > 0;
        if (ledger.missing() > 0 && !early) {
            throw new CallException(Kind.INTERNAL, "the coordinator closed the group early");
        }
        abortRest(
                cancelReason != null
                        ? cancelReason
                        : "the coordinator closed the group before it took the item");
        end(null);
    }

    @Override
    public void onComplete() {
        onFailure(new CallException(Kind.INTERNAL, "the coordinator ended the stream early"));
    }

    @Override
    public synchronized void onFailure(CallException why) {
        if (ended) {
            return;
        }
        if (opened == null) {
            refusal = why;
            end(null);
        } else if (cancelReason != null) {
            abortRest(cancelReason);
            end(null);
        } else {
            end(lost(why));
        }
    }

    @Override
    public synchronized void onReady() {
        notifyAll();
    }

    /// The rules are broken: the group ends here, and the coordinator learns of it.
    private void broken(CallException why) {
        synchronized (this) {
            end(lost(why));
        }
        stream().fail(why);
    }

    private ClientException lost(CallException why) {
        return new ClientException(
                why.kind(), title + ": " + why.getMessage() + "; " + missing(), why);
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

    private void requestWhenNeeded() {
        synchronized (this) {
            if (hasEnough()) {
                owed++;
                return;
            }
        }
        request(1);
    }

    private boolean hasEnough() {
        return arrived.size() >= ENOUGH_ITEMS || arrivedBytes >= ENOUGH_BYTES;
    }

    private void request(int messages) {
        if (messages > 0) {
            stream().request(messages);
        }
    }

    private synchronized Call<GroupRequest> stream() {
        return Objects.requireNonNull(call, "not open");
    }

    private String missing() {
        Counts counts = ledger.counts();
        return counts.open() + " of " + counts.accepted() + " items have no outcome";
    }

    private void waitAtMost(long nanos) throws InterruptedException {
        TimeUnit.NANOSECONDS.timedWait(this, Math.max(nanos, 1_000_000));
    }
}
