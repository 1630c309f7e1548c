package org.stagedpipe.worker.part;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.HandBack;
import org.stagedpipe.protocol.v1.OpenWork;
import org.stagedpipe.protocol.v1.WorkRequest;
import org.stagedpipe.protocol.v1.WorkResponse;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Receiver;
import org.stagedpipe.worker.part.PartState.Event;
import org.stagedpipe.worker.plugin.Lease;
import org.stagedpipe.worker.plugin.PluginException;
import org.stagedpipe.worker.plugin.Texts;
import org.stagedpipe.worker.secret.GroupSecrets;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;

/// A group's part on this worker: one stream from a coordinator, from its first message until the plugin has closed what
/// it opened, however the stream ended. The plugin's version is held for as long.
///
/// Messages come on the transport's thread; the plugin opens and closes its resources on threads of their own (see [Visit]);
/// answers leave on the group's delivery thread.
final class Part implements Receiver<WorkRequest>, Answers.Events, Visit.Events {

    /// For how long the items that are here should keep the pipelines busy: longer than any way to a coordinator and back.
    private static final Duration BACKLOG = Duration.ofMillis(500);

    private final Parts parts;
    private final Call<WorkResponse> call;
    private final GroupSecrets secrets;
    private final Outlet outlet;
    private final Answers answers;
    private final Intake intake;
    private final Credit credit;
    private final Visit visit;

    // Guarded by this.
    private PartState state = PartState.NEW;
    private boolean isKeyed;
    private @Nullable ByteString group;
    private @Nullable Session<?, ?, ?> session;
    private @Nullable Lease lease;
    private @Nullable CallException end;
    private @Nullable String cancelled;

    Part(Parts parts, Call<WorkResponse> call) {
        this.parts = parts;
        this.call = call;
        this.secrets = parts.limits().secrets().ofGroup();
        this.outlet = parts.outlet(call, this::lost);
        this.answers = new Answers(outlet, this, secrets::redacted);
        this.intake = parts.intake(call);
        this.credit = parts.credit(call);
        this.visit = new Visit(parts.limits(), secrets, answers, parts.openFailures(), this);
    }

    /// Asks for the first message.
    void begin() {
        intake.begin();
    }

    @Override
    public void onMessage(WorkRequest message) {
        intake.arrived();
        try {
            switch (message.getMessageCase()) {
                case OPEN -> open(message.getOpen());
                case ITEMS -> {
                    requireOpen("items");
                    intake.take(message.getItems());
                }
                case CHUNK -> {
                    requireOpen("chunk");
                    intake.take(message.getChunk());
                }
                case REDELIVERY -> {
                    requireOpen("redelivery");
                    intake.redelivery(message.getRedelivery());
                }
                case CANCEL -> {
                    requireOpen("cancel");
                    cancel(message.getCancel().getReason());
                }
                case MESSAGE_NOT_SET ->
                        throw new CallException(
                                Kind.INVALID, "a message that this version does not know");
            }
            intake.pump();
            if (intake.isReturning()) {
                handBackWaiting(Duration.ZERO);
            }
        } catch (CallException e) {
            fail(e);
        }
    }

    private synchronized void requireOpen(String message) throws CallException {
        if (state == PartState.NEW) {
            throw new CallException(
                    Kind.INVALID, "first message: " + message + " (expected: open)");
        }
    }

    @Override
    public void onComplete() {
        try {
            synchronized (this) {
                change(Event.HALF_CLOSE);
                if (state == PartState.CLOSED) { // without a single message
                    finish();
                    return;
                }
            }
            intake.last();
        } catch (CallException e) {
            fail(e);
        }
    }

    @Override
    public void onFailure(CallException failure) {
        outlet.end();
        cancel("the coordinator is gone: " + failure.getMessage());
    }

    @Override
    public void onReady() {
        outlet.ready();
    }

    private void open(OpenWork open) throws CallException {
        WorkRules.check(open);
        synchronized (this) {
            if (state != PartState.NEW) {
                throw new CallException(
                        Kind.INVALID, "a second open (expected: one, as the first message)");
            }
            parts.checkOpen();
            group = open.getGroup();
            intake.of(open.getCoordinator());
            if (open.getKeyed()) {
                intake.keyed(parts.limits().windowItems());
                credit.keyed();
                isKeyed = true;
            }
        }
        parts.enter(this, open);
        synchronized (this) {
            change(Event.OPEN);
            if (state != PartState.OPENING) {
                return; // the worker stops meanwhile
            }
        }
        parts.versions()
                .acquire(open.getPlugin())
                .whenComplete((held, thrown) -> {
                    if (held != null) {
                        visit.open(open, held);
                    } else {
                        failedToOpen(notToBeHad(thrown));
                    }
                });
    }

    private static CallException notToBeHad(Throwable thrown) {
        Throwable cause =
                thrown instanceof CompletionException && thrown.getCause() != null
                        ? thrown.getCause()
                        : thrown;
        Kind kind =
                cause instanceof PluginException refused && refused.isRetryable()
                        ? Kind.UNREACHABLE
                        : Kind.NOT_FOUND;
        return new CallException(kind, Texts.of(cause), cause);
    }

    @Override
    public void opened(Session<?, ?, ?> opened, Lease held) {
        PartState now;
        synchronized (this) {
            session = opened;
            lease = held;
            change(Event.OPENED);
            now = state;
        }
        if (now == PartState.CLOSING || now == PartState.CLOSED) { // nobody waits for it any more
            opened.finish();
            close();
            return;
        }
        credit.open();
        intake.open(opened);
    }

    /// Says how many items it takes: none while the worker is paused.
    void tellCapacity() {
        if (isRunning()) {
            credit.changed();
        }
    }

    /// Gives back what the engine has not taken, if that has waited for that long, for memory or its turn.
    ///
    /// Nothing of a keyed group but a suspect: later items of the same key may be on the stream already, and would run here
    /// before it runs elsewhere. What is to leave leaves with all that is later, when the stream ends.
    void handBackWaiting(Duration waited) {
        if (!givesBack() || intake.waitedNanos() < waited.toNanos()) {
            return;
        }
        List<Long> left = intake.handBack();
        if (!left.isEmpty()) {
            HandBack back = HandBack.newBuilder().addAllSequences(left).build();
            call.send(WorkResponse.newBuilder().setHandBack(back).build());
        }
    }

    @Override
    public void failedToOpen(CallException why) {
        synchronized (this) {
            if (end == null) {
                end = why;
            }
            change(Event.FAILED);
        }
        intake.stop(); // items may have come before the answer
        finish();
    }

    /// Ends the stream with that at once; what runs is told to end.
    @Override
    public void fail(CallException why) {
        outlet.end();
        synchronized (this) {
            if (end == null) {
                end = why;
            }
        }
        call.fail(why);
        cancel(why.getMessage());
    }

    /// Answers never leave, for a reason that is this worker's: no item is why.
    private void lost(CallException why) {
        credit.stops();
        fail(why);
    }

    private void cancel(String reason) {
        Session<?, ?, ?> running;
        boolean over;
        synchronized (this) {
            PartState before = state;
            change(Event.CANCEL);
            if (before == state) {
                return;
            }
            cancelled = reason;
            running = session;
            over = state == PartState.CLOSED;
        }
        if (running != null) {
            running.cancel(reason);
        }
        if (over) {
            finish();
        }
    }

    /// Takes no more, answers what runs, and leaves the rest to other workers: they get it when this stream ends.
    void handBack(CallException why) {
        PartState now;
        Session<?, ?, ?> running;
        synchronized (this) {
            change(Event.HAND_BACK);
            now = state;
            running = session;
            if (now == PartState.FINISHING || now == PartState.ABANDONED) {
                end = end == null ? why : end;
            }
        }
        if (now == PartState.FINISHING && running != null) {
            credit.stops();
            intake.stop();
            running.withdraw(why.getMessage());
        } else if (now == PartState.ABANDONED || now == PartState.CLOSED) {
            fail(why);
            if (now == PartState.CLOSED) {
                finish();
            }
        }
    }

    @Override
    public void ran() {
        intake.ran();
    }

    @Override
    public void answered(int items, long bytes) {
        intake.answered(items, bytes);
        Session<?, ?, ?> paced;
        synchronized (this) {
            paced = isKeyed ? null : session;
        }
        if (paced != null) {
            credit.useful(paced.backlog(BACKLOG));
        }
    }

    @Override
    public void ended(long... keys) {
        intake.ended(keys);
    }

    @Override
    public void room() {
        intake.pump();
    }

    @Override
    public void failing(String text) {
        fail(
                new CallException(
                        Kind.UNREACHABLE, // the error may be one of another group
                        parts.limits().secrets().redacted("the worker fails: " + text)));
    }

    @Override
    public void ended() {
        String reason;
        boolean closes;
        synchronized (this) {
            reason = cancelled;
            closes = state != PartState.CLOSING; // else it was abandoned while it opened, and is
            // closed already
            change(Event.ANSWERED);
            closes &= state == PartState.CLOSING;
        }
        List<Long> left = intake.stop();
        intake.ran();
        if (reason != null) {
            abort(left, reason);
        }
        if (closes) {
            close();
        }
    }

    private void abort(List<Long> left, String reason) {
        try {
            answers.abort(left, intake.attempt(), reason);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Lets the plugin close its resources; once for each session that was opened.
    private void close() {
        Session<?, ?, ?> closing;
        Lease held;
        synchronized (this) {
            closing = session;
            held = lease;
            session = null;
            lease = null;
        }
        intake.forget();
        visit.close(closing, held);
    }

    @Override
    public void closed() {
        synchronized (this) {
            change(Event.DONE);
        }
        finish();
    }

    /// Ends the stream as it should end, unless it has ended, and forgets the part once it is over.
    @Override
    public void finish() {
        CallException how;
        boolean over;
        synchronized (this) {
            how = end;
            over = state == PartState.CLOSED;
        }
        if (how == null) {
            call.complete();
        } else {
            call.fail(how);
        }
        if (over) {
            parts.over(this);
        }
    }

    private synchronized void change(Event event) {
        state = state.after(event);
    }

    /// The group's id, null before the first message.
    synchronized @Nullable ByteString group() {
        return group;
    }

    private synchronized boolean isRunning() {
        return session != null && state == PartState.RUNNING;
    }

    private synchronized boolean givesBack() {
        return isRunning() && (!isKeyed || intake.isInLine());
    }

    synchronized boolean isCounted() {
        return state != PartState.NEW && state != PartState.CLOSED;
    }
}
