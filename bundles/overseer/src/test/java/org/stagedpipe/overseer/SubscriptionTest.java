package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Caller;
import org.stagedpipe.transport.Peer;

import java.util.Set;

class SubscriptionTest {

    @Test
    void aNodeHasTheRoleThatItsCertificateSays() {
        Peer worker = new Peer("worker/w1", Set.of(Caller.WORKER), "");
        assertDoesNotThrow(() -> Subscription.checkRole(worker, Role.WORKER));
        CallException refused =
                assertThrows(
                        CallException.class,
                        () -> Subscription.checkRole(worker, Role.COORDINATOR));
        assertEquals(Kind.NOT_PERMITTED, refused.kind());
        assertEquals(
                "role COORDINATOR of a node whose certificate says worker/w1",
                refused.getMessage());
        Peer both = new Peer("worker/n1", Set.of(Caller.WORKER, Caller.COORDINATOR), "");
        assertDoesNotThrow(() -> Subscription.checkRole(both, Role.COORDINATOR));
        assertDoesNotThrow(() -> Subscription.checkRole(Peer.UNKNOWN, Role.COORDINATOR));
    }
}
