package org.stagedpipe.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.InvalidProtocolBufferException;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.stagedpipe.protocol.v1.GroupClosed;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Whole conversations with a coordinator on real connections: each ends well, with counts that add up, or with a failure
/// that says why; another group does not notice, and nothing is left.
///
/// Inputs are messages as they follow each other on a stream, each with its length before it.
@SuppressWarnings("NullAway.Init")
final class ConversationFuzzTest {

    private static final Set<Kind> REFUSALS = Set.of(Kind.INVALID, Kind.NOT_FOUND, Kind.EXISTS);

    private static TestCluster cluster;
    private static TestGroup neighbour;
    private static long next;

    @BeforeAll
    static void open() throws Exception {
        cluster = new TestCluster(1, "groupWindowItems", 64, "maxItemBytes", 2_000_000);
        neighbour = cluster.group();
    }

    @AfterAll
    static void close() throws Exception {
        neighbour.finish();
        cluster.overseer()
                .awaitHeartbeat(beat ->
                        beat.getLoad().getGroups() == 0
                                && beat.getLoad().getItemsInFlight() == 0
                                && beat.getLoad().getBytesInFlight() == 0);
        cluster.close();
    }

    @FuzzTest(maxDuration = "1m")
    void anyConversation(byte[] stream) throws IOException {
        List<GroupRequest> messages = new ArrayList<>();
        ByteArrayInputStream in = new ByteArrayInputStream(stream);
        try {
            for (GroupRequest message = GroupRequest.parseDelimitedFrom(in);
                    message != null;
                    message = GroupRequest.parseDelimitedFrom(in)) {
                messages.add(message);
            }
        } catch (InvalidProtocolBufferException e) {
            return; // gRPC refuses that before anybody sees it
        }
        TestGroup group = cluster.stream();
        messages.forEach(group.call()::send);
        group.call().complete();
        Until.holds(
                () -> group.closed() != null || group.failure() != null,
                () -> "no end: " + messages);
        CallException why = group.failure();
        GroupClosed closed = group.closed();
        if (why != null) {
            assertTrue(REFUSALS.contains(why.kind()), () -> why.kind() + ": " + why.getMessage());
        } else if (closed != null) {
            assertEquals(
                    closed.getAccepted(),
                    closed.getOk() + closed.getFailed() + closed.getAborted());
            assertEquals(closed.getAccepted(), group.order().size());
        }
        assertEquals(List.of(), group.twice());
        neighbour.send(next, 1);
        next++;
        neighbour.awaitAnswers((int) next);
    }
}
