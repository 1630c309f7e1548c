package org.stagedpipe.itests.cluster;

import java.util.ArrayList;
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
        List<Operation> all = new ArrayList<>(operations);
        all.sort(Comparator.comparingLong(Operation::startNanos));
        AtomicBoolean found = new AtomicBoolean();
        Thread search = // as deep as the history is long
                Thread.ofPlatform()
                        .name("history")
                        .stackSize(STACK_BYTES)
                        .start(() -> found.set(new Search(all).from(0, 0, first)));
        search.join();
        return found.get();
    }

    /// Tries each operation that may be next, and remembers where it has been without success.
    private static final class Search {

        private static final int WINDOW = 63; // at the same time, one bit each

        private final List<Operation> all;
        private final Set<String> hopeless = new HashSet<>();

        Search(List<Operation> all) {
            this.all = all;
        }

        /// @param done all before this index are in the order
        /// @param beyond which of those from that index on are, one bit each
        boolean from(int done, long beyond, String value) {
            int from = done;
            long placed = beyond;
            while (from < all.size() && (placed & 1) != 0) {
                from++;
                placed >>>= 1;
            }
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
            for (int i = 0; i < WINDOW && from + i < all.size(); i++) {
                Operation next = all.get(from + i);
                if (next.startNanos() > firstEnd) {
                    break;
                }
                boolean isFree = (placed & 1L << i) == 0;
                boolean isPossible = next.isWrite() || next.value().equals(value);
                if (isFree && isPossible && from(from, placed | 1L << i, after(next, value))) {
                    return true;
                }
                boolean mayNeverBe = next.endNanos() == NEVER;
                if (isFree && mayNeverBe && from(from, placed | 1L << i, value)) {
                    return true;
                }
            }
            hopeless.add(state);
            return false;
        }

        private static String after(Operation operation, String value) {
            return operation.isWrite() ? operation.value() : value;
        }

        private long firstEnd(int from, long placed) {
            long first = NEVER;
            for (int i = from; i < all.size(); i++) {
                boolean isPlaced = i - from < WINDOW && (placed & 1L << (i - from)) != 0;
                if (!isPlaced) {
                    first = Math.min(first, all.get(i).endNanos());
                }
            }
            return first;
        }
    }
}
