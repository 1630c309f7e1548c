package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.protocol.v1.DescribeRequest;
import org.stagedpipe.protocol.v1.ListNodesRequest;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.Rpc;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;

import java.nio.file.Path;
import java.time.Duration;

/// A caller that resets its calls as fast as it makes them.
@Timeout(120)
class ResetsTest {

    /// For one of them a machine that is busy may be too slow: a call that says nothing ends after a while in any case.
    private static final int ATTEMPTS = 3;

    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    @TempDir private Path data;

    @Test
    void losesItsConnectionOnEitherPort() throws Exception {
        try (TestOverseer cluster = new TestOverseer(data)) {
            assertLost(
                    cluster.overseer.nodesAt(),
                    Rpcs.DESCRIBE,
                    DescribeRequest.getDefaultInstance());
            assertLost(
                    cluster.overseer.adminAt(),
                    Rpcs.LIST_NODES,
                    ListNodesRequest.getDefaultInstance());
        }
    }

    private static <I, O> void assertLost(Endpoint port, Rpc<I, O> rpc, I request)
            throws Exception {
        try (Connection connection = Connection.to(port, Security.loopbackOnly())) {
            connection.list(rpc, request, TIMEOUT); // from now on calls go out as they are made
            Kind end = Kind.TIMED_OUT;
            for (int attempt = 0; attempt < ATTEMPTS && end == Kind.TIMED_OUT; attempt++) {
                Exchange<I, O> silent = connection.exchange(rpc, null);
                for (int i = 0; i <= Overseer.MAX_RESETS; i++) {
                    connection.exchange(rpc, null).close();
                }
                end = assertThrows(CallException.class, silent::next).kind();
            }
            assertNotEquals(Kind.TIMED_OUT, end, "it goes on");
        }
    }
}
