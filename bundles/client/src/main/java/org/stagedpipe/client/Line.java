package org.stagedpipe.client;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.GroupOpened;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.protocol.v1.GroupResponse;
import org.stagedpipe.protocol.v1.OpenGroup;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Leases;
import org.stagedpipe.transport.Receiver;
import org.stagedpipe.transport.Rpcs;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.function.BooleanSupplier;

/// A group's stream to one coordinator; the next one follows when it is lost. Shares its connection. What it brings goes to
/// the group's conversation, which listens to its newest line only. A coordinator that gives no sign of life for the term of
/// its lease ends it, too.
final class Line implements Receiver<GroupResponse> {

    private final Conversation group;
    private final String coordinator;
    private final String where;
    private final Connections.Use use;
    private final Call<GroupRequest> call;
    private final Leases.Lease lease;
    private final Inbox inbox = new Inbox(); // of the transport's thread

    // Guarded by the conversation.
    private @Nullable GroupOpened opened;
    private @Nullable CallException loss;
    private boolean sending;

    /// @param coordinator its name
    /// @param use of its connection, ours from now on
    Line(Conversation group, String coordinator, Connections.Use use, Leases leases) {
        Connection connection = use.connection();
        this.group = group;
        this.coordinator = coordinator;
        this.where = coordinator + " at " + connection.peer();
        this.use = use;
        try {
            this.call = connection.open(Rpcs.PROCESS, this);
            this.lease = leases.watch(connection.peer(), this::onFailure);
        } catch (RuntimeException | Error e) {
            use.retire(); // a call that is open ends with it, or as it says nothing
            use.close();
            throw e;
        }
    }

    void open(OpenGroup request, int prefetch) {
        call.send(GroupRequest.newBuilder().setOpen(request).build());
        call.request(prefetch);
    }

    /// The coordinator's name.
    String coordinator() {
        return coordinator;
    }

    /// Its name and address.
    String where() {
        return where;
    }

    Call<GroupRequest> call() {
        return call;
    }

    Inbox inbox() {
        return inbox;
    }

    /// The coordinator's answer to the open, null before it came.
    @Nullable GroupOpened opened() {
        return opened;
    }

    void opened(GroupOpened answer) {
        opened = answer;
    }

    /// Waits until the coordinator has opened the group. By the conversation's lock.
    ///
    /// @param changes of the conversation
    /// @param ended whether the group has
    /// @throws CallException if it refuses, cannot be reached, or does not answer in time
    void awaitOpened(Condition changes, Duration timeout, BooleanSupplier ended)
            throws CallException, InterruptedException {
        long left = timeout.toNanos();
        while (opened == null) {
            CallException why = loss;
            if (why != null) {
                throw why.again();
            }
            if (left <= 0) {
                use.retire();
                throw new CallException(
                        Kind.TIMED_OUT, "no answer within " + timeout.toMillis() + " ms");
            }
            if (ended.getAsBoolean()) {
                throw new CallException(Kind.CANCELLED, "the group has ended");
            }
            left = changes.awaitNanos(left);
        }
    }

    /// Why the stream ended, null while it has not.
    @Nullable CallException loss() {
        return loss;
    }

    void lost(CallException why) {
        if (loss == null) {
            loss = why;
        }
    }

    /// Whether a thread sends on it.
    boolean isSending() {
        return sending;
    }

    void sending(boolean does) {
        sending = does;
    }

    /// Gives the stream up, if it has not ended, and leaves its connection.
    void close(String why) {
        lease.close();
        try {
            call.fail(new CallException(Kind.CANCELLED, why));
        } finally {
            use.close(); // or it would never end
        }
    }

    @Override
    public void onMessage(GroupResponse message) {
        group.reception().received(this, message);
    }

    @Override
    public void onComplete() {
        group.reception()
                .lost(
                        this,
                        new CallException(Kind.INTERNAL, "the coordinator ended the stream early"));
    }

    @Override
    public void onFailure(CallException why) {
        if (!why.isAnswer() && why.kind() != Kind.CANCELLED) {
            use.retire();
        }
        group.reception().lost(this, why);
    }

    @Override
    public void onReady() {
        group.reception().ready(this);
    }
}
