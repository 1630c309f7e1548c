package org.stagedpipe.coordinator.group;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.CancelGroup;
import org.stagedpipe.protocol.v1.Capacity;
import org.stagedpipe.protocol.v1.OpenWork;
import org.stagedpipe.protocol.v1.Redelivery;
import org.stagedpipe.protocol.v1.WorkRequest;
import org.stagedpipe.protocol.v1.WorkResponse;
import org.stagedpipe.protocol.v1.WorkerEntry;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Receiver;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.BitSet;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;

/// A group's part on one worker: the stream to it, and the frames it holds.
///
/// Frames go out whole, one message for many items, or one after the other the chunks of a big one; while those go out it
/// takes nothing else.
final class WorkerPart implements Receiver<WorkResponse> {

    private static final int MANY_ITEMS = 256;

    /// Where the stream is.
    enum State {
        /// The worker has not answered.
        OPENING,
        /// Takes items.
        OPEN,
        /// Takes no more; what it held is still answered.
        LEAVING,
        /// The stream is over.
        ENDED
    }

    /// After the connection is lost, for what has come and is being read.
    private static final Duration LAST_ANSWERS = Duration.ofMillis(200);

    private final WorkerEntry worker;
    private final Links.Link link;
    private final Environment environment;
    private final Serial serial;
    private final PartOwner owner;
    private final Set<Frame> held = new LinkedHashSet<>();
    private final Load load;
    private @Nullable BitSet openLanes; // of a keyed group; null: not known since it answered last
    private @Nullable Call<WorkRequest> call;
    private State state = State.OPENING;
    private boolean takesItems = true; // by the cluster's view
    private boolean leaves; // by the same
    private boolean stops; // as the worker says
    private ByteString said = ByteString.EMPTY; // which process it is, by itself
    private int maxItems = Integer.MAX_VALUE;
    private boolean isPaused; // the worker's memory is short
    private int attempt = 1; // as the worker knows it
    private boolean hasSuspect;
    private boolean alone; // as the worker knows it
    private boolean placeWasTaken; // the worker's place for a suspect, when it was asked for last
    private BigItem.@Nullable Cutter sending;
    private boolean isBroken; // the bytes of that one are lost
    private boolean unread; // the next message was not asked for
    private boolean isCutShort; // before all that came was read
    private final ChunkedResult result;
    private boolean isBig; // the last message
    private final Farewell farewell = new Farewell(System::nanoTime);

    WorkerPart(
            WorkerEntry worker,
            Links.Link link,
            Environment environment,
            BigItems bigItems,
            Serial serial,
            PartOwner owner) {
        this.worker = worker;
        this.link = link;
        this.environment = environment;
        this.serial = serial;
        this.owner = owner;
        this.result = new ChunkedResult(bigItems, owner, this);
        this.load = new Load(link.load(), System::nanoTime);
    }

    /// Opens the stream; call once.
    void open(OpenWork open) {
        OpenWork numbered = open.toBuilder().setOpening(link.nextOpening()).build();
        Call<WorkRequest> opened = link.run(this);
        call = opened;
        opened.request(1);
        opened.send(WorkRequest.newBuilder().setOpen(numbered).build());
    }

    String name() {
        return worker.getName();
    }

    /// Which worker it is on.
    WorkerEntry worker() {
        return worker;
    }

    /// Which process the worker is: what it says counts, the view is of yesterday when no overseer is there.
    ByteString incarnation() {
        return saysItsProcess() ? said : worker.getIncarnation();
    }

    /// Whether the worker has said which process it is.
    boolean saysItsProcess() {
        return !said.isEmpty();
    }

    /// Whether that is the process: it may be younger than the view with which the part was opened.
    boolean isOn(WorkerEntry entry) {
        return entry.getIncarnation().equals(worker.getIncarnation())
                || entry.getIncarnation().equals(said);
    }

    /// What the cluster's view says of the worker now.
    void see(WorkerEntry now) {
        takesItems = now.getReady();
        leaves = now.getLeaving();
    }

    /// Whether the worker has not answered yet.
    boolean isOpening() {
        return state == State.OPENING;
    }

    /// Whether the worker has opened it and it has not ended.
    boolean isOpen() {
        return state == State.OPEN;
    }

    /// Whether it takes items, now or as soon as the transport does.
    boolean isUsable() {
        return state == State.OPEN && takesItems;
    }

    /// Whether it takes new items, as soon as it has room.
    boolean isWilling() {
        return isUsable() && !isPaused;
    }

    /// Whether it takes a frame now.
    boolean isFree() {
        return isWilling()
                && sending == null
                && !hasSuspect
                && (items() == 0 || maxItems - items() >= least())
                && call().isReady();
    }

    /// How many items it takes now, at least one.
    int room() {
        return Math.max(1, maxItems - items());
    }

    /// For how many there is room, or it waits: who wants many would get frames in crumbs; who wants few has slow items.
    private int least() {
        return maxItems < MANY_ITEMS ? 1 : Math.min(MANY_ITEMS, maxItems / 4);
    }

    /// Whether it is free, holds nothing, and its next answer is asked for: who cannot read it would keep a suspect's place
    /// from other groups.
    boolean isIdle() {
        return held.isEmpty() && isFree() && !unread;
    }

    /// Takes the worker's place for a suspect, which is to be given next; only if it is idle.
    boolean takesSuspect() {
        placeWasTaken = !link.seat().take(this);
        return !placeWasTaken;
    }

    /// Whether it runs a suspect, alone.
    boolean hasSuspect() {
        return hasSuspect;
    }

    /// Whether a suspect would wait there for that of another group, as far as is known.
    boolean isPlaceTaken() {
        return placeWasTaken || isSuspectedElsewhere();
    }

    /// Whether its worker runs a suspect of another coordinator, or did when it ended: another one waits there for its turn.
    boolean isSuspectedElsewhere() {
        return link.verdicts().isElsewhere(incarnation());
    }

    /// What is known about workers that ended.
    Verdicts verdicts() {
        return link.verdicts();
    }

    /// How many items it has.
    int items() {
        return load.items();
    }

    /// How busy its worker is.
    Load load() {
        return load;
    }

    /// What it was given and has not answered.
    Collection<Frame> held() {
        return held;
    }

    /// Gives it a frame; only if it is free.
    void give(Frame frame) {
        frame.giveTo(this);
        held.add(frame);
        load.add(frame.open(), frame.bytes());
        hasSuspect = frame.isSuspect();
        if (attempt != frame.attempt() || alone != hasSuspect) {
            attempt = frame.attempt();
            alone = hasSuspect;
            Redelivery again = Redelivery.newBuilder().setAttempt(attempt).setAlone(alone).build();
            call().send(WorkRequest.newBuilder().setRedelivery(again).build());
        }
        if (frame.isBig()) {
            sending = frame.big().cutter();
            pump();
        } else {
            call().send(WorkRequest.newBuilder().setItems(frame.items()).build());
        }
    }

    /// The same in a keyed group.
    void giveKeyed(Frame frame) {
        give(frame);
        if (openLanes != null) {
            openLanes.or(frame.lanes());
        }
    }

    /// Whether it has items of that lane of a keyed group without an answer. Looks through all that it has, once after each
    /// answer: for lanes that may change their worker.
    boolean holds(int lane) {
        BitSet all = openLanes;
        if (all == null) {
            all = new BitSet(Lanes.COUNT);
            for (Frame frame : held) {
                frame.addOpenLanes(all);
            }
            openLanes = all;
        }
        return all.get(lane);
    }

    /// It answered that many.
    void answered(int count) {
        load.add(-count, 0);
        openLanes = null;
    }

    /// It answered all of a frame, after that time.
    void done(Frame frame, long nanos) {
        load.took(frame.count(), nanos);
        leave(frame);
    }

    private void leave(Frame frame) {
        held.remove(frame);
        openLanes = null;
        load.add(0, -frame.bytes());
        if (hasSuspect && held.isEmpty()) {
            hasSuspect = false;
            link.seat().leave(this);
        }
    }

    /// Whether chunks of that item are still to go out.
    boolean isSending(long sequence) {
        return sending != null && sending.sequence() == sequence;
    }

    /// It gave all of a frame back.
    void gaveBack(Frame frame, int count) {
        if (isSending(frame.first())) {
            sending = null;
        }
        load.add(-count, 0);
        leave(frame);
    }

    /// Whether it sent a part of a very big result last.
    boolean isAtBigResult() {
        return isBig;
    }

    /// Asks for the next message, if that was put off.
    void read() {
        if (unread) {
            unread = false;
            call().request(1);
        }
    }

    /// Lets the worker end well: it gets no more items.
    void finish() {
        if (state == State.OPEN) {
            leave();
            call().complete();
            read();
        } else {
            abandon(new CallException(Kind.CANCELLED, "the group ends"));
        }
    }

    /// Cancels what the worker runs, and lets it end with what it has done.
    void cancel(String reason) {
        if (state == State.OPEN) {
            CancelGroup cancel = CancelGroup.newBuilder().setReason(reason).build();
            call().send(WorkRequest.newBuilder().setCancel(cancel).build());
            if (sending != null) { // to end within an item is a fault; the cancel ends the part
                leave();
                return;
            }
        }
        finish();
    }

    private void leave() {
        state = State.LEAVING;
        farewell.begin();
    }

    /// Whether it may still answer what it held.
    boolean isAwaited() {
        return !held.isEmpty();
    }

    /// See [Farewell#isLate]. Not if its answers wait to be read.
    boolean isLate(Duration silence) {
        return !unread && farewell.isLate(silence);
    }

    /// Cancels what the worker runs, and hears nothing more of it. It sees the end of the call also while it reads nothing.
    void drop(String reason) {
        if (state == State.OPEN) {
            leave();
        }
        abandon(new CallException(Kind.CANCELLED, reason));
    }

    /// Ends the stream at once, and says so.
    void abandon(CallException why) {
        if (state != State.ENDED) {
            if (call != null) { // or it could not be opened
                call.fail(why);
            }
            end(why);
        }
    }

    /// The connection is lost. The stream's own end comes behind all answers, and so not while the client does not read them:
    /// those that are not read in a moment are dropped with it, and their items run again. Any thread.
    void lost(CallException why) {
        environment.after(LAST_ANSWERS, serial, () -> abandonUnread(why));
    }

    private void abandonUnread(CallException why) {
        if (state != State.ENDED) {
            isCutShort = true;
            end(why);
            call().request(Integer.MAX_VALUE); // what they hold of the network's memory is freed
            call().fail(why); // should it be on a newer connection
        }
    }

    @Override
    public void onMessage(WorkResponse message) {
        serial.here(() -> received(message));
    }

    @Override
    public void onComplete() {
        serial.here(() -> end(new CallException(Kind.UNREACHABLE, "worker " + name() + " left")));
    }

    @Override
    public void onFailure(CallException failure) {
        serial.here(() -> end(failure));
    }

    @Override
    public void onReady() {
        serial.here(this::pump);
    }

    private void received(WorkResponse message) {
        unread = true;
        try {
            switch (state) {
                case OPENING -> begin(message);
                case OPEN -> answer(message);
                case LEAVING -> answerLast(message);
                case ENDED -> unread = false;
            }
        } catch (CallException e) {
            abandon(e);
        }
    }

    private void begin(WorkResponse message) throws CallException {
        if (!message.hasOpened()) {
            throw WorkerRules.unexpected(name(), message, "opened");
        }
        int max = WorkerRules.checkCredit(name(), message.getOpened().getMaxItemsInFlight());
        maxItems = max == 0 ? Integer.MAX_VALUE : max; // 0: it does not say
        said = message.getOpened().getIncarnation();
        state = State.OPEN;
        link.isReached();
        owner.opened(this);
    }

    private void answerLast(WorkResponse message) throws CallException {
        if (isAwaited()) {
            farewell.heard();
            answer(message);
        }
        if (!isAwaited()) {
            read();
        }
    }

    private void answer(WorkResponse message) throws CallException {
        isBig = message.getChunk().getSize() >= BigItems.BIG_BYTES;
        switch (message.getMessageCase()) {
            case OUTCOMES -> owner.answered(this, message.getOutcomes());
            case CHUNK -> {
                // A suspect has not ended the worker; the rest of its result may wait for long.
                link.seat().leave(this);
                result.add(message.getChunk());
            }
            case CAPACITY -> capacity(message.getCapacity());
            case HAND_BACK -> owner.handedBack(this, message.getHandBack().getSequencesList());
            case OPENED, MESSAGE_NOT_SET ->
                    throw WorkerRules.unexpected(name(), message, "outcomes or a chunk");
        }
    }

    private void capacity(Capacity now) throws CallException {
        int max = WorkerRules.checkCredit(name(), now.getMaxItemsInFlight());
        if (isPaused && max > 0) {
            load.forgetTimes(); // its pause is in them
        }
        isPaused = max == 0;
        stops |= now.getStops();
        maxItems = max == 0 ? maxItems : max;
        read();
    }

    private void pump() {
        BigItem.Cutter chunks = sending;
        try {
            while (chunks != null && !isBroken && state == State.OPEN && call().isReady()) {
                call().send(WorkRequest.newBuilder().setChunk(chunks.next()).build());
                if (chunks.isDone()) {
                    chunks = null;
                    sending = null;
                }
            }
        } catch (UncheckedIOException e) {
            isBroken = true;
            CallException why =
                    new CallException(Kind.INTERNAL, "an item cannot be read from the disk", e);
            serial.execute(() -> abandon(why)); // later: who gives it looks through all parts
        }
    }

    private void end(CallException why) {
        if (state == State.ENDED) {
            return;
        }
        State before = state;
        state = State.ENDED;
        unread = false;
        link.seat().lose(this);
        load.end();
        link.release(this);
        result.forget();
        CallException silence = link.silence();
        CallException cause = silence == null ? why : silence;
        if (before == State.OPENING
                && cause.kind() == CallException.Kind.UNREACHABLE
                && !cause.isAnswer()) {
            link.cannotBeReached(name(), cause);
        }
        owner.ended(this, before, cause);
        held.clear(); // who remembers it keeps no bytes
        openLanes = null;
    }

    /// What the end of the stream says of the items of a frame. One that was not sent whole has not begun, and one whose answer was not
    /// read yet was done: which of them ends workers shows where it runs alone.
    Loss loss(Frame of) {
        if (isBroken) {
            return Loss.NONE; // the one that cannot be read fails, so this comes to an end
        }
        if (link.silence() != null || leaves || stops || isSending(of.first())) {
            return Loss.OTHER;
        }
        return isCutShort || isSuspectedElsewhere() ? Loss.DOUBT : Loss.DEATH;
    }

    private Call<WorkRequest> call() {
        if (call == null) {
            throw new IllegalStateException("part on " + name() + ": not open");
        }
        return call;
    }
}
