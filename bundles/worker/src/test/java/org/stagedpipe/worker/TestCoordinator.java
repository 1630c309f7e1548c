package org.stagedpipe.worker;

import com.google.protobuf.ByteString;

import org.stagedpipe.protocol.v1.CancelGroup;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.protocol.v1.OpenWork;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.Redelivery;
import org.stagedpipe.protocol.v1.WorkRequest;
import org.stagedpipe.protocol.v1.WorkResponse;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BooleanSupplier;

/// The side of a coordinator that a worker sees: one group's part.
final class TestCoordinator implements AutoCloseable {

    final Map<Long, ByteString> results = new TreeMap<>();
    final Map<Long, ItemFault> faults = new TreeMap<>();
    final List<Long> handedBack = new ArrayList<>();
    int stageDeadlineMs; // of the group that is to be opened
    int itemDeadlineMs; // the same
    long opening; // of the part that is to be opened; 0: the coordinator does not count them
    boolean keyed; // of the group that is to be opened
    String name = "c1"; // of the coordinator
    int capacity = -1; // until it is told
    boolean stops; // once it was told so
    ByteString incarnation = ByteString.EMPTY; // once it is open

    private final Connection connection;
    private final Exchange<WorkRequest, WorkResponse> exchange;
    private ByteString partial = ByteString.EMPTY;
    private long sequence;

    TestCoordinator(Endpoint worker) {
        connection = Connection.to(worker, Security.loopbackOnly());
        exchange = connection.exchange(Rpcs.RUN, Duration.ofSeconds(20));
    }

    /// Opens and waits for the answer.
    ///
    /// @throws CallException if the worker refuses
    static TestCoordinator opened(Endpoint worker, PluginVersion version, String configuration)
            throws Exception {
        TestCoordinator coordinator = new TestCoordinator(worker);
        coordinator.open(version, configuration);
        coordinator.awaitOpened();
        return coordinator;
    }

    void open(PluginVersion version, String configuration) throws Exception {
        open(version, configuration, UUID.randomUUID(), 0);
    }

    void open(PluginVersion version, String configuration, UUID group, long epoch)
            throws Exception {
        send(
                WorkRequest.newBuilder()
                        .setOpen(
                                OpenWork.newBuilder()
                                        .setProtocol(1)
                                        .setGroup(
                                                ByteString.fromHex(
                                                        group.toString().replace("-", "")))
                                        .setPlugin(version)
                                        .setConfiguration(ByteString.copyFromUtf8(configuration))
                                        .setCoordinator(name)
                                        .setKeyed(keyed)
                                        .setStageDeadlineMs(stageDeadlineMs)
                                        .setItemDeadlineMs(itemDeadlineMs)
                                        .setEpoch(epoch)
                                        .setOpening(opening)));
    }

    void awaitOpened() throws Exception {
        WorkResponse answer = exchange.next();
        if (answer == null || !answer.hasOpened()) {
            throw new AssertionError("opened expected: " + answer);
        }
        incarnation = answer.getOpened().getIncarnation();
    }

    void items(String... items) throws Exception {
        Items.Builder frame = Items.newBuilder();
        ByteString body = ByteString.EMPTY;
        for (String item : items) {
            ByteString bytes = ByteString.copyFromUtf8(item);
            frame.addSequences(sequence++).addSizes(bytes.size());
            body = body.concat(bytes);
        }
        send(WorkRequest.newBuilder().setItems(frame.setBody(body)));
    }

    /// One frame, an item of each key.
    void keyed(List<Long> keys, List<String> items) throws Exception {
        Items.Builder frame = Items.newBuilder().addAllKeys(keys);
        ByteString body = ByteString.EMPTY;
        for (String item : items) {
            ByteString bytes = ByteString.copyFromUtf8(item);
            frame.addSequences(sequence++).addSizes(bytes.size());
            body = body.concat(bytes);
        }
        send(WorkRequest.newBuilder().setItems(frame.setBody(body)));
    }

    void chunk(long size, long offset, ByteString data) throws Exception {
        send(
                WorkRequest.newBuilder()
                        .setChunk(
                                Chunk.newBuilder()
                                        .setSequence(sequence)
                                        .setKey(keyed ? 1 : 0)
                                        .setSize(size)
                                        .setOffset(offset)
                                        .setData(data)));
    }

    void redelivery(int attempt) throws Exception {
        send(WorkRequest.newBuilder().setRedelivery(Redelivery.newBuilder().setAttempt(attempt)));
    }

    /// What follows is a suspect.
    void alone(int attempt) throws Exception {
        send(
                WorkRequest.newBuilder()
                        .setRedelivery(Redelivery.newBuilder().setAttempt(attempt).setAlone(true)));
    }

    void cancel(String reason) throws Exception {
        send(WorkRequest.newBuilder().setCancel(CancelGroup.newBuilder().setReason(reason)));
    }

    void send(WorkRequest.Builder message) throws Exception {
        exchange.send(message.build());
    }

    /// Half-closes and reads to the end.
    TestCoordinator finish() throws Exception {
        exchange.complete();
        return readToEnd();
    }

    TestCoordinator readToEnd() throws Exception {
        for (WorkResponse next = exchange.next(); next != null; next = exchange.next()) {
            read(next);
        }
        return this;
    }

    /// Reads until so many items are answered.
    void read(int answers) throws Exception {
        while (results.size() + faults.size() < answers) {
            WorkResponse next = exchange.next();
            if (next == null) {
                throw new AssertionError("ended with " + results.keySet() + faults);
            }
            read(next);
        }
    }

    /// Reads until that holds.
    void readUntil(BooleanSupplier holds) throws Exception {
        while (!holds.getAsBoolean()) {
            WorkResponse next = exchange.next();
            if (next == null) {
                throw new AssertionError("ended with " + results.keySet() + faults);
            }
            read(next);
        }
    }

    private void read(WorkResponse next) {
        if (next.hasCapacity()) {
            capacity = next.getCapacity().getMaxItemsInFlight();
            stops |= next.getCapacity().getStops();
            return;
        }
        if (next.hasHandBack()) {
            handedBack.addAll(next.getHandBack().getSequencesList());
            return;
        }
        if (next.hasChunk()) {
            partial = partial.concat(next.getChunk().getData());
            if (partial.size() == next.getChunk().getSize()) {
                results.put(next.getChunk().getSequence(), partial);
                partial = ByteString.EMPTY;
            }
            return;
        }
        Items frame = next.getOutcomes().getResults();
        int at = 0;
        for (int i = 0; i < frame.getSequencesCount(); i++) {
            ByteString bytes = frame.getBody().substring(at, at + frame.getSizes(i));
            at += frame.getSizes(i);
            if (results.put(frame.getSequences(i), bytes) != null) {
                throw new AssertionError("answered twice: " + frame.getSequences(i));
            }
        }
        for (ItemFault fault : next.getOutcomes().getFaultsList()) {
            if (faults.put(fault.getSequence(), fault) != null) {
                throw new AssertionError("answered twice: " + fault);
            }
        }
    }

    String result(long of) {
        ByteString bytes = results.get(of);
        return bytes == null ? "nothing" : bytes.toStringUtf8();
    }

    @Override
    public void close() {
        exchange.close();
        connection.close();
    }
}
