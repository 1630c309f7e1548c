package org.stagedpipe.worker;

import org.stagedpipe.protocol.v1.Suspicion;
import org.stagedpipe.protocol.v1.WatchRequest;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;

import java.time.Duration;

/// A coordinator that hears whether a suspect of another one runs.
final class TestWatch implements AutoCloseable {

    private final Connection connection;
    private final Exchange<WatchRequest, Suspicion> exchange;

    /// Begins to watch; it has not answered yet.
    TestWatch(Endpoint worker, String coordinator) throws Exception {
        connection = Connection.to(worker, Security.loopbackOnly());
        exchange = connection.exchange(Rpcs.WATCH, Duration.ofSeconds(20));
        exchange.send(WatchRequest.newBuilder().setCoordinator(coordinator).build());
    }

    Suspicion next() throws Exception {
        Suspicion next = exchange.next();
        if (next == null) {
            throw new AssertionError("the stream has ended");
        }
        return next;
    }

    void answer(Suspicion to) throws Exception {
        exchange.send(WatchRequest.newBuilder().setTurn(to.getTurn()).build());
    }

    @Override
    public void close() {
        exchange.close();
        connection.close();
    }
}
