package org.stagedpipe.worker.part;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;

import org.stagedpipe.api.Fault;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.engine.AttachedRequest;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.protocol.v1.Outcomes;
import org.stagedpipe.protocol.v1.WorkResponse;
import org.stagedpipe.worker.plugin.Item;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;

/// Collects what a part's items became into frames and sends them. On the group's delivery thread, which waits here when the
/// coordinator reads slowly; the requests stay in the engine's window meanwhile, so nothing piles up behind. While memory is short
/// they go to the disk instead, see [Outlet].
///
/// A frame goes out when it is full or the engine has nothing more that is finished.
final class Answers {

    static final int MAX_FRAME_BYTES = 256 << 10;
    static final int MAX_CHUNK_BYTES = 256 << 10;
    private static final int MAX_FRAME_ITEMS = 4_096;

    /// Results of at least that many bytes are not copied into one array: to write them one by one costs less.
    private static final int WORTH_A_VIEW_BYTES = 4 << 10;

    private static final int MAX_FAULT_CHARS = 4_096;
    private static final int FAULT_OVERHEAD_BYTES = 64;

    /// What happens to the part meanwhile.
    interface Events {

        /// Items have run, and are about to be answered.
        void ran();

        /// So many items are answered; they had been charged so many bytes.
        void answered(int items, long bytes);

        /// Items of these keys have ended, in a keyed group; [#answered] follows.
        void ended(long... keys);

        /// The engine takes items again after it had refused one.
        void room();

        /// The engine has answered its last item.
        void ended();

        /// The process is failing: its items belong to other workers.
        void failing(String text);
    }

    private final Outlet outlet;
    private final Events events;
    private final UnaryOperator<String> shown;
    private final List<ByteString> bodies = new ArrayList<>();
    private Items.Builder results = Items.newBuilder();
    private Outcomes.Builder frame = Outcomes.newBuilder();
    private int frameBytes;

    /// @param shown what of a fault's text may be shown; asked before it is cut
    Answers(Outlet outlet, Events events, UnaryOperator<String> shown) {
        this.outlet = outlet;
        this.events = events;
        this.shown = shown;
    }

    void onRoom() {
        events.room();
    }

    void onEnd() {
        try {
            outlet.drain();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        events.ended();
    }

    void onFinished(List<? extends AttachedRequest<?, ?>> requests) {
        long bytes = 0;
        try {
            events.ran(); // before the coordinator takes what they became
            for (AttachedRequest<?, ?> request : requests) {
                Item item = item(request);
                add(request, item);
                bytes += item.settle();
            }
            flush();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            tellKeys(requests);
            events.answered(requests.size(), bytes);
        }
    }

    private void tellKeys(List<? extends AttachedRequest<?, ?>> requests) {
        if (!requests.isEmpty() && item(requests.getFirst()).key() != 0) {
            events.ended(requests.stream().mapToLong(request -> item(request).key()).toArray());
        }
    }

    private static Item item(AttachedRequest<?, ?> request) {
        return (Item) Objects.requireNonNull(request.attachment());
    }

    /// Answers items that never reached the engine as aborted with their group.
    void abort(List<Long> sequences, int attempt, String reason) throws InterruptedException {
        for (long sequence : sequences) {
            Fault fault = new Fault(Fault.Kind.CANCELLED, null, attempt, reason, false);
            add(fault(sequence, fault, true));
        }
        flush();
        outlet.drain();
    }

    private void add(AttachedRequest<?, ?> request, Item item) throws InterruptedException {
        Fault fault = request.fault();
        if (fault == null) {
            add(request.sequence(), item.result());
            return;
        }
        boolean isAborted = request.outcome() instanceof Outcome.Aborted<?>;
        boolean isWithdrawn = isAborted && fault.retryable(); // another worker answers it
        if (isAborted && fault.kind() == Fault.Kind.SYSTEM) { // a stage may throw that kind too
            events.failing(fault.text());
        } else if (!isWithdrawn) {
            add(fault(request.sequence(), fault, isAborted));
        }
    }

    private void add(long sequence, ByteString result) throws InterruptedException {
        if (result.size() > MAX_FRAME_BYTES) {
            flush();
            sendInChunks(sequence, result);
            return;
        }
        makeRoom(result.size());
        results.addSequences(sequence).addSizes(result.size());
        bodies.add(result);
        frameBytes += result.size();
    }

    private void add(ItemFault fault) throws InterruptedException {
        int size = fault.getText().length() + FAULT_OVERHEAD_BYTES;
        makeRoom(size);
        frame.addFaults(fault);
        frameBytes += size;
    }

    private void makeRoom(int bytes) throws InterruptedException {
        if (frameBytes + bytes > MAX_FRAME_BYTES
                || results.getSequencesCount() + frame.getFaultsCount() >= MAX_FRAME_ITEMS) {
            flush();
        }
    }

    private void flush() throws InterruptedException {
        if (results.getSequencesCount() + frame.getFaultsCount() == 0) {
            return;
        }
        if (results.getSequencesCount() > 0) {
            frame.setResults(results.setBody(body()));
        }
        WorkResponse message = WorkResponse.newBuilder().setOutcomes(frame).build();
        results = Items.newBuilder();
        frame = Outcomes.newBuilder();
        bodies.clear();
        frameBytes = 0;
        outlet.send(message);
    }

    /// Small results go into one array: a rope of hundreds of parts costs more to write than to copy.
    private ByteString body() {
        if (bodies.size() == 1) {
            return bodies.getFirst();
        }
        if (frameBytes / bodies.size() >= WORTH_A_VIEW_BYTES) {
            return ByteString.copyFrom(bodies); // a rope: the bytes stay where they are
        }
        byte[] body = new byte[frameBytes];
        int end = 0;
        for (ByteString part : bodies) {
            part.copyTo(body, end);
            end += part.size();
        }
        return UnsafeByteOperations.unsafeWrap(body, 0, end); // faults count in the size too
    }

    private void sendInChunks(long sequence, ByteString result) throws InterruptedException {
        for (int offset = 0; offset < result.size(); offset += MAX_CHUNK_BYTES) {
            int end = Math.min(offset + MAX_CHUNK_BYTES, result.size());
            outlet.send(
                    WorkResponse.newBuilder()
                            .setChunk(
                                    Chunk.newBuilder()
                                            .setSequence(sequence)
                                            .setSize(result.size())
                                            .setOffset(offset)
                                            .setData(result.substring(offset, end)))
                            .build());
        }
    }

    private ItemFault fault(long sequence, Fault fault, boolean aborted) {
        String text = shown.apply(fault.text());
        return ItemFault.newBuilder()
                .setSequence(sequence)
                .setKind(ItemFault.Kind.valueOf(fault.kind().name()))
                .setStage(fault.stage() == null ? "" : fault.stage())
                .setAttempt(fault.attempt())
                .setText(
                        text.length() <= MAX_FAULT_CHARS
                                ? text
                                : text.substring(0, MAX_FAULT_CHARS) + "…")
                .setRetryable(fault.retryable())
                .setAborted(aborted)
                .build();
    }
}
