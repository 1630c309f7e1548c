package org.stagedpipe.client;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.OpenGroup;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/// What a group and its coordinators say to each other, over one line after the other. All fields belong to the lock.
///
/// Three sides meet here: the user's threads submit and take, the [Sender] looks after the line, and the transport's
/// thread brings outcomes. Nothing is sent and no message is asked for while the lock is held. Each side waits for a
/// condition of its own: to wake a thread in vain costs more than an item.
final class Conversation {

    private final String title;
    private final Limits limits;
    private final Reopening reopening;
    private final Ledger ledger;
    private final Arrivals arrived = new Arrivals();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changes = lock.newCondition(); // of the line and the group
    private final @Nullable ItemKeys keys; // of a keyed group
    private final Departures departures;
    private final Submissions submissions;
    private final Takings takings;
    private final Sender sender;
    private final Reception reception;
    private @Nullable Line line; // the newest that was open
    private @Nullable Line opening;
    private @Nullable CallException
            lost; // why that one ended, as long as another one is looked for
    private int resumes;
    private int vain; // of which without an outcome since
    private int blamed; // of those, with items that had none
    private boolean finishing;
    private @Nullable String cancelReason;
    private String stopped = ""; // why it ended early
    private boolean ended;
    private @Nullable ClientException failure;

    /// @param title how errors name the group: its id and its plugin
    Conversation(
            String title, Limits limits, Reopening reopening, Sequences sequences, Opener opener) {
        this.title = title;
        this.limits = limits;
        this.reopening = reopening;
        this.keys = reopening.isKeyed() ? new ItemKeys() : null;
        this.departures = new Departures(this, lock, changes, keys);
        this.ledger = new Ledger(sequences);
        this.submissions =
                new Submissions(this, lock, new InFlight(limits), ledger, departures, keys);
        this.takings = new Takings(this, lock, arrived, submissions);
        this.sender = new Sender(this, title, limits, opener);
        this.reception =
                new Reception(
                        this, lock, reopening, ledger, arrived, departures, submissions, keys);
    }

    /// Begins to send; the group is open.
    void start() {
        sender.start();
    }

    /// Opens the group on that line and waits until the coordinator has done so.
    ///
    /// @throws CallException if it refuses, cannot be reached, or does not answer in time
    void open(Line candidate, Duration timeout) throws CallException, InterruptedException {
        OpenGroup request =
                get(() -> {
                    opening = candidate;
                    return reopening.next(ledger.firstThatIsNew());
                });
        candidate.open(request, Arrivals.PREFETCH);
        lock.lock();
        try {
            candidate.awaitOpened(changes, timeout, () -> ended);
        } finally {
            opening = null;
            lock.unlock();
        }
    }

    // The user's side.

    Submissions submissions() {
        return submissions;
    }

    /// By the lock.
    void refuseUnlessOpen() {
        if (failure != null) {
            throw failure.again();
        }
        if (finishing || ended || cancelReason != null) {
            throw new ClientException(
                    Kind.REFUSED,
                    title() + ": the group is " + state() + " and takes no more items");
        }
    }

    private String state() {
        if (cancelReason != null) {
            return "cancelled";
        }
        if (finishing) {
            return "finished";
        }
        return stopped.isEmpty() ? "ended" : "ended (" + stopped + ")";
    }

    Takings takings() {
        return takings;
    }

    /// By the lock.
    void throwIfFailed() {
        if (ended && failure != null) {
            throw failure.again();
        }
    }

    /// Whether outcomes are there to be taken, or on their way into a collection. By the lock.
    boolean hasArrived() {
        return !arrived.isHandedOver();
    }

    /// Whether the group has ended; what has arrived may not be taken yet. By the lock.
    boolean hasEnded() {
        return ended;
    }

    /// Who waits for outcomes looks again.
    void wake() {
        read(() -> {
            takings.changed();
            return null;
        });
    }

    void finish() {
        change(() -> {
            finishing = true;
            if (lost != null && !ended && ledger.missing() == 0) {
                end(null); // only the counts are lost
                sender.interrupt();
            }
        });
    }

    void cancel(@Nullable String said) {
        String reason = said == null ? "" : said; // as the message of an exception may be
        Line tooLateToSay =
                read(() -> {
                    if (cancelReason != null || ended) {
                        return null;
                    }
                    cancelReason = reason;
                    departures.clear();
                    changed();
                    if (lost != null) { // nobody is there to be told
                        endEarly(reason);
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
        Line last =
                read(() -> {
                    if (!ended) {
                        if (lost != null) {
                            sender.interrupt();
                        }
                        end(
                                new ClientException(
                                        Kind.CANCELLED,
                                        title()
                                                + ": closed before its end; "
                                                + ledger.missingText()));
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
        return get(() -> ended && arrived.isHandedOver());
    }

    Served served() {
        return get(() -> reopening.served(ledger.counts()));
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

    /// The same, by the lock.
    boolean isOnNow(Line candidate) {
        return !ended && lost == null && line == candidate;
    }

    /// Whether the group goes on, and has no line.
    boolean isLost() {
        return get(() -> !ended && lost != null);
    }

    /// Why it was cancelled, null if it was not.
    @Nullable String cancelReason() {
        return read(() -> cancelReason);
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

    /// An operator cancelled the group on the coordinator that was about to open it again.
    void cancelledThere(String reason) {
        change(() -> {
            if (!ended) {
                endEarly(reason);
            }
        });
    }

    /// No other coordinator takes the group.
    void gaveUp(CallException why) {
        change(() -> {
            CallException first = lost;
            end(failed(first == null ? why : after(first, why)));
        });
    }

    /// The loss says who acts, but for a group that another process has: to go on with it would take it away again.
    private static CallException after(CallException loss, CallException why) {
        boolean isTaken = why.kind() == Kind.CONFLICT || why.kind() == Kind.EXISTS;
        return new CallException(
                isTaken ? Kind.CONFLICT : loss.kind(),
                loss.getMessage() + "; " + why.getMessage(),
                why);
    }

    /// A bug.
    void failed(Line on, Throwable bug) {
        gaveUp(new CallException(Kind.INTERNAL, "internal error: " + bug, bug));
        on.close("internal error");
    }

    /// How often in a row a coordinator was lost before the first outcome.
    int resumesInVain() {
        return get(() -> vain);
    }

    /// How often of those the group had items that may have been the cause.
    int resumesToBlame() {
        return get(() -> blamed);
    }

    /// Somebody has seen this group with an epoch that is not lower. Whether another attempt has a higher one.
    boolean raiseEpoch() {
        return get(reopening::raiseEpoch);
    }

    /// The newest line that was open.
    Line line() {
        return get(this::openedLine);
    }

    /// The same, by the lock.
    Line openedLine() {
        return Objects.requireNonNull(line, "not open");
    }

    // The transport's side, by the lock; see [Reception].

    Reception reception() {
        return reception;
    }

    /// Whether it is the newest line that was open.
    boolean isNewest(Line candidate) {
        return line == candidate;
    }

    /// Whether that line is about to open the group, and is still waited for.
    boolean isOpening(Line candidate) {
        return candidate == opening && !ended;
    }

    /// The group goes on over that line.
    void goesOnOver(Line candidate) {
        line = candidate;
        if (lost != null) {
            resumes++;
            vain++;
            blamed += ledger.missing() > 0 ? 1 : 0;
        }
        lost = null;
    }

    /// Outcomes have come.
    void answered() {
        vain = 0;
        blamed = 0;
        takings.changed();
    }

    /// The coordinator has ended the group.
    ///
    /// @param why it did so before its end; empty if it did not
    void closedThere(String why) {
        stopped = why;
        abortRest(
                cancelReason != null
                        ? cancelReason
                        : "the coordinator closed the group before it took the item"
                                + (why.isEmpty() ? "" : ": " + why));
        end(null);
    }

    /// Whether all items are to have outcomes when the coordinator ends the group.
    boolean isToBeComplete() {
        return finishing && cancelReason == null;
    }

    /// The line of the group has ended.
    void lost(CallException why) {
        if (cancelReason != null) {
            endEarly(cancelReason);
        } else if (reopening.stopsAtFirstFault() && ledger.counts().failed() > 0) {
            endEarly("stopped at the first fault");
        } else if (!mayResume(why)) {
            end(failed(why));
        } else if (finishing && ledger.missing() == 0) {
            end(null); // only its counts are lost
        } else {
            lost = why;
        }
    }

    private boolean mayResume(CallException why) {
        boolean elsewhere = why.kind() == Kind.UNREACHABLE || why.kind() == Kind.TIMED_OUT;
        return elsewhere && !limits.resumeTimeout().isZero();
    }

    /// The coordinator has broken a rule: the group ends here.
    void broken(CallException why) {
        end(failed(why));
    }

    private ClientException failed(CallException why) {
        return new ClientException(
                why.kind(), title() + ": " + why.getMessage() + "; " + ledger.missingText(), why);
    }

    private void endEarly(String why) {
        stopped = why;
        abortRest(why);
        end(null);
    }

    private void abortRest(String text) {
        ledger.abort(text).forEach(reception::handIn);
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

    /// How errors name it. By the lock.
    String title() {
        return line == null ? title : title + " on " + line.where();
    }

    private void changed() {
        changes.signalAll();
        submissions.changed();
        takings.changed();
    }

    /// Changes something under the lock, and wakes whoever waits.
    void change(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed();
        } finally {
            lock.unlock();
        }
    }

    /// Looks at something under the lock.
    <T> T get(Supplier<T> value) {
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
