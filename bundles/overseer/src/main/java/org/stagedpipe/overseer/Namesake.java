package org.stagedpipe.overseer;

import org.stagedpipe.protocol.v1.DescribeRequest;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;

import java.time.Duration;
import java.util.function.Supplier;

/// Tells another overseer of the same name from an earlier process of this one: by asking at its address.
///
/// @param name of this overseer
/// @param nodesAt where this one serves
record Namesake(String name, Supplier<Endpoint> nodesAt, Security security) {

    private static final Duration ASK_TIMEOUT = Duration.ofSeconds(2);

    /// Waits for the answer, at most 2 s.
    boolean answers(Card card) {
        if (card.nodes().equals(nodesAt.get())) {
            return false; // nobody else listens there
        }
        try (Connection connection = Connection.to(card.nodes(), security)) {
            return connection
                    .call(Rpcs.DESCRIBE, DescribeRequest.getDefaultInstance(), ASK_TIMEOUT)
                    .getName()
                    .equals(name);
        } catch (CallException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
