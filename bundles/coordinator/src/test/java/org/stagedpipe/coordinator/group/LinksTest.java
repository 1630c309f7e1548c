package org.stagedpipe.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.ClusterView;
import org.stagedpipe.protocol.v1.WorkerEntry;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Security;
import org.stagedpipe.transport.StreamWindows;

class LinksTest {

    private static final Endpoint WORKER = Endpoint.parse("127.0.0.1:1");
    private static final ClusterView VIEW =
            ClusterView.newBuilder()
                    .addWorkers(WorkerEntry.newBuilder().setAddress(WORKER.toAddress()))
                    .build();

    @Test
    void thatAWorkerIsNotReachedIsSaidOnceUntilThatChanges() {
        try (Links links =
                new Links("c1", Security.loopbackOnly(), new StreamWindows(1 << 20, 0))) {
            links.view(VIEW);
            Links.Link link = links.to(WORKER);
            assertTrue(link.cannotBeReached("w1", unreachable("no such host")));
            assertFalse(link.cannotBeReached("w1", unreachable("no such host")));
            assertTrue(link.cannotBeReached("w1", unreachable("another certificate")));
            link.isReached();
            assertTrue(link.cannotBeReached("w1", unreachable("another certificate")));
            links.view(ClusterView.getDefaultInstance());
            links.view(VIEW);
            assertTrue(link.cannotBeReached("w1", unreachable("another certificate")));
        }
    }

    private static CallException unreachable(String why) {
        return new CallException(Kind.UNREACHABLE, why);
    }
}
