package org.stagedpipe.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.protocol.v1.GroupResponse;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;

/// How much comes on streams that nobody reads.
@Timeout(60)
class StreamWindowsTest {

    private static final int NARROW = 64 << 10;
    private static final int WIDE = Buffers.STREAM_WINDOW_BYTES;
    private static final Chunk CHUNK =
            Chunk.newBuilder().setData(ByteString.copyFrom(new byte[16 << 10])).build();

    /// Room for one wide stream.
    private final StreamWindows windows = new StreamWindows(NARROW, WIDE - NARROW);

    private static final class Deaf<T> implements Receiver<T> {
        @Override
        public void onMessage(T message) {}

        @Override
        public void onComplete() {}

        @Override
        public void onFailure(CallException failure) {}
    }

    @Test
    void widensTheFirstStreamsOfCallers() throws Exception {
        try (Server server =
                        Server.at(Servers.ANY, Security.loopbackOnly())
                                .streamWindows(windows)
                                .stream(Rpcs.PROCESS, call -> new Deaf<GroupRequest>())
                                .start();
                Connection connection = Servers.to(server)) {
            GroupRequest message = GroupRequest.newBuilder().setChunk(CHUNK).build();
            Call<GroupRequest> first = connection.open(Rpcs.PROCESS, new Deaf<>());
            sendUntil(first, message, WIDE);
            assertEquals(0, windows.left());
            Call<GroupRequest> second = connection.open(Rpcs.PROCESS, new Deaf<>());
            assertTrue(sendAll(second, message) < 4 * NARROW);

            first.fail(new CallException(CallException.Kind.CANCELLED, "enough"));
            awaitAllLeft();
        }
        awaitAllLeft();
    }

    @Test
    void widensTheFirstStreamsToServers() throws Exception {
        BlockingQueue<Call<GroupResponse>> calls = new LinkedBlockingQueue<>();
        try (Server server =
                        Servers.streaming(call -> {
                            calls.add(call);
                            return new Deaf<GroupRequest>();
                        });
                Connection connection =
                        Connection.to(server.endpoint(), Security.loopbackOnly(), windows)) {
            GroupResponse message = GroupResponse.newBuilder().setChunk(CHUNK).build();
            connection.open(Rpcs.PROCESS, new Deaf<>());
            sendUntil(calls.take(), message, WIDE);
            connection.open(Rpcs.PROCESS, new Deaf<>());
            assertTrue(sendAll(calls.take(), message) < 4 * NARROW);
        }
        awaitAllLeft();
    }

    /// Nothing comes back meanwhile, so no window opens again.
    @Test
    void theStreamsOfAConnectionDoNotShareTheWindowOfOne() throws Exception {
        BlockingQueue<Call<GroupResponse>> calls = new LinkedBlockingQueue<>();
        try (Server server =
                        Servers.streaming(call -> {
                            calls.add(call);
                            return new Deaf<GroupRequest>();
                        });
                OneWay passage = new OneWay(server.endpoint());
                Connection connection =
                        Connection.to(passage.endpoint(), Security.loopbackOnly())) {
            GroupRequest message = GroupRequest.newBuilder().setChunk(CHUNK).build();
            List<Call<GroupRequest>> streams = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                streams.add(connection.open(Rpcs.PROCESS, new Deaf<>()));
                calls.take();
            }
            passage.closeTheWayBack();
            for (Call<GroupRequest> stream : streams) {
                sendUntil(stream, message, WIDE);
            }
            Until.holds(
                    "what the streams have room for is there",
                    () -> passage.passed() > streams.size() * WIDE / 10 * 9);
        }
    }

    private static <T> void sendUntil(Call<T> call, T message, int bytes) throws Exception {
        for (int sent = 0; sent < bytes; sent += CHUNK.getData().size()) {
            Until.holds("it takes more", call::isReady);
            call.send(message);
        }
    }

    /// Answers how many bytes it took.
    private static <T> int sendAll(Call<T> call, T message) {
        int sent = 0;
        for (int idle = 0; idle < 50 && sent < 2 * WIDE; idle++) {
            while (call.isReady() && sent < 2 * WIDE) {
                call.send(message);
                sent += CHUNK.getData().size();
                idle = 0;
            }
            LockSupport.parkNanos(1_000_000);
        }
        return sent;
    }

    private void awaitAllLeft() {
        while (windows.left() < WIDE - NARROW) {
            LockSupport.parkNanos(1_000_000);
        }
    }
}
