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
/// Inputs are messages as they follow each other on a stream, each with its length before it. Of one that ends inside a message the
/// client cancels the call there, after an even number of messages once the group is open.
@SuppressWarnings("NullAway.Init")
final class ConversationFuzzTest {

    private static final Set<Kind> REFUSALS = Set.of(Kind.INVALID, Kind.NOT_FOUND);
    private static final CallException GIVEN_UP = new CallException(Kind.CANCELLED, "given up");

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
        TestGroup group = cluster.stream();
        List<GroupRequest> messages = new ArrayList<>();
        ByteArrayInputStream in = new ByteArrayInputStream(stream);
        boolean isCutOff = false;
        try {
            for (GroupRequest message = GroupRequest.parseDelimitedFrom(in);
                    message != null;
                    message = GroupRequest.parseDelimitedFrom(in)) {
                messages.add(own(message, group));
            }
        } catch (InvalidProtocolBufferException e) {
            isCutOff = true;
        }
        messages.forEach(group.call()::send);
        if (!isCutOff) {
            group.call().complete();
        } else if (messages.isEmpty() || messages.size() % 2 == 1 || group.opensInTime()) {
            group.call().fail(GIVEN_UP);
        }
        Until.holds(
                () -> group.closed() != null || group.failure() != null,
                () -> "no end: " + messages);
        CallException why = group.failure();
        GroupClosed closed = group.closed();
        if (why != null && !GIVEN_UP.getMessage().equals(why.getMessage())) {
            assertTrue(REFUSALS.contains(why.kind()), () -> why.kind() + ": " + why.getMessage());
        } else if (closed != null && why == null) {
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

    /// With its own id, or what was left of the last one is in its way.
    private static GroupRequest own(GroupRequest message, TestGroup group) {
        if (message.getOpen().getGroup().size() != group.id().size()) {
            return message;
        }
        GroupRequest.Builder own = message.toBuilder();
        own.getOpenBuilder().setGroup(group.id());
        return own.build();
    }
}
