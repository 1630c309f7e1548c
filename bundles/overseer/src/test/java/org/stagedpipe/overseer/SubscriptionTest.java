package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.Hello;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Peer;

import java.util.List;

class SubscriptionTest {

    @Test
    void aNodeHasTheRoleAndTheNameThatItsCertificateSays() {
        Peer worker = new Peer(List.of("worker/w1"), "");
        assertDoesNotThrow(() -> Subscription.checkName(worker, hello("w1", Role.WORKER)));
        assertEquals(
                "coordinator/w1 with a certificate of worker/w1 (expected: one of its own, with"
                        + " the URI spiffe://CLUSTER/coordinator/w1)",
                refused(worker, hello("w1", Role.COORDINATOR)));
        Peer both = new Peer(List.of("worker/n1", "coordinator/n2"), "");
        assertDoesNotThrow(() -> Subscription.checkName(both, hello("n2", Role.COORDINATOR)));
        assertEquals(
                "worker/n2 with a certificate of worker/n1, coordinator/n2 (expected: one of its"
                        + " own, with the URI spiffe://CLUSTER/worker/n2)",
                refused(both, hello("n2", Role.WORKER)));
        assertDoesNotThrow(
                () -> Subscription.checkName(Peer.UNKNOWN, hello("n2", Role.COORDINATOR)));
    }

    private static String refused(Peer peer, Hello hello) {
        CallException refused =
                assertThrows(CallException.class, () -> Subscription.checkName(peer, hello));
        assertEquals(Kind.NOT_PERMITTED, refused.kind());
        return String.valueOf(refused.getMessage());
    }

    private static Hello hello(String name, Role role) {
        return Hello.newBuilder().setName(name).setRole(role).build();
    }
}
