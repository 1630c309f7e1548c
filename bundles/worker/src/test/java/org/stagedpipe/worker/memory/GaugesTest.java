package org.stagedpipe.worker.memory;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.WorkRequest;
import org.stagedpipe.protocol.v1.WorkResponse;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Receiver;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;
import org.stagedpipe.transport.Server;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// The gauges beside that of the heap, in processes whose memory is used up in their ways.
@Timeout(200)
class GaugesTest {

    @TempDir Path folder;

    private static Marks marks(double pause, double resume, double collecting) {
        return new Marks(
                pause,
                resume,
                collecting,
                Duration.ofMillis(500),
                Duration.ofSeconds(10),
                Duration.ofMinutes(1),
                Duration.ofMinutes(1));
    }

    @Test
    void pausesWhileTheTimeGoesIntoCollections() throws Exception {
        Pressed.run(folder, Collects.class, List.of("-Xmx256m", "-XX:+UseSerialGC"));
    }

    @Test
    void pausesWhileTheNetworksBuffersAreInUse() throws Exception {
        Pressed.run(
                folder,
                Receives.class,
                List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:MaxDirectMemorySize=64m"));
    }

    /// While it marks it tells what its pools have, too, and that of new objects is full of garbage then.
    @Test
    void takesNoGarbageForWhatACollectionLeft() throws Exception {
        Pressed.run(
                folder,
                Litters.class,
                List.of("-Xmx128m", "-Xmn70m", "-XX:+UseG1GC", "-XX:+ExplicitGCInvokesConcurrent"));
    }

    @Test
    void takesNoCycleForAPause() throws Exception {
        Pressed.run(folder, Cycles.class, List.of("-Xmx256m", "-XX:+UseZGC"));
    }

    /// Has a heap of which a third lives, makes garbage and lets the collector mark.
    static final class Litters {

        static final double MOST = 0.45;

        private Litters() {}

        /// @param arguments none
        public static void main(String[] arguments) throws Exception {
            List<byte[]> lives = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                lives.add(new byte[100 << 10]); // smaller than half a region
            }
            Garbage garbage = new Garbage();
            Thread.ofPlatform().daemon().start(garbage);
            try (Gauges gauges = new Gauges()) {
                gauges.open();
                for (int i = 0; i < 30; i++) {
                    System.gc();
                    double heap = gauges.read(System.nanoTime()).heap();
                    if (heap > MOST) {
                        throw new AssertionError(
                                heap
                                        + " of the heap, though a third lives, in "
                                        + lives.size()
                                        + " blocks");
                    }
                }
            }
        }
    }

    /// Lets a collector work that does not stop the process.
    static final class Cycles {

        private Cycles() {}

        /// @param arguments none
        public static void main(String[] arguments) throws Exception {
            List<byte[]> lives = new ArrayList<>();
            for (int i = 0; i < 80; i++) {
                lives.add(new byte[1 << 20]);
            }
            Thread.ofPlatform().daemon().start(new Garbage());
            try (Gauges gauges = new Gauges()) {
                gauges.open();
                System.gc();
                double least = 1;
                double collecting = 0;
                for (int i = 0; i < 300; i++) {
                    Thread.sleep(10);
                    Reading reading = gauges.read(System.nanoTime());
                    least = i < 100 ? least : Math.min(least, reading.heap());
                    collecting = Math.max(collecting, reading.collecting());
                }
                if (least < 0.2 || collecting > 0.2) {
                    throw new AssertionError(
                            least
                                    + " of the heap, though "
                                    + lives.size()
                                    + " MiB live; "
                                    + collecting
                                    + " of the time in collections");
                }
            }
        }
    }

    /// Makes it, for ever.
    private static final class Garbage implements Runnable {

        private volatile byte[] last = {};

        @Override
        public void run() {
            while (last.length < Integer.MAX_VALUE) {
                last = new byte[10_000];
            }
        }
    }

    /// Collects all the time, a heap that is a quarter full.
    static final class Collects extends Pressed {

        private final List<byte[]> lives = new ArrayList<>();

        private Collects() {}

        @Override
        void press(Pressure pressure) {
            for (int i = 0; i < 500_000; i++) {
                lives.add(new byte[100]);
            }
            while (pressure.isWanted()) {
                System.gc();
            }
        }

        @Override
        void letGo() {}

        /// @param arguments none
        public static void main(String[] arguments) throws Exception {
            new Collects().main(marks(0.80, 0.65, 0.25), "time in collections at ");
        }
    }

    /// Has streams that it does not read.
    static final class Receives extends Pressed {

        private static final int STREAMS = 24; // a MiB each, 42 with what buffers have beside it
        private static final WorkRequest MESSAGE =
                WorkRequest.newBuilder()
                        .setChunk(
                                Chunk.newBuilder().setData(ByteString.copyFrom(new byte[64 << 10])))
                        .build();

        private @Nullable Connection connection;

        private Receives() {}

        @Override
        void press(Pressure pressure) throws Exception {
            Server server =
                    Server.at(Endpoint.parse("127.0.0.1:0"), Security.loopbackOnly()).stream(
                                    Rpcs.RUN, Receives::readsOne)
                            .maxCalls(STREAMS)
                            .start();
            Connection to = Connection.to(server.endpoint(), Security.loopbackOnly());
            connection = to;
            List<Call<WorkRequest>> calls = new ArrayList<>();
            for (int i = 0; i < STREAMS; i++) {
                calls.add(to.open(Rpcs.RUN, new Deaf<WorkResponse>()));
            }
            while (pressure.isWanted()) {
                calls.stream().filter(Call::isReady).forEach(call -> call.send(MESSAGE));
                LockSupport.parkNanos(100_000);
            }
        }

        /// As a group's part that waits for memory.
        private static Receiver<WorkRequest> readsOne(Call<WorkResponse> call) {
            call.request(1);
            return new Deaf<>();
        }

        @Override
        void letGo() {
            if (connection != null) {
                connection.close();
            }
        }

        /// @param arguments none
        public static void main(String[] arguments) throws Exception {
            new Receives().main(marks(0.40, 0.30, 1), "direct memory at ");
        }
    }

    private static final class Deaf<T> implements Receiver<T> {
        @Override
        public void onMessage(T message) {}

        @Override
        public void onComplete() {}

        @Override
        public void onFailure(CallException failure) {
            System.err.println(failure.getMessage()); // for people, if it was no end of ours
        }
    }
}
