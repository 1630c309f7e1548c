package org.stagedpipe.coordinator.group;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.coordinator.letter.Keeper;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.protocol.v1.Items;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;

/// What travels to a worker as one: many small items, or a big one. It stays here until each item in it is answered.
///
/// Items are known by their index in the frame; nothing is allocated for each of them.
final class Frame {

    private final @Nullable Items items;
    private final @Nullable BigItem big;
    private final int start; // where its own begin, among these
    private final long bytes;
    private final BitSet answered;
    private @Nullable BitSet lanes; // once it was asked for
    private int count; // fewer once it was cut
    private int open;
    private int attempt = 1;
    private List<ByteString> deaths = List.of(); // incarnations of the workers
    private int losses; // without a death
    private int doubts; // of these, ends that a suspect of another coordinator may explain
    private @Nullable WorkerPart holder;
    private long givenNanos;

    private Frame(@Nullable Items items, @Nullable BigItem big, int start, int count, long bytes) {
        this.items = items;
        this.big = big;
        this.start = start;
        this.bytes = bytes;
        this.answered = new BitSet(count);
        this.count = count;
        this.open = count;
    }

    /// Checked items, at least one.
    static Frame of(Items items) {
        return new Frame(items, null, 0, items.getSequencesCount(), items.getBody().size());
    }

    /// One big item; its bytes may still be coming.
    static Frame of(BigItem big) {
        return new Frame(null, big, 0, 1, big.size());
    }

    /// One item without its bytes: it is answered here.
    static Frame refused(BigItem big) {
        return new Frame(null, big, 0, 1, 0);
    }

    /// The open item at an index as a frame with bytes of its own, in the same attempt after the same deaths.
    Frame single(int index) {
        return items == null || count == 1 ? this : like(of(copy(open(items, index, index + 1))));
    }

    /// What is open from an index on, as a frame with bytes of its own for another delivery; this one ends there.
    Frame cut(int from) {
        Frame other = like(of(copy(open(all(), from, count))));
        other.attempt++;
        count = from;
        open -= other.count;
        return other;
    }

    /// The index behind that many open items; there are more.
    int after(int openItems) {
        int index = firstOpen();
        for (int i = 0; i < openItems; i++) {
            index = answered.nextClearBit(index + 1);
        }
        return index;
    }

    /// What is open before an index, as a frame with bytes of its own.
    Frame head(int to) {
        return like(of(copy(open(all(), 0, to))));
    }

    /// What is open from an index on, as a frame that shares the bytes of this one, and counts all of them. Where that is not half
    /// of them it gets its own: so what is cut again and again is copied twice, not each time.
    Frame tail(int from) {
        Items all = all();
        boolean isMost = 2L * (offset(count) - offset(from)) > bytes;
        return like(
                isMost && answered.nextSetBit(from) < 0
                        ? new Frame(all, null, start + from, count - from, bytes)
                        : of(copy(open(all, from, count))));
    }

    private static Items copy(Items items) {
        ByteString own = UnsafeByteOperations.unsafeWrap(items.getBody().toByteArray());
        return items.toBuilder().setBody(own).build();
    }

    /// What is open, as several frames with bytes of their own.
    ///
    /// @param piece which one each item goes to, from 0; none of them stays empty
    List<Frame> divide(int[] piece, int pieces) {
        Items all = all();
        int[] sizes = new int[pieces];
        Items.Builder[] parts = new Items.Builder[pieces];
        for (int i = 0; i < count; i++) {
            if (!answered.get(i)) {
                Items.Builder part = parts[piece[i]];
                parts[piece[i]] = part == null ? part = Items.newBuilder() : part;
                add(all, i, part);
                sizes[piece[i]] += size(all, i);
            }
        }
        byte[][] bodies = new byte[pieces][];
        for (int i = 0; i < pieces; i++) {
            bodies[i] = new byte[sizes[i]];
        }
        int[] ends = new int[pieces];
        int from = offset(0);
        for (int i = 0; i < count; i++) {
            int size = size(all, i);
            if (!answered.get(i)) {
                all.getBody().copyTo(bodies[piece[i]], from, ends[piece[i]], size);
                ends[piece[i]] += size;
            }
            from += size;
        }
        List<Frame> frames = new ArrayList<>(pieces);
        for (int i = 0; i < pieces; i++) {
            frames.add(
                    like(of(parts[i].setBody(UnsafeByteOperations.unsafeWrap(bodies[i])).build())));
        }
        return frames;
    }

    private Frame like(Frame part) {
        part.attempt = attempt;
        part.deaths = deaths;
        part.losses = losses;
        part.doubts = doubts;
        return part;
    }

    /// The lanes of the items that were open when it was asked for the first time since no worker has it.
    BitSet lanes() {
        BitSet all = lanes;
        if (all == null) {
            all = new BitSet(Lanes.COUNT);
            addOpenLanes(all);
            lanes = all;
        }
        return all;
    }

    /// Adds the lanes of the items that are open now.
    void addOpenLanes(BitSet all) {
        for (int i = answered.nextClearBit(0); i < count; i = answered.nextClearBit(i + 1)) {
            all.set(Lanes.of(key(i)));
        }
    }

    int count() {
        return count;
    }

    /// Of all items that it came with, answered or not; of a frame's rest, all that it keeps here.
    long bytes() {
        return bytes;
    }

    long first() {
        return sequence(0);
    }

    long sequence(int index) {
        return items != null ? items.getSequences(start + index) : big().sequence();
    }

    /// Where an item is in this frame, or negative.
    int indexOf(long sequence) {
        int low = 0;
        int high = count - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            long found = sequence(middle);
            if (found == sequence) {
                return middle;
            }
            if (found < sequence) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -1;
    }

    boolean isBig() {
        return big != null;
    }

    BigItem big() {
        if (big == null) {
            throw new IllegalStateException("frame of item " + first() + " is not a big item's");
        }
        return big;
    }

    /// Whether it is a big item's whose bytes are on the disk.
    boolean isSpooled() {
        return big != null && big.isSpooled();
    }

    /// Whether it is a big item's whose bytes are lost.
    boolean isBroken() {
        return big != null && big.failure() != null;
    }

    /// What a worker gets: the items that are not answered.
    Items items() {
        Items all = all();
        return open == all.getSequencesCount() ? all : open(all, 0, count);
    }

    private Items all() {
        if (items == null) {
            throw new IllegalStateException("frame of item " + first() + " is a big item's");
        }
        return items;
    }

    /// What is not answered between two indexes; its bytes stay where they are.
    private Items open(Items all, int from, int to) {
        Items.Builder rest = Items.newBuilder();
        ByteString body = ByteString.EMPTY;
        int offset = offset(from);
        int begin = offset; // of the run of unanswered items that ends at offset
        for (int i = from; i < to; i++) {
            if (answered.get(i)) {
                body = body.concat(all.getBody().substring(begin, offset));
                begin = offset + size(all, i);
            } else {
                add(all, i, rest);
            }
            offset += size(all, i);
        }
        return rest.setBody(body.concat(all.getBody().substring(begin, offset))).build();
    }

    private void add(Items all, int index, Items.Builder to) {
        to.addSequences(sequence(index)).addSizes(size(all, index));
        if (all.getKeysCount() > 0) {
            to.addKeys(key(index));
        }
    }

    private int size(Items all, int index) {
        return all.getSizes(start + index);
    }

    /// Where an item's bytes begin.
    private int offset(int index) {
        Items all = all();
        int offset = 0;
        for (int i = 0; i < start + index; i++) {
            offset += all.getSizes(i);
        }
        return offset;
    }

    /// Keeps an item that failed.
    void keep(int index, ItemFault fault, Keeper keeper) {
        if (items == null) {
            if (big().isWhole()) {
                keeper.keep(fault, key(index), big().size(), big()::parts);
            } else {
                keeper.miss();
            }
            return;
        }
        int from = offset(index);
        int size = size(items, index);
        keeper.keep(fault, key(index), size, List.of(items.getBody().substring(from, from + size)));
    }

    /// Of an item in a keyed group, otherwise 0.
    long key(int index) {
        return items == null
                ? big().key()
                : items.getKeysCount() == 0 ? 0 : items.getKeys(start + index);
    }

    /// All its items are answered: its bytes are of no use any more.
    void free() {
        if (big != null) {
            big.close();
        }
    }

    /// How many are not answered.
    int open() {
        return open;
    }

    /// The index of the first item that is not answered.
    int firstOpen() {
        return answered.nextClearBit(0);
    }

    boolean isAnswered(int index) {
        return answered.get(index);
    }

    /// Marks neighbours; false, and none of them is marked, unless all were open.
    ///
    /// @param to the first one that is not meant
    boolean answer(int from, int to) {
        int first = answered.nextSetBit(from);
        if (first >= 0 && first < to) {
            return false;
        }
        answered.set(from, to);
        open -= to - from;
        return true;
    }

    /// Takes the mark of an answered item back.
    void reopen(int index) {
        answered.clear(index);
        open++;
    }

    /// Items that may have run before their group came here.
    void startsAt(int firstAttempt) {
        attempt = firstAttempt;
    }

    /// Which delivery this is, from 1.
    int attempt() {
        return attempt;
    }

    /// Whether it seems to have cost too many workers; of several items nobody knows which one it was. Until the verdict none gets it: a
    /// worker that was only cut off comes back meanwhile.
    boolean isAccused() {
        return open == 1 && deaths.size() >= Limits.DEATHS_OF_POISON;
    }

    /// Whether too many workers were lost that had it, whatever became of them.
    boolean isLostTooOften() {
        return open == 1 && losses >= Limits.LOSSES_OF_POISON;
    }

    /// How many workers it has cost, for a person.
    String verdict() {
        return deaths.size() >= Limits.DEATHS_OF_POISON
                ? deaths.size() + " workers ended while they ran this item"
                : losses + " times the worker that ran this item was lost";
    }

    /// Whether it runs alone, so that nothing else can be the cause of the next loss under it.
    boolean isSuspect() {
        return count == 1 && hasSuspect();
    }

    /// Whether that holds for one of its items, so that it has to be taken apart.
    boolean hasSuspect() {
        return deaths.size() + doubts >= Limits.DEATHS_OF_POISON - 1
                || losses >= Limits.LOSSES_OF_POISON - 1;
    }

    @Nullable WorkerPart holder() {
        return holder;
    }

    void giveTo(WorkerPart part) {
        holder = part;
        givenNanos = System.nanoTime();
    }

    /// How long ago its holder got it.
    long heldNanos() {
        return System.nanoTime() - givenNanos;
    }

    /// The worker that held it gave it back without having started it: no death counts.
    void giveBack() {
        holder = null;
        lanes = null;
        attempt++;
    }

    /// The worker that held it is lost.
    ///
    /// @param loss what is known of its end so far; see [#survived]
    void orphan(ByteString incarnation, Loss loss) {
        holder = null;
        lanes = null;
        attempt++;
        switch (loss) {
            case DEATH -> {
                List<ByteString> all = new ArrayList<>(deaths);
                all.add(incarnation);
                deaths = List.copyOf(all);
            }
            case DOUBT -> {
                doubts++; // it may run alone for that, it is not convicted by it
                losses++;
            }
            case OTHER -> losses++;
            case NONE -> {}
        }
    }

    /// The workers that ended while they ran it.
    List<ByteString> deaths() {
        return deaths;
    }

    /// These workers ended because of another item.
    void forgive(Collection<ByteString> incarnations) {
        deaths = deaths.stream().filter(death -> !incarnations.contains(death)).toList();
    }

    /// That worker lives: only the connection to it was lost.
    void survived(ByteString incarnation) {
        if (deaths.contains(incarnation)) {
            List<ByteString> others =
                    deaths.stream().filter(death -> !death.equals(incarnation)).toList();
            losses += deaths.size() - others.size();
            deaths = others;
        }
    }
}
