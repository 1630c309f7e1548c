package org.stagedpipe.benchmarks.dataplane;

import io.grpc.stub.CallStreamObserver;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;

import org.jspecify.annotations.Nullable;

import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/// What the processes beside the cluster do with a stream.
final class Relay {

    private Relay() {}

    /// Answers each message.
    static <T> StreamObserver<T> echo(StreamObserver<T> answers, UnaryOperator<T> work) {
        var back = (ServerCallStreamObserver<T>) answers;
        Pipe<T> pipe = new Pipe<>(back, back, work);
        prepare(back, pipe);
        return observer(pipe::pass, back);
    }

    /// Passes both directions on.
    ///
    /// @param open opens the stream to the worker
    static <T> StreamObserver<T> pass(StreamObserver<T> answers, Consumer<StreamObserver<T>> open) {
        var down = (ServerCallStreamObserver<T>) answers;
        Upstream<T> upstream = new Upstream<>(down);
        open.accept(upstream);
        Pipe<T> up = Objects.requireNonNull(upstream.forth);
        CallStreamObserver<T> worker = Objects.requireNonNull(upstream.worker);
        Pipe<T> back = Objects.requireNonNull(upstream.back);
        prepare(down, back);
        return observer(up::pass, worker);
    }

    private static <T> void prepare(ServerCallStreamObserver<T> caller, Pipe<T> towardsIt) {
        caller.disableAutoRequest();
        caller.setOnReadyHandler(towardsIt::ready);
        caller.setOnCancelHandler(() -> {});
        caller.request(Pipe.PREFETCH);
    }

    private static <T> StreamObserver<T> observer(Consumer<T> next, StreamObserver<T> end) {
        return new StreamObserver<>() {
            @Override
            public void onNext(T message) {
                next.accept(message);
            }

            @Override
            public void onError(Throwable failure) {
                end.onError(failure);
            }

            @Override
            public void onCompleted() {
                end.onCompleted();
            }
        };
    }

    /// The stream to the worker.
    private static final class Upstream<T> implements ClientResponseObserver<T, T> {

        private final ServerCallStreamObserver<T> down;
        private @Nullable CallStreamObserver<T> worker;
        private @Nullable Pipe<T> forth;
        private @Nullable Pipe<T> back;

        Upstream(ServerCallStreamObserver<T> down) {
            this.down = down;
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<T> requests) {
            Pipe<T> towardsWorker = new Pipe<>(down, requests, UnaryOperator.identity());
            worker = requests;
            forth = towardsWorker;
            back = new Pipe<>(requests, down, UnaryOperator.identity());
            requests.disableAutoRequestWithInitial(Pipe.PREFETCH);
            requests.setOnReadyHandler(towardsWorker::ready);
        }

        @Override
        public void onNext(T message) {
            Objects.requireNonNull(back).pass(message);
        }

        @Override
        public void onError(Throwable failure) {
            down.onError(failure);
        }

        @Override
        public void onCompleted() {
            down.onCompleted();
        }
    }
}
