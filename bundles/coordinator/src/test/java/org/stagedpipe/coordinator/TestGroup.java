package org.stagedpipe.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.CancelGroup;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.GroupClosed;
import org.stagedpipe.protocol.v1.GroupOpened;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.protocol.v1.GroupResponse;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.protocol.v1.OpenGroup;
import org.stagedpipe.protocol.v1.Outcomes;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Receiver;
import org.stagedpipe.transport.Rpcs;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/// A client's group: keeps every answer, and refuses a second one for the same item.
final class TestGroup implements Receiver<GroupResponse> {

    private final Call<GroupRequest> call;
    private final ByteString id;
    private boolean reads = true; // guarded by this, as all below
    private @Nullable GroupOpened opened;
    private @Nullable GroupClosed closed;
    private @Nullable CallException failure;
    private boolean completed;
    private final Map<Long, ByteString> results = new TreeMap<>();
    private final Map<Long, ItemFault> faults = new TreeMap<>();
    private final List<Long> order = new ArrayList<>();
    private final List<String> twice = new ArrayList<>();
    private ByteString big = ByteString.EMPTY;
    private long bigSequence = -1;
    private final List<PluginVersion> moves = new ArrayList<>();
    volatile boolean answersMoves = true;

    TestGroup(Connection coordinator, ByteString id) {
        this.id = id;
        this.call = coordinator.open(Rpcs.PROCESS, this);
        call.request(1);
    }

    ByteString id() {
        return id;
    }

    Call<GroupRequest> call() {
        return call;
    }

    /// Sends the first message.
    TestGroup open(String plugin, UnaryOperator<OpenGroup.Builder> change) {
        OpenGroup.Builder open =
                OpenGroup.newBuilder()
                        .setProtocol(1)
                        .setGroup(id)
                        .setPlugin(plugin)
                        .setClient("test");
        call.send(GroupRequest.newBuilder().setOpen(change.apply(open)).build());
        return this;
    }

    /// Waits until it is open, or refused.
    boolean opensInTime() {
        Until.holds(() -> opened() != null || failure() != null, () -> "not opened");
        return failure() == null;
    }

    GroupOpened awaitOpened() {
        opensInTime();
        assertEquals(null, failure());
        GroupOpened message = opened();
        assertNotNull(message);
        return message;
    }

    /// One frame of items that read `item <sequence>`.
    void send(long from, int count) {
        List<ByteString> data = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            data.add(data(from + i));
        }
        send(from, data);
    }

    static ByteString data(long sequence) {
        return ByteString.copyFromUtf8("item " + sequence);
    }

    /// One frame.
    void send(long from, List<ByteString> data) {
        Items.Builder items = Items.newBuilder();
        ByteString.Output body = ByteString.newOutput();
        long sequence = from;
        for (ByteString item : data) {
            items.addSequences(sequence++).addSizes(item.size());
            item.forEach(body::write);
        }
        send(items.setBody(body.toByteString()).build());
    }

    void send(Items items) {
        call.send(GroupRequest.newBuilder().setItems(items).build());
    }

    void send(Chunk chunk) {
        call.send(GroupRequest.newBuilder().setChunk(chunk).build());
    }

    /// The versions that it moved to.
    synchronized List<PluginVersion> moves() {
        return List.copyOf(moves);
    }

    void answerMove(PluginVersion version) {
        call.send(GroupRequest.newBuilder().setMoved(version).build());
    }

    /// One big item, in chunks.
    void sendBig(long sequence, ByteString data, int chunkBytes) {
        for (int from = 0; from < data.size(); from += chunkBytes) {
            int to = Math.min(data.size(), from + chunkBytes);
            send(
                    Chunk.newBuilder()
                            .setSequence(sequence)
                            .setSize(data.size())
                            .setOffset(from)
                            .setData(data.substring(from, to))
                            .build());
        }
    }

    void cancel(String reason) {
        call.send(
                GroupRequest.newBuilder()
                        .setCancel(CancelGroup.newBuilder().setReason(reason))
                        .build());
    }

    GroupClosed finish() {
        call.complete();
        return awaitClosed();
    }

    GroupClosed awaitClosed() {
        Until.holds(() -> isCompleted() || failure() != null, () -> "not closed: " + this);
        assertEquals(null, failure());
        GroupClosed message = closed();
        assertNotNull(message);
        assertEquals(List.of(), twice());
        return message.toBuilder().clearStopped().build(); // the counts
    }

    /// Why it ended before its end.
    String stopped() {
        GroupClosed message = closed();
        assertNotNull(message);
        return message.getStopped();
    }

    CallException awaitFailure() {
        Until.holds(() -> failure() != null || isCompleted(), () -> "no failure: " + this);
        CallException why = failure();
        assertNotNull(why);
        return why;
    }

    void awaitAnswers(int count) {
        Until.holds(() -> order().size() >= count, () -> "not answered: " + this);
    }

    synchronized void stopReading() {
        reads = false;
    }

    synchronized void readOn() {
        reads = true;
        call.request(1);
    }

    @Override
    public synchronized void onMessage(GroupResponse message) {
        switch (message.getMessageCase()) {
            case OPENED -> opened = message.getOpened();
            case OUTCOMES -> outcomes(message.getOutcomes());
            case CHUNK -> chunk(message.getChunk());
            case CLOSED -> closed = message.getClosed();
            case MOVED -> {
                moves.add(message.getMoved());
                if (answersMoves) {
                    answerMove(message.getMoved());
                }
            }
            case MESSAGE_NOT_SET -> twice.add("an empty message");
        }
        if (reads) {
            call.request(1);
        }
    }

    private void outcomes(Outcomes outcomes) {
        int offset = 0;
        Items items = outcomes.getResults();
        for (int i = 0; i < items.getSequencesCount(); i++) {
            int end = offset + items.getSizes(i);
            result(items.getSequences(i), items.getBody().substring(offset, end));
            offset = end;
        }
        for (ItemFault fault : outcomes.getFaultsList()) {
            once(fault.getSequence());
            faults.put(fault.getSequence(), fault);
            big = fault.getSequence() == bigSequence ? ByteString.EMPTY : big;
        }
    }

    private void chunk(Chunk chunk) {
        if (chunk.getOffset() != big.size()) {
            twice.add("chunk of " + chunk.getSequence() + " at " + chunk.getOffset());
        }
        big = big.concat(chunk.getData());
        bigSequence = chunk.getSequence();
        if (big.size() == chunk.getSize()) {
            result(chunk.getSequence(), big);
            big = ByteString.EMPTY;
        }
    }

    private void result(long sequence, ByteString data) {
        once(sequence);
        results.put(sequence, data);
    }

    private void once(long sequence) {
        order.add(sequence);
        if (results.containsKey(sequence) || faults.containsKey(sequence)) {
            twice.add("item " + sequence);
        }
    }

    @Override
    public synchronized void onComplete() {
        completed = true;
    }

    @Override
    public synchronized void onFailure(CallException why) {
        failure = why;
    }

    synchronized @Nullable GroupOpened opened() {
        return opened;
    }

    synchronized @Nullable GroupClosed closed() {
        return closed;
    }

    synchronized @Nullable CallException failure() {
        return failure;
    }

    synchronized boolean isCompleted() {
        return completed;
    }

    synchronized Map<Long, ByteString> results() {
        return new TreeMap<>(results);
    }

    synchronized Map<Long, ItemFault> faults() {
        return new TreeMap<>(faults);
    }

    /// The fault of an item; it must have one.
    ItemFault fault(long sequence) {
        ItemFault fault = faults().get(sequence);
        assertNotNull(fault, () -> "item " + sequence + " has no fault: " + this);
        return fault;
    }

    /// The sequences in the order of their answers.
    synchronized List<Long> order() {
        return List.copyOf(order);
    }

    synchronized List<String> twice() {
        return List.copyOf(twice);
    }

    @Override
    public synchronized String toString() {
        return results.size() + " results, " + faults.size() + " faults, closed " + closed;
    }
}
