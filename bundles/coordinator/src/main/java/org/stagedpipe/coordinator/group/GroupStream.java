package org.stagedpipe.coordinator.group;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.protocol.v1.ClusterView;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.protocol.v1.GroupResponse;
import org.stagedpipe.protocol.v1.GroupSummary;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.protocol.v1.OpenGroup;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Peer;
import org.stagedpipe.transport.Receiver;

import java.time.Duration;
import java.util.concurrent.Future;

/// A client's stream on its way from the first message to the last; the group behind it is a [Group].
///
/// The transport, the timers and the node call it on any thread; what they say is dealt with on the group's [Serial], to
/// which everything else here belongs.
public final class GroupStream implements Receiver<GroupRequest> {

    private static final Logger LOG = LoggerFactory.getLogger(GroupStream.class);

    /// The node's open groups.
    public interface Registry {
        /// A stream's first message has come, or will not come.
        void begun(GroupStream stream);

        /// A group is about to open; it takes the place of one of the same id and a lower epoch.
        ///
        /// @return what it may hold
        /// @throws CallException if the node takes no group of that id and epoch, none that is new, or none at all
        Holdings add(OpenGroup open, GroupStream stream) throws CallException;

        /// A group has ended.
        void remove(ByteString group, GroupStream stream);

        /// The cluster as it is now, null before an overseer told of it.
        @Nullable ClusterView view();
    }

    /// For how long a client may still send when it is told the end.
    private static final Duration FAREWELL = Duration.ofSeconds(1);

    /// Each item that is aborted says it again.
    private static final int MAX_REASON_CHARS = 1_024;

    private final Environment environment;
    private final Registry registry;
    private final Call<GroupResponse> client;
    private final Serial serial;
    private final long openedMs;
    private volatile GroupState state = GroupState.AWAITING_OPEN;
    private volatile @Nullable Group group; // null before the first message
    private volatile boolean isRefused;
    private boolean halfClosed;
    private String stopped = ""; // why it ended before its end
    private @Nullable Future<?>
            patience; // with a client that does not read the end, or has not heard it
    private @Nullable CallException drain; // why the group is to go on elsewhere

    /// A new stream; nothing has come yet.
    ///
    /// @param nowMs since 1970
    public GroupStream(
            Environment environment, Registry registry, Call<GroupResponse> client, long nowMs) {
        this.environment = environment;
        this.registry = registry;
        this.client = client;
        this.openedMs = nowMs;
        this.serial = new Serial(environment.threads(), this::settle, this::bug);
    }

    /// Asks for the first message; the server does not wait for it for ever. Call once, unless it is stopped at once.
    public void begin() {
        serial.here(() -> client.request(1));
    }

    /// Who is on the other side.
    public Peer peer() {
        return client.peer();
    }

    @Override
    public void onMessage(GroupRequest message) {
        serial.here(() -> received(message));
    }

    @Override
    public void onComplete() {
        serial.here(this::halfClosed);
    }

    @Override
    public void onFailure(CallException failure) {
        serial.here(() -> fail(failure));
    }

    @Override
    public void onReady() {
        serial.here(() -> {}); // it settles
    }

    /// The cluster has changed.
    public void view(ClusterView view) {
        serial.execute(() -> {
            if (group != null) {
                group.view(view);
            }
        });
    }

    /// An operator cancels the group.
    public void cancel(String reason) {
        serial.execute(() -> {
            if (state == GroupState.OPENING) {
                fail(new CallException(Kind.CANCELLED, cancelled(reason)));
            } else if (state != GroupState.AWAITING_OPEN) {
                end(ItemFault.Kind.CANCELLED, cancelled(reason), false);
            }
        });
    }

    /// The node is about to stop: the group finishes what it has, and its client goes on elsewhere if it is one that does.
    public void drain(CallException why) {
        serial.execute(() -> {
            drain = why;
            if (state == GroupState.AWAITING_OPEN || state == GroupState.OPENING) {
                fail(why);
            } else if (group != null && group.moves()) {
                group.drain();
            }
        });
    }

    /// The node ends the group.
    public void stop(CallException why) {
        serial.execute(() -> fail(why));
    }

    /// What operators see of it. Any thread.
    public GroupSummary summary() {
        GroupSummary.Builder summary =
                GroupSummary.newBuilder()
                        .setOpenedMs(openedMs)
                        .setState(state.label())
                        .setRefused(isRefused);
        Group opened = group;
        if (opened != null) {
            opened.show(summary);
        }
        return summary.build();
    }

    /// Accepted items without an outcome. Any thread.
    public long itemsInFlight() {
        Group opened = group;
        return opened == null ? 0 : opened.itemsInFlight();
    }

    private void received(GroupRequest message) {
        if (state == GroupState.PARTING) {
            client.request(1);
            return;
        }
        if (state == GroupState.CANCELLING || state == GroupState.CLOSED) {
            return; // the client does not know yet
        }
        try {
            switch (message.getMessageCase()) {
                case OPEN -> open(message.getOpen());
                case ITEMS -> opened("items").items(message.getItems());
                case CHUNK -> opened("a chunk").chunk(message.getChunk());
                case CANCEL -> {
                    opened("cancel");
                    String reason = message.getCancel().getReason();
                    end(ItemFault.Kind.CANCELLED, cancelled(reason), false);
                }
                case MOVED -> opened("moved").moved(message.getMoved());
                case MESSAGE_NOT_SET ->
                        throw invalid(
                                "a message without content", "open, items, chunk, cancel or moved");
            }
        } catch (CallException e) {
            fail(e);
        }
    }

    private void open(OpenGroup message) throws CallException {
        if (state != GroupState.AWAITING_OPEN) {
            throw invalid("a second open", "one, first");
        }
        OpenRules.check(message);
        Holdings holdings = registry.add(message, this);
        move(GroupState.Event.OPEN);
        Group opening =
                new Group(environment, serial, client, message, holdings, new GroupEvents());
        group = opening;
        opening.open(registry.view());
    }

    private void halfClosed() {
        halfClosed = true;
        if (state == GroupState.PARTING) {
            part();
            return;
        }
        try {
            if (state == GroupState.AWAITING_OPEN) {
                throw invalid("a stream without a message", "open");
            }
            if (state == GroupState.RUNNING) {
                finish();
            }
        } catch (CallException e) {
            fail(e);
        }
    }

    private void finish() throws CallException {
        opened("the end").finish();
        move(GroupState.Event.HALF_CLOSE);
    }

    private Group opened(String what) throws CallException {
        Group opened = group;
        if (opened == null) {
            throw invalid(what + " before the group is open", "open first");
        }
        return opened;
    }

    /// What is not done is aborted; the client gets the rest of the answers and the counts.
    private void end(ItemFault.Kind kind, String text, boolean retryable) {
        if (group == null || (state != GroupState.RUNNING && state != GroupState.FINISHING)) {
            return;
        }
        move(GroupState.Event.CANCEL);
        stopped = text;
        group.stop(new Stop(kind, text, retryable));
        endUnlessRead(group, text);
    }

    /// A client that reads what is left for it gets all of it, as long as its transport takes a message in each such time.
    private void endUnlessRead(Group ending, String text) {
        long sent = ending.sentMessages();
        patience =
                environment.after(
                        environment.limits().finishTimeout(),
                        serial,
                        () -> {
                            if (state != GroupState.CANCELLING) {
                                return;
                            }
                            if (ending.isUnsent() && ending.sentMessages() == sent) {
                                fail(new CallException(Kind.CANCELLED, text));
                            } else {
                                endUnlessRead(ending, text);
                            }
                        });
    }

    /// The stream ends with a failure.
    private void fail(CallException why) {
        if (state != GroupState.CLOSED) {
            client.fail(why);
            closed(GroupState.Event.BREAK, why.getMessage());
        }
    }

    private void bug(Throwable e) {
        LOG.error("coordinator {}: a bug in a group", environment.coordinator(), e);
        fail(new CallException(Kind.INTERNAL, "internal error: " + e));
    }

    private void closed(GroupState.Event event, String why) {
        move(event);
        if (patience != null) {
            patience.cancel(false);
        }
        if (group != null) {
            try {
                group.close(why);
            } finally { // whatever it meets
                registry.remove(group.id(), this);
            }
        }
    }

    private void settle() {
        Group settling = group;
        if (settling == null || state == GroupState.CLOSED) {
            return;
        }
        settling.send(); // a result that cannot be read is a fault
        String failure = settling.failure();
        if (failure != null) {
            end(ItemFault.Kind.CANCELLED, failure, true);
        }
        settling.settle();
        boolean isDone =
                switch (state) {
                    case FINISHING -> settling.isFinished();
                    case CANCELLING -> settling.isDrained();
                    case AWAITING_OPEN, OPENING, RUNNING, PARTING, CLOSED -> false;
                };
        CallException why = drain;
        if (why != null
                && state == GroupState.RUNNING
                && settling.moves()
                && settling.isDrained()) {
            fail(why);
            return;
        }
        if (isDone) {
            client.send(
                    GroupResponse.newBuilder()
                            .setClosed(settling.counts().setStopped(stopped))
                            .build());
            if (halfClosed) {
                client.complete();
            }
            closed(
                    halfClosed ? GroupState.Event.DONE : GroupState.Event.TOLD,
                    "the group has ended");
            if (!halfClosed) {
                bidFarewell();
            }
        }
    }

    /// The client is told the end, and what it sends meanwhile is dropped: one that writes to a stream that has ended may lose what it has not read
    /// of it, as gRPC for Python's asyncio does.
    private void bidFarewell() {
        group = null; // nothing is left of it to wait for
        patience = environment.after(FAREWELL, serial, this::part);
        client.request(1);
    }

    /// The client has heard it, or was waited for long enough.
    private void part() {
        if (state == GroupState.PARTING) {
            client.complete();
            closed(GroupState.Event.DONE, "the group has ended");
        }
    }

    private void move(GroupState.Event event) {
        GroupState next = state.after(event);
        if (next == null) {
            throw new IllegalStateException("group stream: " + event + " while " + state);
        }
        if (state == GroupState.AWAITING_OPEN) {
            registry.begun(this);
        }
        state = next;
    }

    private static CallException invalid(String what, String expected) {
        return new CallException(Kind.INVALID, what + " (expected: " + expected + ")");
    }

    private static String cancelled(String reason) {
        String said =
                reason.length() <= MAX_REASON_CHARS
                        ? reason
                        : reason.substring(0, MAX_REASON_CHARS) + "…";
        return said.isBlank() ? "cancelled" : "cancelled: " + said;
    }

    /// What the group says to its client's stream.
    private final class GroupEvents implements Group.Events {

        @Override
        public void opened(GroupResponse answer) {
            move(GroupState.Event.OPENED);
            client.send(answer);
            client.request(1);
            if (halfClosed) {
                halfClosed();
            }
        }

        @Override
        public void refused(CallException why, boolean isOfItsVersion) {
            isRefused = isOfItsVersion;
            fail(why);
        }

        @Override
        public void starved(String text) {
            end(ItemFault.Kind.SYSTEM, text, true);
        }
    }
}
