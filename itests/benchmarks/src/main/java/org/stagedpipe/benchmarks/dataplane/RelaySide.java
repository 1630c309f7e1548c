package org.stagedpipe.benchmarks.dataplane;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;

import io.grpc.ManagedChannel;

import org.stagedpipe.benchmarks.naive.NaiveGrpc;
import org.stagedpipe.benchmarks.naive.NaiveItem;

import java.io.IOException;
import java.time.Duration;

/// A relay and a worker, with single items or with frames.
final class RelaySide implements Side {

    private static final int WINDOW_ITEMS = 4_096; // as the client's
    private static final int WINDOW_BYTES = 16 << 20;

    private final boolean frames;
    private final Child worker;
    private final Child relay;
    private final ManagedChannel channel;

    private RelaySide(boolean frames, Child worker, Child relay, ManagedChannel channel) {
        this.frames = frames;
        this.worker = worker;
        this.relay = relay;
        this.channel = channel;
    }

    /// Starts both.
    static RelaySide start(boolean frames, RelayProcess.Threads threads)
            throws IOException, InterruptedException {
        Child worker = Child.java("worker", RelayProcess.class, threads.name());
        Child relay = null;
        try {
            relay = Child.java("relay", RelayProcess.class, threads.name(), worker.address());
            return new RelaySide(
                    frames, worker, relay, RelayProcess.channel(relay.address(), threads));
        } catch (IOException | InterruptedException | RuntimeException e) {
            worker.close();
            if (relay != null) {
                relay.close();
            }
            throw e;
        }
    }

    @Override
    public Line open(Payload payload) {
        return frames ? openFrames(payload) : openItems(payload);
    }

    private Line openFrames(Payload payload) {
        byte[] frame = payload.frame();
        int window =
                (int)
                        Math.max(
                                1,
                                Math.min(
                                        WINDOW_ITEMS / payload.itemsPerFrame(),
                                        WINDOW_BYTES / frame.length));
        RelayLine<byte[]> line = new RelayLine<>(payload.itemsPerFrame(), window, number -> frame);
        RelayProcess.open(channel, line);
        return line;
    }

    private Line openItems(Payload payload) {
        ByteString bytes = UnsafeByteOperations.unsafeWrap(payload.item());
        int window = Math.clamp(WINDOW_BYTES / payload.item().length, 1, WINDOW_ITEMS);
        RelayLine<NaiveItem> line =
                new RelayLine<>(
                        1,
                        window,
                        number ->
                                NaiveItem.newBuilder().setSequence(number).setData(bytes).build());
        NaiveGrpc.NaiveStub stub = NaiveGrpc.newStub(channel);
        if (payload.json()) {
            stub.processJson(line);
        } else {
            stub.process(line);
        }
        return line;
    }

    @Override
    public Duration cpu() {
        return worker.cpu().plus(relay.cpu());
    }

    @Override
    public void close() {
        channel.shutdownNow();
        relay.close();
        worker.close();
    }
}
