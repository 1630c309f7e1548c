package org.stagedpipe.itests.cluster;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

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
                        .start(() -> found.set(orders.isPossible(first)));
        search.join();
        return found.get() ? "" : orders.conflict();
    }

    /// Where the search is. Its sets are not changed any more.
    ///
    /// @param done all before this index are in the order
    /// @param beyond which of those from that index on are
    /// @param used writes of which nobody knows that are
    /// @param value after them
    private record Place(int done, BitSet beyond, BitSet used, String value) {

        boolean has(int index) {
            return beyond.get(index - done);
        }

        Place with(int index, String after) {
            BitSet more = (BitSet) beyond.clone();
            more.set(index - done);
            int together = more.nextClearBit(0);
            return new Place(
                    done + together,
                    more.get(together, Math.max(together, more.length())),
                    used,
                    after);
        }

        Place using(int lost, String after) {
            BitSet more = (BitSet) used.clone();
            more.set(lost);
            return new Place(done, beyond, more, after);
        }
    }

    /// Tries each write that may be next, and remembers where it has been. A read of the present value is next at once: it changes
    /// nothing for the others. A write of which nobody knows is next only where a read of its value can follow: else it
    /// may as well never have been.
    private static final class Search {

        private static final int SHOWN = 30; // on either side

        private final List<Operation> all;
        private final List<Operation> known;
        private final List<Operation> lost; // writes of which nobody knows
        private final Set<Place> seen = new HashSet<>();
        private int furthest; // all before it could be put in order

        /// @param all in the order in which they started
        Search(List<Operation> all) {
            this.all = all;
            this.known = all.stream().filter(next -> next.endNanos() != NEVER).toList();
            this.lost = all.stream().filter(next -> next.endNanos() == NEVER).toList();
        }

        boolean isPossible(String first) {
            return from(new Place(0, new BitSet(), new BitSet(), first));
        }

        private boolean from(Place at) {
            Place now = read(at);
            furthest = Math.max(furthest, now.done());
            if (now.done() == known.size()) {
                return true;
            }
            if (!seen.add(now)) {
                return false;
            }
            List<Integer> next = next(now);
            for (int index : next) {
                Operation write = known.get(index);
                if (write.isWrite() && from(now.with(index, write.value()))) {
                    return true;
                }
            }
            Set<String> wanted =
                    next.stream()
                            .map(known::get)
                            .filter(read -> !read.isWrite())
                            .map(Operation::value)
                            .collect(Collectors.toSet());
            long firstEnd = firstEnd(now);
            for (int i = 0; i < lost.size() && lost.get(i).startNanos() <= firstEnd; i++) {
                String value = lost.get(i).value();
                if (!now.used().get(i) && wanted.remove(value) && from(now.using(i, value))) {
                    return true;
                }
            }
            return false;
        }

        /// After all reads of the present value that may be next.
        private Place read(Place at) {
            Place now = at;
            boolean found = true;
            while (found) {
                found = false;
                for (int index : next(now)) {
                    Operation read = known.get(index);
                    if (!read.isWrite() && read.value().equals(now.value())) {
                        now = now.with(index, now.value());
                        found = true;
                    }
                }
            }
            return now;
        }

        /// What starts after another one has ended cannot come before it.
        private List<Integer> next(Place now) {
            long firstEnd = firstEnd(now);
            List<Integer> next = new ArrayList<>();
            for (int i = now.done(); i < known.size(); i++) {
                if (known.get(i).startNanos() > firstEnd) {
                    break;
                }
                if (!now.has(i)) {
                    next.add(i);
                }
            }
            return next;
        }

        String conflict() {
            int end = all.indexOf(known.get(furthest));
            StringBuilder text = new StringBuilder("no order goes beyond operation " + end);
            int last = Math.min(all.size(), end + SHOWN);
            for (int i = Math.max(0, end - SHOWN); i < last; i++) {
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

        private long firstEnd(Place now) {
            long first = NEVER;
            for (int i = now.done(); i < known.size(); i++) {
                if (known.get(i).startNanos() > first) {
                    break;
                }
                if (!now.has(i)) {
                    first = Math.min(first, known.get(i).endNanos());
                }
            }
            return first;
        }
    }
}
