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

    private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(5);
    private static final DescribeRequest WHO = DescribeRequest.newBuilder().setItself(true).build();

    /// Waits for the answer, at most 5 s. One that does not say its name is there all the same.
    boolean answers(Card card) {
        if (card.nodes().equals(nodesAt.get())) {
            return false; // nobody else listens there
        }
        try (Connection connection = Connection.to(card.nodes(), security)) {
            return connection.call(Rpcs.DESCRIBE, WHO, ANSWERS_WITHIN).getName().equals(name);
        } catch (CallException e) {
            return e.isAnswer();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
