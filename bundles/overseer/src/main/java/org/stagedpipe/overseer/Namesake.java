package org.stagedpipe.overseer;

import org.stagedpipe.protocol.v1.DescribeRequest;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/// Tells another overseer of the same name from an earlier process of this one: by asking at its address.
///
/// @param name of this overseer
/// @param nodesAt where this one serves
record Namesake(String name, Supplier<Endpoint> nodesAt, Security security) {

    private static final Duration ASK_TIMEOUT = Duration.ofSeconds(2);

    /// Longer than an overseer waits for somebody who leads before it answers.
    private static final Duration ASK_AGAIN_TIMEOUT = Duration.ofSeconds(5);

    /// Waits for the answer, at most 7 s.
    boolean answers(Card card) {
        if (card.nodes().equals(nodesAt.get())) {
            return false; // nobody else listens there
        }
        try (Connection connection = Connection.to(card.nodes(), security)) {
            return answers(connection, ASK_TIMEOUT)
                    .or(() -> answers(connection, ASK_AGAIN_TIMEOUT))
                    .orElse(false);
        }
    }

    /// @return empty if the answer did not come in time
    private Optional<Boolean> answers(Connection connection, Duration within) {
        try {
            return Optional.of(
                    connection
                            .call(Rpcs.DESCRIBE, DescribeRequest.getDefaultInstance(), within)
                            .getName()
                            .equals(name));
        } catch (CallException e) {
            return switch (e.kind()) {
                case TIMED_OUT -> Optional.empty();
                case UNREACHABLE, NOT_FOUND, INTERNAL ->
                        Optional.of(false); // nobody, no overseer, or no gRPC at all
                case INVALID, EXISTS, REFUSED, NOT_PERMITTED, BUSY, CANCELLED, CONFLICT ->
                        Optional.of(true);
            };
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of(false);
        }
    }
}
