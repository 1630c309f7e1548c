package org.stagedpipe.coordinator.group;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.GroupResponse;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.protocol.v1.Outcomes;
import org.stagedpipe.transport.Call;

import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Function;

/// Answers on their way to the client: sent while the transport takes them. Each is counted in the window until the transport
/// takes another one: it has a copy of its own, in direct memory, until the client's side of the connection has room.
final class Outbox {

    /// Of an item that ended with its group: all of these have one text.
    private static final int ABORTED_BYTES = 64;

    /// By so much less waits for the client where memory is short.
    private static final int SHORT = 16;

    private final Call<GroupResponse> client;
    private final Function<BigItem, ItemFault> unreadable;
    private final Window window;
    private final Limits limits;
    private final Deque<Entry> entries = new ArrayDeque<>();
    private BigItem.@Nullable Cutter cutter; // of the first entry
    private @Nullable Entry taken; // by the transport, and perhaps still there
    private long bytes;
    private long sent;

    /// One of the two.
    private record Entry(@Nullable Outcomes outcomes, @Nullable BigItem big, int items) {

        void close() {
            if (big != null) {
                big.close();
            }
        }

        long bytes() {
            return outcomes != null ? weight(outcomes) : big == null ? 0 : big.size();
        }
    }

    /// @param unreadable what the client gets instead of a big result whose bytes are lost
    Outbox(
            Call<GroupResponse> client,
            Window window,
            Limits limits,
            Function<BigItem, ItemFault> unreadable) {
        this.unreadable = unreadable;
        this.limits = limits;
        this.client = client;
        this.window = window;
    }

    /// What answers count as in the window, bytes: the results and the faults.
    static long weight(Outcomes outcomes) {
        return outcomes.getResults().getBody().size() + faultBytes(outcomes);
    }

    /// The part of the faults, whose texts are the stages'.
    static long faultBytes(Outcomes outcomes) {
        long bytes = 0;
        for (int i = 0; i < outcomes.getFaultsCount(); i++) {
            ItemFault fault = outcomes.getFaults(i);
            bytes += fault.getAborted() ? ABORTED_BYTES : fault.getSerializedSize();
        }
        return bytes;
    }

    void add(Outcomes outcomes) {
        int items = outcomes.getResults().getSequencesCount() + outcomes.getFaultsCount();
        add(new Entry(outcomes, null, items));
    }

    void add(BigItem result) {
        add(new Entry(null, result, 1));
    }

    /// Whether more answers should stay where they are for now.
    boolean isFull() {
        return bytes >= limits.readAheadBytes() || entries.size() >= limits.readAheadMessages();
    }

    /// The same where memory is short. Never if nothing waits: what an ordered group waits for may be there.
    boolean isFullEnough() {
        return !isEmpty()
                && (bytes >= limits.readAheadBytes() / SHORT
                        || entries.size() >= limits.readAheadMessages() / SHORT);
    }

    /// Messages that the transport took.
    long sent() {
        return sent;
    }

    /// Whether nothing leaves because the client does not read.
    boolean isUnread() {
        return !entries.isEmpty() || (taken != null && !client.isReady());
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    /// Sends what the transport takes.
    void pump() {
        while (client.isReady()) {
            giveBack();
            Entry first = entries.peek();
            if (first == null) {
                return;
            }
            if (send(first)) {
                entries.remove();
                bytes -= first.bytes();
                first.close();
                taken = first;
            }
        }
    }

    private void giveBack() {
        Entry last = taken;
        taken = null;
        if (last == null) {
            return;
        }
        if (last.big() != null) {
            window.release(last.items(), last.big());
        } else {
            window.release(last.items(), last.bytes());
        }
    }

    private void add(Entry entry) {
        entries.add(entry);
        bytes += entry.bytes();
    }

    /// One message of an entry; whether it was the last one.
    private boolean send(Entry entry) {
        sent++;
        if (entry.outcomes() != null) {
            client.send(GroupResponse.newBuilder().setOutcomes(entry.outcomes()).build());
            return true;
        }
        BigItem big = entry.big();
        if (big == null) {
            return true;
        }
        BigItem.Cutter cut = cutter == null ? big.cutter() : cutter;
        cutter = null;
        Chunk next;
        try {
            next = cut.next();
        } catch (UncheckedIOException e) {
            Outcomes instead = Outcomes.newBuilder().addFaults(unreadable.apply(big)).build();
            client.send(GroupResponse.newBuilder().setOutcomes(instead).build());
            return true;
        }
        client.send(GroupResponse.newBuilder().setChunk(next).build());
        cutter = cut.isDone() ? null : cut;
        return cut.isDone();
    }
}
