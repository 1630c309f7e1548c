package org.stagedpipe.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.protocol.v1.GroupResponse;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Exchange;

import java.util.concurrent.atomic.AtomicInteger;

/// Coordinators that are lost one after the other.
@Timeout(60)
class InVainTest {

    private static final int MOST = 10;

    private final AtomicInteger opened = new AtomicInteger();

    @Test
    void anItemThatMayBeTheCauseEndsItsGroup() throws Exception {
        try (Cluster cluster = Cluster.that(this::dieWithAnItem);
                Group group = cluster.group().open()) {
            group.submit(new byte[1]);
            ClientException e = assertThrows(ClientException.class, group::take);

            assertEquals(Kind.UNREACHABLE, e.kind());
            assertTrue(
                    e.getMessage().contains("10 coordinators were lost without a single outcome"),
                    e.getMessage());
            assertEquals(1 + MOST, opened.get());
        }
    }

    @Test
    void aGroupWithoutItemsIsNoCause() throws Exception {
        try (Cluster cluster = Cluster.that(this::stopOften);
                Group group = cluster.group().open()) {
            while (opened.get() < MOST + 2) { // with longer and longer pauses
                Thread.sleep(20);
            }
            group.submit(new byte[1]);

            assertInstanceOf(Outcome.Ok.class, group.take());
        }
    }

    private void dieWithAnItem(Exchange<GroupResponse, GroupRequest> client)
            throws CallException, InterruptedException {
        opened.incrementAndGet();
        client.next();
        throw new CallException(Kind.UNREACHABLE, "lost");
    }

    private void stopOften(Exchange<GroupResponse, GroupRequest> client)
            throws CallException, InterruptedException {
        if (opened.incrementAndGet() < MOST + 2) {
            throw new CallException(Kind.UNREACHABLE, "stops");
        }
        Cluster.echo(client);
    }
}
