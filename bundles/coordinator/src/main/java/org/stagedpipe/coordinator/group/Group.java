package org.stagedpipe.coordinator.group;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.coordinator.letter.Keeper;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.ClusterView;
import org.stagedpipe.protocol.v1.GroupClosed;
import org.stagedpipe.protocol.v1.GroupResponse;
import org.stagedpipe.protocol.v1.GroupSummary;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.protocol.v1.OpenGroup;
import org.stagedpipe.protocol.v1.Outcomes;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.function.IntUnaryOperator;

/// A request group between its client's stream and its workers' streams: what an item passes, put together.
///
/// Belongs to the group's [Serial]. After each task there [#settle] does what has become possible: it sends, dispatches,
/// and reads on.
final class Group {

    private static final Logger LOG = LoggerFactory.getLogger(Group.class);

    /// Whom a group tells.
    interface Events {
        /// The first worker has opened its part.
        void opened(GroupResponse answer);

        /// The group does not open, or may not go on.
        ///
        /// @param isOfItsVersion whether that counts against the version that was to serve it
        void refused(CallException why, boolean isOfItsVersion);

        /// Items have waited for a worker for too long.
        void starved(String text);
    }

    private final Environment environment;
    private final Serial serial;
    private final OpenGroup message;
    private final Holdings holdings;
    private final Events events;
    private final Counts counts;
    private final Window window;
    private final BigItems bigItems;
    private final Outbox outbox;
    private final Flight flight;
    private final Inflow inflow;
    private final Opening opening;
    private final Call<GroupResponse> client;
    private final Following following;
    private final List<Parts> behind =
            new ArrayList<>(); // on versions that it left, until they have ended
    private volatile Crew crew;
    private volatile @Nullable Segments segments; // once it has moved
    private final Waits waits = new Waits(System::nanoTime);
    private final Bottleneck bottleneck;
    private boolean isOpen;
    private boolean isFinishing;
    private boolean partsFinish;
    private boolean stopsOnceMoved;
    private @Nullable Stop stop; // why it ends before its end
    private final Patience patience;

    /// @param client to be asked for messages and sent answers
    /// @param message the checked first message
    /// @param holdings of who opened it
    Group(
            Environment environment,
            Serial serial,
            Call<GroupResponse> client,
            OpenGroup message,
            Holdings holdings,
            Events events) {
        this.environment = environment;
        this.serial = serial;
        this.message = message;
        this.holdings = holdings;
        this.events = events;
        patience = new Patience(environment, serial, events);
        counts = new Counts(environment.outcomes());
        window = new Window(environment.limits(), holdings, serial);
        outbox = new Outbox(client, window, environment.limits(), this::unreadable);
        bigItems = new BigItems(environment.limits(), environment.spool(), window, outbox::isFull);
        Order order = message.getOrdered() ? new AsAccepted(outbox) : new Order.AsAnswered(outbox);
        if (message.getOrdered()) {
            window.ration().besideItems();
        }
        flight = new Flight(counts, window, order, keeper(), message.getKeyed());
        this.client = client;
        crew = crew();
        following = new Following(environment, serial, message, new Moves());
        bottleneck = new Bottleneck(outbox, following, window, flight);
        inflow =
                new Inflow(
                        bigItems, window, flight, following::add, message, () -> client.request(1));
        opening = new Opening(environment, serial, message, crew.parts(), events);
    }

    private ItemFault unreadable(BigItem result) {
        return flight.unreadable(result);
    }

    private Crew crew() {
        PartEvents partEvents = new PartEvents();
        Parts parts = new Parts(environment, holdings.streams(), serial, bigItems, partEvents);
        partEvents.parts = parts;
        IntUnaryOperator room = wanted -> window.room(wanted, parts.given(), !outbox.isEmpty());
        return new Crew(
                parts,
                message.getKeyed()
                        ? new KeyedDispatcher(parts, flight, room)
                        : new LoadDispatcher(parts, flight, room));
    }

    private @Nullable Keeper keeper() {
        return message.getKeepFaulted()
                ? environment.letters().keeper(id(), this::plugin, message.getClient())
                : null;
    }

    private PluginVersion plugin() {
        Segments past = segments;
        PluginVersion plugin = past == null ? opening.plugin() : past.current();
        return plugin == null ? PluginVersion.getDefaultInstance() : plugin;
    }

    /// Begins to open it.
    ///
    /// @param view null if no overseer has told of the cluster yet
    void open(@Nullable ClusterView view) {
        if (view != null) {
            following.view(view);
        }
        opening.begin(view);
    }

    /// The cluster has changed.
    void view(ClusterView view) {
        opening.view(view);
        crew.parts().view(view);
        following.view(view);
    }

    /// Many small items.
    ///
    /// @throws CallException if they break a rule of the conversation
    void items(Items items) throws CallException {
        following.came(items.getBody().size(), items.getSequencesCount());
        inflow.items(items);
        admitUntilMoved();
    }

    /// A part of a big item.
    ///
    /// @throws CallException if it breaks a rule of the conversation
    void chunk(Chunk chunk) throws CallException {
        following.came(chunk.getData().size(), chunk.getOffset() == 0 ? 1 : 0);
        inflow.chunk(chunk);
        admitUntilMoved();
    }

    /// The client's answer comes behind what it sent before.
    private void admitUntilMoved() {
        if (following.isTold()) {
            window.admitBeyond();
        }
    }

    /// The client knows that the group moves to that version.
    ///
    /// @throws CallException if it was not told so
    void moved(PluginVersion version) throws CallException {
        client.request(1);
        following.answered(version);
        if (stopsOnceMoved) {
            inflow.stop();
        }
    }

    /// The client sends no more.
    ///
    /// @throws CallException if chunks of an item are outstanding
    void finish() throws CallException {
        inflow.end();
        following.end("its client has sent all");
        isFinishing = true;
    }

    /// It takes no more items and answers those it has.
    void drain() {
        if (following.isTold()) {
            stopsOnceMoved = true;
        } else {
            following.end("the coordinator stops");
            inflow.stop();
        }
    }

    /// Whether all that it took is answered and sent.
    boolean isDrained() {
        return flight.isEmpty() && outbox.isEmpty();
    }

    /// No item runs any more. What no worker has is answered as aborted; the workers are told, and what they have is answered as they
    /// say, or aborted when they say no more.
    void stop(Stop why) {
        stop = why;
        window.admitNow();
        following.abort(why.text());
        flight.abortWaiting(why);
        crew.cancel(why.text());
    }

    /// Gives everything back. Nothing comes from it any more.
    void close(String why) {
        opening.end();
        following.abort(why);
        crew.drop(why);
        behind.forEach(parts -> parts.drop(why));
        bigItems.close();
        window.close();
        patience.end();
    }

    /// Sends answers that the client takes.
    void send() {
        outbox.pump();
    }

    /// Does what has become possible.
    void settle() {
        send();
        following.pump();
        crew.parts().read(isUnread()); // before suspects are given away: only to whom is read
        dispatch();
        behind.removeIf(Parts::isEmpty);
        patience.forWorker(crew.dispatcher().isStarved());
        patience.forMove(following.isTold() && window.isWaiting());
        if (isOpen) {
            waits.now(bottleneck.limit(crew, isFinishing));
        }
        if (isFinishing && !partsFinish && flight.isEmpty()) {
            partsFinish = true;
            crew.parts().finish();
        }
    }

    /// Whether everything that came is answered and sent, and the workers have closed their parts.
    boolean isFinished() {
        return partsFinish && crew.parts().isEmpty() && behind.isEmpty() && outbox.isEmpty();
    }

    /// Whether there are answers that its client has not taken.
    boolean isUnsent() {
        return !outbox.isEmpty();
    }

    /// Messages with answers that the client's transport took.
    long sentMessages() {
        return outbox.sent();
    }

    GroupClosed.Builder counts() {
        return counts.closed().toBuilder();
    }

    /// Why it has to end before its end, null if it need not.
    @Nullable String failure() {
        return message.getStopAtFirstFault() && flight.firstFault() >= 0
                ? "stopped at the first fault, of item " + flight.firstFault()
                : null;
    }

    ByteString id() {
        return message.getGroup();
    }

    /// Which opening of the group this is; the highest one counts.
    long epoch() {
        return message.getEpoch();
    }

    /// Whether its client goes on elsewhere when it is told that the coordinator is unreachable.
    boolean moves() {
        return message.getMoves();
    }

    /// Accepted items without an outcome. Any thread.
    long itemsInFlight() {
        return counts.open();
    }

    /// What operators see of it. Any thread.
    void show(GroupSummary.Builder summary) {
        Segments past = segments; // before the counts: they contain what it says
        PluginVersion plugin = past == null ? opening.plugin() : past.current();
        summary.setGroup(message.getGroup())
                .setClient(message.getClient())
                .setOrdered(message.getOrdered())
                .setFollowing(message.getFollowing())
                .addAllWorkers(crew.parts().workers());
        if (plugin != null) {
            summary.setPlugin(plugin);
        }
        if (past != null) {
            summary.addAllEarlier(past.earlier());
        }
        counts.show(summary);
        summary.setWaits(waits.show());
    }

    private void judge() {
        flight.judge().forEach(crew.dispatcher()::remove);
        awaitVerdict();
    }

    private void awaitVerdict() {
        patience.forVerdict(flight.untilVerdict(), this::judge);
    }

    /// What was answered is not expected any more, nor what was not given away.
    private void dispatch() {
        expect();
        crew.dispatcher().pump();
        expect();
        if (window.isShort() && crew.dispatcher().isWaiting()) {
            patience.forMemory();
        }
    }

    private void expect() {
        if (window.expects()) {
            window.expect(crew.parts().given());
        }
    }

    /// Whether as much waits for the client as may.
    private boolean isUnread() {
        return outbox.isFull() || (outbox.isFullEnough() && !window.hasMemory(1));
    }

    /// Between two items, in a following group.
    private final class Moves implements Following.Mover {

        @Override
        public PluginVersion plugin() {
            return Group.this.plugin();
        }

        @Override
        public Crew prepare(PluginVersion next, ClusterView view) {
            Crew prepared = crew();
            prepared.parts().open(opening.work(next), view);
            return prepared;
        }

        @Override
        public boolean hasCaughtUp() {
            return inflow.hasReached(message.getResume().getNextSequence());
        }

        @Override
        public boolean isBetweenItems() {
            return isDrained() && !inflow.isPartial();
        }

        @Override
        public void reads(boolean does) {
            if (does) {
                inflow.proceedAfterPause();
            } else {
                inflow.pause();
            }
        }

        @Override
        public void tell(PluginVersion next) {
            client.send(GroupResponse.newBuilder().setMoved(next).build());
        }

        @Override
        public void discard(Crew prepared, String why) {
            behind.add(prepared.parts());
            prepared.cancel(why);
        }

        @Override
        public void move(Crew next, PluginVersion version) {
            segments = Segments.after(segments, counts.outcomes(plugin()), version);
            Parts left = crew.parts();
            behind.add(left);
            crew = next;
            left.finish();
        }

        @Override
        public void dispatch(Frame frame) {
            crew.dispatcher().add(frame);
        }

        @Override
        public void grow(long moreBytes) {
            window.shrink(-moreBytes);
        }
    }

    /// What the workers' streams say, those on one version.
    private final class PartEvents implements PartOwner {

        private @Nullable Parts parts;

        private Parts parts() {
            return Objects.requireNonNull(parts);
        }

        private boolean isAhead() {
            return parts != crew.parts();
        }

        @Override
        public void opened(WorkerPart part) {
            parts().opened();
            flight.survived(part);
            if (!isOpen) {
                isOpen = true;
                opening.end();
                events.opened(opening.answer());
                following.open();
            }
        }

        @Override
        public void ended(WorkerPart part, WorkerPart.State before, CallException why) {
            parts().ended(part, before);
            if (why.kind() == CallException.Kind.CONFLICT
                    && (before == WorkerPart.State.OPENING || before == WorkerPart.State.OPEN)) {
                events.refused(why, false); // the client goes on with this group elsewhere
                return;
            }
            switch (before) {
                case OPENING -> {
                    if (isAhead()) {
                        following.refused(why);
                    } else {
                        opening.refused(why);
                    }
                }
                case OPEN -> {
                    LOG.info(
                            "group {} lost worker {} with {} frames: {}",
                            HexFormat.of().formatHex(id().toByteArray()),
                            part.name(),
                            part.held().size(),
                            why.getMessage());
                    crew.dispatcher().addAgain(flight.lost(part));
                    awaitVerdict();
                }
                case LEAVING -> {
                    if (stop != null) {
                        flight.abort(part.held(), stop);
                    }
                }
                case ENDED -> {}
            }
        }

        @Override
        public void answered(WorkerPart part, Outcomes outcomes) throws CallException {
            flight.answered(part, stop == null ? outcomes : stop.of(outcomes));
        }

        @Override
        public void handedBack(WorkerPart part, List<Long> sequences) throws CallException {
            LOG.debug("{} gives {} items back", part.name(), sequences.size());
            List<Frame> back = flight.handedBack(part, sequences);
            if (stop == null) {
                crew.dispatcher().addAgain(back);
            } else {
                flight.abort(back, stop);
            }
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
