package org.stagedpipe.coordinator.group;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.ClusterView;
import org.stagedpipe.protocol.v1.GroupOpened;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.protocol.v1.GroupResponse;
import org.stagedpipe.protocol.v1.GroupSummary;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.protocol.v1.OpenGroup;
import org.stagedpipe.protocol.v1.OpenWork;
import org.stagedpipe.protocol.v1.Outcomes;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Receiver;

import java.time.Duration;
import java.util.concurrent.Future;

/// A client's stream, and with it a request group from its opening to its end.
///
/// The transport, the timers and the node call it on any thread; what they say is dealt with on the group's [Serial], to
/// which everything here belongs. After each of those the group settles: it sends, dispatches and reads what it can.
public final class GroupStream implements Receiver<GroupRequest> {

    private static final Logger LOG = LoggerFactory.getLogger(GroupStream.class);

    /// The node's open groups.
    public interface Registry {
        /// A group is about to open.
        ///
        /// @throws CallException if the node takes no group of that id, or none at all
        void add(ByteString group, GroupStream stream) throws CallException;

        /// A group has ended.
        void remove(ByteString group);

        /// The cluster as it is now, null before an overseer told of it.
        @Nullable ClusterView view();
    }

    private final Environment environment;
    private final Registry registry;
    private final Call<GroupResponse> client;
    private final Serial serial;
    private final Counts counts;
    private final Window window;
    private final Intake intake;
    private final Parts parts;
    private final Dispatcher dispatcher;
    private final Outbox outbox;
    private final long openedMs;
    private Flight flight;
    private volatile GroupState state = GroupState.AWAITING_OPEN;
    private volatile OpenGroup open = OpenGroup.getDefaultInstance();
    private volatile @Nullable PluginVersion plugin;
    private boolean registered;
    private boolean halfClosed;
    private boolean partsFinish;
    private @Nullable CallException refusal; // the first one
    private @Nullable Future<?> openTimer;
    private @Nullable Future<?> starvation;

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
        this.counts = new Counts(environment.outcomes());
        this.window = new Window(environment.limits(), environment.window(), serial);
        this.intake = new Intake(environment.limits());
        this.parts = new Parts(environment, serial, new PartsOwner());
        this.dispatcher = new Dispatcher(parts);
        this.outbox = new Outbox(client, window);
        this.flight = new Flight(counts, window, new Order.AsAnswered(outbox));
    }

    @Override
    public void onMessage(GroupRequest message) {
        serial.execute(() -> received(message));
    }

    @Override
    public void onComplete() {
        serial.execute(this::halfClosed);
    }

    @Override
    public void onFailure(CallException failure) {
        serial.execute(() -> fail(failure));
    }

    @Override
    public void onReady() {
        serial.execute(() -> {}); // it settles
    }

    /// The cluster has changed.
    public void view(ClusterView view) {
        serial.execute(() -> {
            if (state == GroupState.OPENING && plugin == null) {
                tryToOpen(view);
            } else {
                parts.view(view);
            }
        });
    }

    /// An operator cancels the group.
    public void cancel(String reason) {
        serial.execute(() -> {
            if (state == GroupState.OPENING) {
                fail(new CallException(Kind.CANCELLED, cancelled(reason)));
            } else {
                end(ItemFault.Kind.CANCELLED, cancelled(reason), false);
            }
        });
    }

    /// The node ends the group.
    public void stop(CallException why) {
        serial.execute(() -> fail(why));
    }

    /// What operators see of it. Any thread.
    public GroupSummary summary() {
        OpenGroup asked = open;
        PluginVersion serving = plugin;
        GroupSummary.Builder summary =
                GroupSummary.newBuilder()
                        .setGroup(asked.getGroup())
                        .setClient(asked.getClient())
                        .setOrdered(asked.getOrdered())
                        .setOpenedMs(openedMs)
                        .addAllWorkers(parts.workers())
                        .setState(state.label());
        counts.show(summary);
        return serving == null ? summary.build() : summary.setPlugin(serving).build();
    }

    /// Accepted items without an outcome. Any thread.
    public long itemsInFlight() {
        return counts.open();
    }

    private void received(GroupRequest message) {
        if (state == GroupState.CANCELLING || state == GroupState.CLOSED) {
            return; // the client does not know yet
        }
        try {
            switch (message.getMessageCase()) {
                case OPEN -> open(message.getOpen());
                case ITEMS -> items(message.getItems());
                case CHUNK -> chunk(message.getChunk());
                case CANCEL -> {
                    requireOpen("cancel");
                    String reason = message.getCancel().getReason();
                    end(ItemFault.Kind.CANCELLED, cancelled(reason), false);
                }
                case MESSAGE_NOT_SET ->
                        throw new CallException(
                                Kind.INVALID,
                                "a message without content (expected: open, items, chunk or"
                                        + " cancel)");
            }
        } catch (CallException e) {
            fail(e);
        }
    }

    private void open(OpenGroup message) throws CallException {
        if (state != GroupState.AWAITING_OPEN) {
            throw new CallException(Kind.INVALID, "a second open (expected: one, first)");
        }
        Opening.check(message);
        registry.add(message.getGroup(), this);
        registered = true;
        open = message;
        move(GroupState.Event.OPEN);
        if (message.getOrdered()) {
            flight = new Flight(counts, window, new AsAccepted(outbox));
        }
        openTimer = after(environment.limits().openWait(), this::stopWaiting);
        tryToOpen(registry.view());
    }

    /// Opens the group's parts if its plugin is known and a worker is ready; otherwise a new view may bring them.
    private void tryToOpen(@Nullable ClusterView view) {
        try {
            PluginVersion chosen = Opening.choose(environment.coordinator(), view, open);
            refusal = null;
            plugin = chosen;
            restartOpenTimer();
            OpenWork work =
                    OpenWork.newBuilder()
                            .setProtocol(Opening.PROTOCOL)
                            .setGroup(open.getGroup())
                            .setPlugin(chosen)
                            .setConfiguration(open.getConfiguration())
                            .setCoordinator(environment.coordinator())
                            .build();
            parts.open(work, view == null ? ClusterView.getDefaultInstance() : view);
        } catch (CallException e) {
            refusal = e;
        }
    }

    private void stopWaiting() {
        CallException why = refusal;
        if (state == GroupState.OPENING && plugin == null && why != null) {
            fail(why);
        }
    }

    private void restartOpenTimer() {
        cancel(openTimer);
        Duration timeout = environment.limits().openTimeout();
        openTimer =
                after(
                        timeout,
                        () -> {
                            if (state == GroupState.OPENING) {
                                fail(
                                        new CallException(
                                                Kind.TIMED_OUT,
                                                "no worker opened the group within "
                                                        + timeout.toMillis()
                                                        + " ms"));
                            }
                        });
    }

    private void opened() {
        cancel(openTimer);
        move(GroupState.Event.OPENED);
        GroupOpened.Builder opened =
                GroupOpened.newBuilder()
                        .setCoordinator(environment.coordinator())
                        .setMaxFrameBytes(Limits.MAX_FRAME_BYTES)
                        .setMaxItemBytes(environment.limits().maxItemBytes());
        PluginVersion serving = plugin;
        if (serving != null) {
            opened.setPlugin(serving);
        }
        client.send(GroupResponse.newBuilder().setOpened(opened).build());
        if (halfClosed) {
            move(GroupState.Event.HALF_CLOSE);
        } else {
            client.request(1);
        }
    }

    private void items(Items items) throws CallException {
        requireOpen("items");
        Frame frame = intake.items(items);
        flight.accept(frame);
        window.admit(
                frame.count(),
                frame.bytes(),
                () -> {
                    dispatcher.add(frame);
                    client.request(1);
                });
    }

    private void chunk(Chunk chunk) throws CallException {
        requireOpen("a chunk");
        Frame begun = intake.chunk(chunk);
        if (begun == null) {
            next();
            return;
        }
        flight.accept(begun);
        bigItem = begun;
        window.admit(1, begun.bytes(), this::next);
    }

    private @Nullable Frame bigItem; // whose chunks are coming

    /// A part of a big item is in the window.
    private void next() {
        Frame frame = bigItem;
        if (frame != null && !intake.isPartial()) {
            bigItem = null;
            if (intake.skips()) {
                String text =
                        "an item of "
                                + frame.big().size()
                                + " bytes (expected: at most "
                                + environment.limits().maxItemBytes()
                                + ")";
                flight.fault(frame, ItemFault.Kind.TOO_LARGE, text);
            } else {
                dispatcher.add(frame);
            }
        }
        client.request(1);
    }

    private void halfClosed() {
        try {
            if (state == GroupState.AWAITING_OPEN) {
                throw new CallException(
                        Kind.INVALID, "a stream without a message (expected: open)");
            }
            halfClosed = true;
            if (state == GroupState.RUNNING) {
                intake.requireWhole("the end");
                move(GroupState.Event.HALF_CLOSE);
            }
        } catch (CallException e) {
            fail(e);
        }
    }

    private void requireOpen(String what) throws CallException {
        if (state == GroupState.AWAITING_OPEN) {
            throw new CallException(
                    Kind.INVALID, what + " before the group is open (expected: open first)");
        }
    }

    /// Every open item is aborted; the client gets that and the counts.
    private void end(ItemFault.Kind kind, String text, boolean retryable) {
        if (state != GroupState.RUNNING && state != GroupState.FINISHING) {
            return;
        }
        move(GroupState.Event.CANCEL);
        window.admitNow();
        dispatcher.clear();
        parts.cancel(text);
        flight.abort(kind, text, retryable);
        after(
                environment.limits().finishTimeout(),
                () -> {
                    if (state == GroupState.CANCELLING) {
                        fail(new CallException(Kind.CANCELLED, text));
                    }
                });
    }

    /// The stream ends with a failure.
    private void fail(CallException why) {
        if (state != GroupState.CLOSED) {
            client.fail(why);
            parts.cancel(why.getMessage());
            closed(GroupState.Event.BREAK);
        }
    }

    private void bug(RuntimeException e) {
        LOG.error("group {}: a bug", Opening.id(open.getGroup()), e);
        fail(new CallException(Kind.INTERNAL, "internal error: " + e));
    }

    private void closed(GroupState.Event event) {
        move(event);
        cancel(openTimer);
        cancel(starvation);
        dispatcher.clear();
        window.close();
        if (registered) {
            registry.remove(open.getGroup());
        }
    }

    private void settle() {
        if (state == GroupState.CLOSED) {
            return;
        }
        outbox.pump();
        dispatcher.pump();
        if (!outbox.isFull()) {
            parts.read();
        }
        watchStarvation();
        if (state == GroupState.FINISHING && flight.isEmpty() && !partsFinish) {
            partsFinish = true;
            parts.finish();
        }
        boolean done = partsFinish ? parts.isEmpty() : state == GroupState.CANCELLING;
        if (done && outbox.isEmpty()) {
            client.send(GroupResponse.newBuilder().setClosed(counts.closed()).build());
            client.complete();
            closed(GroupState.Event.DONE);
        }
    }

    private void watchStarvation() {
        if (!dispatcher.isStarved()) {
            cancel(starvation);
            starvation = null;
        } else if (starvation == null) {
            Duration timeout = environment.limits().noWorkerTimeout();
            String text = "no worker was ready for " + timeout.toMillis() + " ms";
            starvation =
                    after(
                            timeout,
                            () -> {
                                if (dispatcher.isStarved()) {
                                    end(ItemFault.Kind.SYSTEM, text, true);
                                }
                            });
        }
    }

    private void move(GroupState.Event event) {
        GroupState next = state.after(event);
        if (next == null) {
            throw new IllegalStateException("group stream: " + event + " while " + state);
        }
        state = next;
    }

    private Future<?> after(Duration pause, Runnable task) {
        return environment.after(pause, serial, task);
    }

    private static void cancel(@Nullable Future<?> timer) {
        if (timer != null) {
            timer.cancel(false);
        }
    }

    private static String cancelled(String reason) {
        return reason.isBlank() ? "cancelled" : "cancelled: " + reason;
    }

    /// What the workers' streams say.
    private final class PartsOwner implements WorkerPart.Owner {

        @Override
        public void opened(WorkerPart part) {
            if (state == GroupState.OPENING) {
                GroupStream.this.opened();
            }
        }

        @Override
        public void ended(WorkerPart part, WorkerPart.State before, CallException why) {
            parts.ended(part, before);
            switch (before) {
                case OPENING -> refused(part, why);
                case OPEN -> {
                    LOG.info(
                            "group {} lost worker {}, {} frames are delivered again: {}",
                            Opening.id(open.getGroup()),
                            part.name(),
                            part.held().size(),
                            why.getMessage());
                    dispatcher.addAgain(flight.lost(part));
                }
                case LEAVING, ENDED -> {}
            }
        }

        private void refused(WorkerPart part, CallException why) {
            CallException first = refusal;
            if (first == null || first.kind() == Kind.UNREACHABLE) {
                refusal = first == null || why.kind() != Kind.UNREACHABLE ? why : first;
            }
            if (state == GroupState.OPENING && parts.isEmpty()) {
                fail(refusal == null ? why : refusal);
            }
        }

        @Override
        public void answered(WorkerPart part, Outcomes outcomes) throws CallException {
            flight.answered(part, outcomes);
        }

        @Override
        public void begun(BigItem result) {
            flight.begun(result);
        }

        @Override
        public void answered(WorkerPart part, BigItem result) throws CallException {
            flight.answered(part, result);
        }

        @Override
        public void tooLarge(WorkerPart part, BigItem result) throws CallException {
            flight.tooLarge(part, result, environment.limits().maxItemBytes());
        }

        @Override
        public void forget(BigItem result) {
            flight.forget(result);
        }
    }
}
