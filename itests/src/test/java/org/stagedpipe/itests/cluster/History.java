package org.stagedpipe.itests.cluster;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/// What callers did to one value at the same time, and whether there is an order of it in which each read sees the last write
/// before it, and which nobody's clock contradicts (linearizability, Herlihy and Wing). Safe for use by many threads while
/// it is recorded.
///
/// A write whose answer did not come may have happened at any time after its start, or never.
final class History {

    private static final long NEVER = Long.MAX_VALUE;
    private static final long STACK_BYTES = 512L << 20;

    /// One call.
    ///
    /// @param value that was written or read
    record Operation(boolean isWrite, String value, long startNanos, long endNanos) {}

    private final ConcurrentLinkedQueue<Operation> operations = new ConcurrentLinkedQueue<>();

    void wrote(String value, long startNanos, long endNanos) {
        operations.add(new Operation(true, value, startNanos, endNanos));
    }

    /// It is not known whether.
    void perhapsWrote(String value, long startNanos) {
        operations.add(new Operation(true, value, startNanos, NEVER));
    }

    void read(String value, long startNanos, long endNanos) {
        operations.add(new Operation(false, value, startNanos, endNanos));
    }

    int size() {
        return operations.size();
    }

    /// Whether there is such an order.
    ///
    /// @param first the value before all operations
    boolean isLinearizable(String first) throws InterruptedException {
        return conflict(first).isEmpty();
    }

    /// Where the search for such an order got no further, for people; empty if there is one.
    ///
    /// @param first the value before all operations
    String conflict(String first) throws InterruptedException {
        List<Operation> all = new ArrayList<>(operations);
        all.sort(Comparator.comparingLong(Operation::startNanos));
        AtomicBoolean found = new AtomicBoolean();
        Search orders = new Search(all);
        Thread search = // as deep as the history is long
                Thread.ofPlatform()
                        .name("history")
                        .stackSize(STACK_BYTES)
                        .start(() -> found.set(orders.from(0, new BitSet(), first)));
        search.join();
        return found.get() ? "" : orders.conflict();
    }

    /// Tries each operation that may be next, and remembers where it has been without success.
    private static final class Search {

        private static final int SHOWN = 30; // on either side

        private final List<Operation> all;
        private final Set<String> hopeless = new HashSet<>();
        private int furthest; // all before it could be put in order

        Search(List<Operation> all) {
            this.all = all;
        }

        /// @param done all before this index are in the order
        /// @param beyond which of those from that index on are
        boolean from(int done, BitSet beyond, String value) {
            int together = beyond.nextClearBit(0);
            int from = done + together;
            BitSet placed = beyond.get(together, Math.max(together, beyond.length()));
            furthest = Math.max(furthest, from);
            if (from == all.size()) {
                return true;
            }
            String state = from + " " + placed + " " + value;
            if (hopeless.contains(state)) {
                return false;
            }
            // What starts after another one has ended cannot come before it.
            long firstEnd = firstEnd(from, placed);
            if (firstEnd == NEVER) {
                return true; // only writes are left of which nobody knows
            }
            for (int i = from; i < all.size() && all.get(i).startNanos() <= firstEnd; i++) {
                if (!placed.get(i - from) && next(from, with(placed, i - from), i, value)) {
                    return true;
                }
            }
            hopeless.add(state);
            return false;
        }

        private boolean next(int from, BitSet placed, int index, String value) {
            Operation next = all.get(index);
            boolean isPossible = next.isWrite() || next.value().equals(value);
            if (isPossible && from(from, placed, after(next, value))) {
                return true;
            }
            boolean mayNeverBe = next.endNanos() == NEVER;
            return mayNeverBe && from(from, placed, value);
        }

        private static BitSet with(BitSet placed, int another) {
            BitSet with = (BitSet) placed.clone();
            with.set(another);
            return with;
        }

        String conflict() {
            StringBuilder text = new StringBuilder("no order goes beyond operation " + furthest);
            int last = Math.min(all.size(), furthest + SHOWN);
            for (int i = Math.max(0, furthest - SHOWN); i < last; i++) {
                Operation operation = all.get(i);
                text.append(
                        "\n%d %s %s, from %d to %s ms"
                                .formatted(
                                        i,
                                        operation.isWrite() ? "write" : "read",
                                        operation.value(),
                                        ms(operation.startNanos()),
                                        operation.endNanos() == NEVER
                                                ? "?"
                                                : ms(operation.endNanos())));
            }
            return text.toString();
        }

        private long ms(long nanos) {
            return (nanos - all.getFirst().startNanos()) / 1_000_000;
        }

        private static String after(Operation operation, String value) {
            return operation.isWrite() ? operation.value() : value;
        }

        private long firstEnd(int from, BitSet placed) {
            long first = NEVER;
            for (int i = from; i < all.size() && all.get(i).startNanos() <= first; i++) {
                if (!placed.get(i - from)) {
                    first = Math.min(first, all.get(i).endNanos());
                }
            }
            return first;
        }
    }
}
