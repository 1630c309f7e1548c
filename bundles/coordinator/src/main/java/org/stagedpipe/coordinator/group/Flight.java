package org.stagedpipe.coordinator.group;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.coordinator.group.Accusations.Accusation;
import org.stagedpipe.coordinator.letter.Keeper;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.protocol.v1.Outcomes;
import org.stagedpipe.transport.CallException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/// The items that are accepted and not answered. Every item leaves it once: with an answer of the worker that holds it, as
/// a fault of the coordinator, or aborted with its group.
final class Flight {

    private final Counts counts;
    private final Window window;
    private final Order order;
    private final @Nullable Keeper keeper; // of the items that fail
    private final boolean isKeyed;
    private final TreeMap<Long, Frame> frames = new TreeMap<>(); // by their first sequence
    private final Accusations accused = new Accusations(System::nanoTime);
    private final List<Frame> done = new ArrayList<>(); // by the answers at hand
    private @Nullable Frame lastFound; // answers of one frame come together
    private long firstFault = -1;

    /// @param keeper keeps the items that fail, if they are to be kept
    /// @param isKeyed whether frames are divided by key, so that their items interleave
    Flight(Counts counts, Window window, Order order, @Nullable Keeper keeper, boolean isKeyed) {
        this.keeper = keeper;
        this.isKeyed = isKeyed;
        this.counts = counts;
        this.window = window;
        this.order = order;
    }

    boolean isEmpty() {
        return frames.isEmpty();
    }

    /// The first item that failed, -1 while there is none.
    long firstFault() {
        return firstFault;
    }

    /// The item of an ordered group for whose answer all others wait, -1 if they wait for none or for the client.
    long awaited() {
        return order.awaited();
    }

    /// A frame came from the client.
    void accept(Frame frame) {
        counts.accepted(frame.count());
        frames.put(frame.first(), frame);
        order.accepted(frame);
    }

    /// Small results and faults of a worker.
    ///
    /// @throws CallException if the worker does not hold one of the items; then none of them is answered
    void answered(WorkerPart part, Outcomes outcomes) throws CallException {
        Intake.checkShape(outcomes.getResults());
        int ok = outcomes.getResults().getSequencesCount();
        int all = ok + outcomes.getFaultsCount();
        int claimed = 0;
        try {
            while (claimed < ok) {
                claimed += claim(part, outcomes.getResults(), claimed);
            }
            for (; claimed < all; claimed++) {
                claim(part, sequence(outcomes, claimed));
            }
        } catch (CallException e) {
            for (int i = 0; i < claimed; i++) {
                reopen(sequence(outcomes, i));
            }
            done.clear();
            throw e;
        }
        if (keeper != null && outcomes.getFaultsCount() > 0) {
            keep(keeper, outcomes.getFaultsList()); // as long as their bytes are here
        }
        removeDone();
        part.answered(all);
        counts.ok(ok);
        for (ItemFault fault : outcomes.getFaultsList()) {
            count(fault);
        }
        window.hold(Outbox.weight(outcomes));
        long bytes = outcomes.getResults().getBody().size();
        window.ration().answered(ok, bytes, all - ok, Outbox.faultBytes(outcomes));
        order.answered(outcomes);
    }

    private void keep(Keeper letters, List<ItemFault> faults) {
        for (ItemFault fault : faults) {
            Frame frame = frame(fault.getSequence());
            if (frame != null && !fault.getAborted()) {
                frame.keep(frame.indexOf(fault.getSequence()), fault, letters);
            }
        }
    }

    /// The first chunk of a big result came.
    void begun(BigItem result) {
        window.hold(result);
    }

    /// The rest of a big result will not come.
    void forget(BigItem result) {
        result.close();
        window.release(0, result);
    }

    /// A big result of a worker, whole.
    ///
    /// @throws CallException if the worker does not hold the item
    void answered(WorkerPart part, BigItem result) throws CallException {
        if (result.failure() != null) {
            failed(
                    part,
                    result,
                    ItemFault.Kind.SYSTEM,
                    "the coordinator could not keep its result: " + result.failure());
            window.release(0, result); // the end of a part that answers wrongly does that itself
            return;
        }
        result.madeBy(attempt(result));
        claim(part, result.sequence());
        removeDone();
        part.answered(1);
        counts.ok(1);
        window.ration().answered(1, result.size(), 0, 0);
        order.answered(result);
    }

    /// A result that is larger than items may be.
    ///
    /// @throws CallException if the worker does not hold the item
    void tooLarge(WorkerPart part, BigItem result, long maxBytes) throws CallException {
        String text =
                "a result of " + result.size() + " bytes (expected: at most " + maxBytes + ")";
        failed(part, result, ItemFault.Kind.BAD_RESULT, text);
    }

    private void failed(WorkerPart part, BigItem result, ItemFault.Kind kind, String text)
            throws CallException {
        result.madeBy(attempt(result));
        answered(part, Outcomes.newBuilder().addFaults(fault(result, kind, text)).build());
    }

    private int attempt(BigItem result) {
        Frame frame = frame(result.sequence());
        return frame == null ? 0 : frame.attempt();
    }

    private static ItemFault fault(BigItem result, ItemFault.Kind kind, String text) {
        return ItemFault.newBuilder()
                .setSequence(result.sequence())
                .setKind(kind)
                .setAttempt(result.attempt())
                .setText(text)
                .setRetryable(kind == ItemFault.Kind.SYSTEM)
                .build();
    }

    /// A big result that was counted cannot be read on its way to the client.
    ///
    /// @return what the client gets instead
    ItemFault unreadable(BigItem result) {
        String text = "the coordinator could not read its result: " + result.failure();
        ItemFault fault = fault(result, ItemFault.Kind.SYSTEM, text);
        counts.ok(-1);
        count(fault);
        if (keeper != null) {
            keeper.miss();
        }
        return fault;
    }

    /// A fault of each open item in a frame that no worker holds.
    void fault(Frame frame, ItemFault.Kind kind, String text) {
        Faults faults = new Faults(kind, text, kind == ItemFault.Kind.SYSTEM, false);
        faults.addAll(frame);
        faults.flush();
        frames.remove(frame.first());
    }

    /// Every item that no worker has ends with its group.
    void abortWaiting(Stop why) {
        abort(frames.values().stream().filter(frame -> frame.holder() == null).toList(), why);
    }

    /// What is open in these frames ends with its group.
    void abort(Collection<Frame> ended, Stop why) {
        Faults faults = new Faults(why.kind(), why.text(), why.retryable(), true);
        for (Frame frame : ended) {
            faults.addAll(frame);
            frames.remove(frame.first());
            accused.remove(frame);
        }
        faults.flush();
    }

    /// A worker has ended. Items that ended too many are poison, see [#judge]; the rest goes to other workers, and is not charged any more with
    /// the deaths of a poisonous item that ran beside it, in this group or another one.
    ///
    /// @return what is to be delivered again, in ascending sequences
    List<Frame> lost(WorkerPart part) {
        List<Frame> again = new ArrayList<>();
        Collection<ByteString> explained = part.verdicts().explained();
        for (Frame frame : part.held()) {
            frame.orphan(part.incarnation(), part.loss(frame));
            frame.forgive(explained);
            if (frame.isBroken()) {
                String text = "the coordinator could not read it: " + frame.big().failure();
                fault(frame, ItemFault.Kind.SYSTEM, text);
            } else if (frame.isLostTooOften()) {
                convict(frame, part.verdicts());
            } else if (frame.isAccused()) {
                accused.add(frame, part.verdicts());
                again.add(frame);
            } else if (frame.hasSuspect()) {
                again.addAll(split(frame));
            } else {
                again.add(frame);
            }
        }
        return again;
    }

    private void convict(Frame frame, Verdicts verdicts) {
        fault(frame, ItemFault.Kind.POISON, frame.verdict());
        verdicts.add(frame.deaths());
        frames.values().forEach(other -> other.forgive(frame.deaths()));
    }

    /// When to [#judge] next; null while nothing is accused.
    @Nullable Duration untilVerdict() {
        return accused.untilNext();
    }

    /// Those that have been accused for long enough are convicted.
    ///
    /// @return what is convicted, and answered
    List<Frame> judge() {
        List<Frame> convicted = new ArrayList<>();
        for (Accusation next = accused.next(); next != null; next = accused.next()) {
            convict(next.frame(), next.verdicts()); // which may forgive others
            convicted.add(next.frame());
        }
        return convicted;
    }

    /// A worker has opened a part: if one was lost before, it was not because the worker had ended.
    void survived(WorkerPart part) {
        if (part.saysItsProcess()) {
            frames.values().forEach(frame -> frame.survived(part.incarnation()));
        }
    }

    /// A worker gives back items that it has not started: whole frames, or what is open from some item on.
    ///
    /// @return what is to be delivered again, in ascending sequences
    /// @throws CallException if it does not hold one of them
    List<Frame> handedBack(WorkerPart part, List<Long> sequences) throws CallException {
        Map<Frame, Integer> counts = new LinkedHashMap<>();
        Map<Frame, Integer> firsts = new LinkedHashMap<>();
        for (long sequence : sequences) {
            Frame frame = take(part, sequence, "gives back");
            int index = frame.indexOf(sequence);
            frame.reopen(index);
            counts.merge(frame, 1, Integer::sum);
            firsts.merge(frame, index, Math::min);
        }
        List<Frame> again = new ArrayList<>();
        counts.forEach((frame, count) -> {
            if (count == frame.open()) {
                part.gaveBack(frame, count);
                frame.giveBack();
                again.add(frame);
            } else {
                again.add(cut(part, frame, Objects.requireNonNull(firsts.get(frame))));
            }
        });
        lastFound = null;
        return again;
    }

    private Frame cut(WorkerPart part, Frame frame, int from) {
        Frame rest = frame.cut(from);
        part.answered(rest.count());
        window.grow(rest.bytes()); // until both are answered
        frames.put(rest.first(), rest);
        return rest;
    }

    /// Makes several frames of one that no worker has.
    ///
    /// @param piece which one each item goes to, from 0
    List<Frame> divide(Frame frame, int[] piece, int pieces) {
        return replace(frame, frame.divide(piece, pieces));
    }

    /// Makes two of a frame that no worker has; the first one gets that many of the open items.
    List<Frame> cut(Frame frame, int open) {
        int index = frame.after(open);
        return replace(frame, List.of(frame.head(index), frame.tail(index)));
    }

    private List<Frame> replace(Frame frame, List<Frame> parts) {
        frames.remove(frame.first());
        long bytes = 0;
        for (Frame part : parts) {
            bytes += part.bytes();
            frames.put(part.first(), part);
        }
        window.shrink(frame.bytes() - bytes);
        lastFound = null;
        return parts;
    }

    /// Suspects run alone: which of them it is must show.
    private List<Frame> split(Frame frame) {
        List<Frame> singles = new ArrayList<>();
        for (int i = 0; i < frame.count(); i++) {
            if (!frame.isAnswered(i)) {
                singles.add(frame.single(i));
            }
        }
        return replace(frame, singles);
    }

    /// An answer to an item of which chunks are still to go out would be no answer to it.
    private void claim(WorkerPart part, long sequence) throws CallException {
        if (part.isSending(sequence)) {
            throw WorkerRules.notHeld(part.name(), sequence, "answers");
        }
        noteIfDone(take(part, sequence, "answers"));
    }

    private Frame take(WorkerPart part, long sequence, String what) throws CallException {
        Frame frame = frame(sequence);
        int index = frame == null ? -1 : frame.indexOf(sequence);
        if (frame == null
                || index < 0
                || frame.holder() != part
                || !frame.answer(index, index + 1)) {
            throw WorkerRules.notHeld(part.name(), sequence, what);
        }
        return frame;
    }

    /// Claims a result and those after it that are its neighbours in their frame too: a look-up for many items.
    ///
    /// @return how many
    private int claim(WorkerPart part, Items results, int first) throws CallException {
        long sequence = results.getSequences(first);
        Frame frame = frame(sequence);
        int index = frame == null ? -1 : frame.indexOf(sequence);
        if (frame == null || index < 0 || frame.holder() != part || part.isSending(sequence)) {
            throw WorkerRules.notHeld(part.name(), sequence, "answers");
        }
        int most = Math.min(results.getSequencesCount() - first, frame.count() - index);
        int length = 1;
        while (length < most
                && results.getSequences(first + length) == frame.sequence(index + length)) {
            length++;
        }
        if (!frame.answer(index, index + length)) {
            throw WorkerRules.notHeld(part.name(), sequence, "answers");
        }
        noteIfDone(frame);
        return length;
    }

    private void reopen(long sequence) {
        Frame frame = frame(sequence);
        if (frame != null) {
            frame.reopen(frame.indexOf(sequence));
        }
    }

    private void noteIfDone(Frame frame) {
        if (frame.open() == 0) {
            done.add(frame);
        }
    }

    private void removeDone() {
        for (Frame frame : done) {
            frames.remove(frame.first());
            lastFound = null;
            frame.free();
            window.release(frame);
            WorkerPart holder = frame.holder();
            if (holder != null) {
                long nanos = frame.heldNanos();
                counts.timed(frame.count(), nanos);
                holder.done(frame, nanos);
            }
        }
        done.clear();
    }

    private void count(ItemFault fault) {
        counts.fault(fault.getAborted());
        if (!fault.getAborted() && firstFault < 0) {
            firstFault = fault.getSequence();
        }
    }

    private @Nullable Frame frame(long sequence) {
        Frame last = lastFound;
        if (last != null && last.indexOf(sequence) >= 0) {
            return last;
        }
        Map.Entry<Long, Frame> entry = frames.floorEntry(sequence);
        while (isKeyed && entry != null && entry.getValue().indexOf(sequence) < 0) {
            entry = frames.lowerEntry(entry.getKey()); // divided frames interleave
        }
        lastFound = entry == null ? null : entry.getValue();
        return lastFound;
    }

    private static long sequence(Outcomes outcomes, int index) {
        int ok = outcomes.getResults().getSequencesCount();
        return index < ok
                ? outcomes.getResults().getSequences(index)
                : outcomes.getFaults(index - ok).getSequence();
    }

    /// Faults of one kind, sent in messages of bounded size.
    private final class Faults {
        private final ItemFault template;
        private Outcomes.Builder message = Outcomes.newBuilder();
        private int bytes;

        private Faults(ItemFault.Kind kind, String text, boolean retryable, boolean aborted) {
            template =
                    ItemFault.newBuilder()
                            .setKind(kind)
                            .setText(text)
                            .setRetryable(retryable)
                            .setAborted(aborted)
                            .build();
        }

        private void addAll(Frame frame) {
            int delivered = frame.holder() == null ? frame.attempt() - 1 : frame.attempt();
            for (int i = 0; i < frame.count(); i++) {
                if (frame.answer(i, i + 1)) {
                    ItemFault fault =
                            template.toBuilder()
                                    .setSequence(frame.sequence(i))
                                    .setAttempt(delivered)
                                    .build();
                    count(fault);
                    if (keeper != null && !fault.getAborted()) {
                        frame.keep(i, fault, keeper);
                    }
                    message.addFaults(fault);
                    bytes += fault.getSerializedSize();
                    if (bytes >= Limits.MAX_FAULT_BYTES) {
                        flush();
                    }
                }
            }
            lastFound = null;
            frame.free();
            window.release(frame);
        }

        private void flush() {
            if (message.getFaultsCount() > 0) {
                Outcomes all = message.build();
                window.hold(Outbox.weight(all));
                order.answered(all);
                message = Outcomes.newBuilder();
                bytes = 0;
            }
        }
    }
}
