package org.stagedpipe.benchmarks.dataplane;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.google.protobuf.UnsafeByteOperations;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;

import org.stagedpipe.benchmarks.dataplane.plugin.Reading;
import org.stagedpipe.benchmarks.naive.NaiveGrpc;
import org.stagedpipe.benchmarks.naive.NaiveItem;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.function.UnaryOperator;

/// A process beside the cluster: a worker that answers, or a relay in front of one. Each serves single items and frames.
final class RelayProcess {

    static final int WINDOW = 1 << 20; // as the cluster's

    private RelayProcess() {}

    /// What calls the code of a stream, in all three processes.
    enum Threads {
        /// Those that read and write, as a node has it.
        TRANSPORT,
        /// gRPC's own pool, as it comes.
        POOL
    }

    /// The threads that it runs on, then nothing for the worker, or the worker's address for the relay.
    public static void main(String[] arguments) throws Exception {
        Threads threads = Threads.valueOf(arguments[0]);
        NettyServerBuilder server =
                NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
                        .flowControlWindow(WINDOW);
        if (threads == Threads.TRANSPORT) {
            server.directExecutor();
        }
        if (arguments.length == 1) {
            server.addService(new NaiveWorker())
                    .addService(Frames.service(out -> Relay.echo(out, UnaryOperator.identity())));
        } else {
            ManagedChannel worker = channel(arguments[1], threads);
            server.addService(new NaiveRelay(NaiveGrpc.newStub(worker)))
                    .addService(Frames.service(out -> Relay.pass(out, up -> open(worker, up))));
        }
        var started = server.build().start();
        System.out.println("relay r on 127.0.0.1:" + started.getPort());
        started.awaitTermination();
    }

    static ManagedChannel channel(String address, Threads threads) {
        NettyChannelBuilder channel =
                NettyChannelBuilder.forTarget("dns:///" + address)
                        .usePlaintext()
                        .flowControlWindow(WINDOW);
        if (threads == Threads.TRANSPORT) {
            channel.directExecutor();
        }
        return channel.build();
    }

    static void open(ManagedChannel channel, StreamObserver<byte[]> answers) {
        ClientCalls.asyncBidiStreamingCall(
                channel.newCall(Frames.PROCESS, CallOptions.DEFAULT), answers);
    }

    private static final class NaiveWorker extends NaiveGrpc.NaiveImplBase {

        private final ObjectMapper mapper = new ObjectMapper();
        private final ObjectReader reader = mapper.readerFor(Reading.class);
        private final ObjectWriter writer = mapper.writerFor(Reading.class);

        @Override
        public StreamObserver<NaiveItem> process(StreamObserver<NaiveItem> answers) {
            return Relay.echo(answers, RelayProcess::again);
        }

        @Override
        public StreamObserver<NaiveItem> processJson(StreamObserver<NaiveItem> answers) {
            return Relay.echo(answers, this::json);
        }

        private NaiveItem json(NaiveItem item) {
            try {
                Reading reading = reader.readValue(item.getData().newInput());
                byte[] written = writer.writeValueAsBytes(reading);
                return item.toBuilder().setData(UnsafeByteOperations.unsafeWrap(written)).build();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static NaiveItem again(NaiveItem item) {
        return NaiveItem.newBuilder()
                .setSequence(item.getSequence())
                .setData(item.getData())
                .build();
    }

    private static final class NaiveRelay extends NaiveGrpc.NaiveImplBase {

        private final NaiveGrpc.NaiveStub worker;

        NaiveRelay(NaiveGrpc.NaiveStub worker) {
            this.worker = worker;
        }

        @Override
        public StreamObserver<NaiveItem> process(StreamObserver<NaiveItem> answers) {
            return Relay.pass(answers, worker::process);
        }

        @Override
        public StreamObserver<NaiveItem> processJson(StreamObserver<NaiveItem> answers) {
            return Relay.pass(answers, worker::processJson);
        }
    }
}
