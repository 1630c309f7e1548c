package org.stagedpipe.benchmarks.dataplane;

import io.grpc.stub.CallStreamObserver;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/// One direction of a stream through a process: asks for more only while what comes can go on.
final class Pipe<T> {

    /// Messages that are asked for beforehand.
    static final int PREFETCH = 64;

    private static final int AT_ONCE = PREFETCH / 2;

    private final CallStreamObserver<T> source;
    private final CallStreamObserver<T> target;
    private final UnaryOperator<T> work;
    private final AtomicInteger owed = new AtomicInteger();

    Pipe(CallStreamObserver<T> source, CallStreamObserver<T> target, UnaryOperator<T> work) {
        this.source = source;
        this.target = target;
        this.work = work;
    }

    void pass(T message) {
        target.onNext(work.apply(message));
        if (owed.incrementAndGet() >= AT_ONCE) {
            ready();
        }
    }

    /// The target may take more.
    void ready() {
        if (target.isReady()) {
            int messages = owed.getAndSet(0);
            if (messages > 0) {
                source.request(messages);
            }
        }
    }
}
