package org.stagedpipe.overseer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.protocol.v1.DescribeRequest;
import org.stagedpipe.protocol.v1.OverseerInfo;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;

import java.time.Duration;
import java.util.function.Supplier;

/// Looks for members of this cluster that serve another one: whoever founded it, lost its disk and has no other overseers in its
/// settings founds one anew, and clients that know its address find an empty cluster there. For one thread at a time.
final class Rivals {

    private static final Logger LOG = LoggerFactory.getLogger(Rivals.class);
    private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(4);
    private static final DescribeRequest WHO = DescribeRequest.newBuilder().setItself(true).build();

    private final Peers peers;
    private final Supplier<Endpoint> here;
    private final Security security;

    /// @param here where this one serves nodes
    Rivals(Peers peers, Supplier<Endpoint> here, Security security) {
        this.peers = peers;
        this.here = here;
        this.security = security;
    }

    /// Asks where each member was that is not here, at most 4 s each.
    void look() throws InterruptedException {
        for (String name : peers.absent()) {
            Card card = peers.seen(name).map(Peers.Sighting::card).orElse(null);
            if (card != null && servesAnother(card)) {
                LOG.warn(
                        "{} at {} is a member of this cluster and serves another one, an empty one"
                            + " if its disk was lost (expected: none; stop it, empty its folder and"
                            + " name the other overseers in its settings)",
                        name,
                        card.nodes());
            }
        }
    }

    private boolean servesAnother(Card card) throws InterruptedException {
        try (Connection connection = Connection.to(card.nodes(), security)) {
            OverseerInfo info = connection.call(Rpcs.DESCRIBE, WHO, ANSWERS_WITHIN);
            return info.getName().equals(card.name())
                    && info.getOverseersCount() > 0 // else it is on its way back to here
                    && !info.getOverseersList().contains(here.get().toString());
        } catch (CallException e) {
            return false;
        }
    }
}
