package org.stagedpipe.coordinator.group;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.protocol.v1.Outcomes;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/// Answers leave in the order of their items; those that came early are held here, and count in the window.
///
/// It never deadlocks: the lowest item without an answer has been let into the window before all others, it is given to a
/// worker whatever is held, and workers are read as long as what is held does not wait for the client.
final class AsAccepted implements Order {

    private final Outbox outbox;
    private final TreeMap<Long, Row> rows = new TreeMap<>();
    private Row last = new Row(new long[0]);

    // What is about to leave as one message: results, then faults.
    private Items.Builder results = Items.newBuilder();
    private Outcomes.Builder outcomes = Outcomes.newBuilder();
    private ByteString body = ByteString.EMPTY;
    private ByteString runBody = ByteString.EMPTY; // of which a run of neighbours leaves
    private int runFrom;
    private int runTo;
    private int faultBytes;

    /// The items of one frame and their answers: a body that holds the result, a fault, or a big result.
    private static final class Row {
        private final long[] sequences;
        private final @Nullable Object[] answers;
        private final int[] offsets;
        private final int[] sizes;
        private int released;

        private Row(long[] sequences) {
            this.sequences = sequences;
            this.answers = new Object[sequences.length];
            this.offsets = new int[sequences.length];
            this.sizes = new int[sequences.length];
        }
    }

    AsAccepted(Outbox outbox) {
        this.outbox = outbox;
    }

    @Override
    public void accepted(Frame frame) {
        long[] sequences = new long[frame.count()];
        for (int i = 0; i < sequences.length; i++) {
            sequences[i] = frame.sequence(i);
        }
        rows.put(frame.first(), new Row(sequences));
    }

    @Override
    public void answered(Outcomes answers) {
        Items items = answers.getResults();
        int offset = 0;
        for (int i = 0; i < items.getSequencesCount(); i++) {
            hold(items.getSequences(i), items.getBody(), offset, items.getSizes(i));
            offset += items.getSizes(i);
        }
        for (ItemFault fault : answers.getFaultsList()) {
            hold(fault.getSequence(), fault, 0, 0);
        }
        release();
    }

    @Override
    public void answered(BigItem result) {
        hold(result.sequence(), result, 0, 0);
        release();
    }

    @Override
    public long awaited() {
        Map.Entry<Long, Row> first = outbox.isEmpty() ? rows.firstEntry() : null;
        if (first == null) {
            return -1;
        }
        Row row = first.getValue();
        return row.sequences[row.released];
    }

    private void hold(long sequence, Object answer, int offset, int size) {
        Row row = row(sequence);
        int index = Arrays.binarySearch(row.sequences, sequence);
        row.answers[index] = answer;
        row.offsets[index] = offset;
        row.sizes[index] = size;
    }

    private Row row(long sequence) {
        int count = last.sequences.length;
        if (count > 0 && last.sequences[0] <= sequence && sequence <= last.sequences[count - 1]) {
            return last; // answers of one frame come together
        }
        Map.Entry<Long, Row> entry = rows.floorEntry(sequence);
        if (entry == null) {
            throw new IllegalStateException("order: item " + sequence + " was not accepted");
        }
        last = entry.getValue();
        return last;
    }

    private void release() {
        for (Map.Entry<Long, Row> first = rows.firstEntry();
                first != null && leave(first.getValue());
                first = rows.firstEntry()) {
            rows.pollFirstEntry();
        }
        flush();
    }

    /// Lets the answers of a row leave; whether all have.
    private boolean leave(Row row) {
        for (; row.released < row.sequences.length; row.released++) {
            int index = row.released;
            Object answer = row.answers[index];
            row.answers[index] = null;
            switch (answer) {
                case null -> {
                    return false;
                }
                case ByteString bytes -> leave(row, index, bytes);
                case ItemFault fault -> leave(fault);
                case BigItem big -> {
                    flush();
                    outbox.add(big);
                }
                default -> throw new IllegalStateException("order: " + answer);
            }
        }
        return true;
    }

    private void leave(ItemFault fault) {
        faultBytes += fault.getSerializedSize();
        outcomes.addFaults(fault);
        if (faultBytes >= Limits.MAX_FAULT_BYTES) {
            flush();
        }
    }

    private void leave(Row row, int index, ByteString bytes) {
        int size = row.sizes[index];
        if (outcomes.getFaultsCount() > 0
                || results.getSequencesCount() >= Limits.MAX_FRAME_ITEMS
                || body.size() + (runTo - runFrom) + size > Limits.MAX_FRAME_BYTES) {
            flush();
        }
        int offset = row.offsets[index];
        if (bytes != runBody || offset != runTo) {
            endRun();
            runBody = bytes;
            runFrom = offset;
        }
        runTo = offset + size;
        results.addSequences(row.sequences[index]).addSizes(size);
    }

    private void endRun() {
        body = body.concat(runBody.substring(runFrom, runTo));
        runBody = ByteString.EMPTY;
        runFrom = 0;
        runTo = 0;
    }

    private void flush() {
        endRun();
        if (results.getSequencesCount() > 0) {
            outcomes.setResults(results.setBody(body));
        }
        if (results.getSequencesCount() > 0 || outcomes.getFaultsCount() > 0) {
            outbox.add(outcomes.build());
        }
        results = Items.newBuilder();
        outcomes = Outcomes.newBuilder();
        body = ByteString.EMPTY;
        faultBytes = 0;
    }
}
