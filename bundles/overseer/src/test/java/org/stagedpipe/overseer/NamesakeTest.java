package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.stagedpipe.cluster.ensemble.Ensemble;
import org.stagedpipe.cluster.ensemble.Terms;
import org.stagedpipe.protocol.v1.Assignment;
import org.stagedpipe.protocol.v1.DescribeRequest;
import org.stagedpipe.protocol.v1.OverseerInfo;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;
import org.stagedpipe.transport.Server;
import org.stagedpipe.transport.UnaryHandler;
import org.stagedpipe.zookeeper.ZooKeeperEnsembles;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/// Two overseers that were given one name, on a ZooKeeper that others run.
class NamesakeTest {

    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final Endpoint NOWHERE = new Endpoint("127.0.0.1", 1);

    @TempDir private Path folder;
    private final Queue<String> recycled = new ConcurrentLinkedQueue<>();

    @Test
    void theSecondDoesNotStartAndTheFirstLeadsOn() throws Exception {
        try (Ensemble others = new ZooKeeperEnsembles().open(others(), why -> {});
                Overseer first = open("first", others.address())) {
            long epoch = epoch(first);
            CallException refused =
                    assertThrows(CallException.class, () -> open("second", others.address()));
            String begin =
                    "an overseer named o1 runs, its card is \""
                            + new Card(
                                    "o1", first.nodesAt(), first.adminAt(), first.repositoryAt());
            assertTrue(refused.getMessage().startsWith(begin), refused.getMessage());
            assertTrue(
                    refused.getMessage()
                            .endsWith("\" (expected: a name of its own for each overseer)"),
                    refused.getMessage());
            assertEquals(epoch, epoch(first));
            assertTrue(recycled.isEmpty(), recycled::toString);
        }
    }

    @ParameterizedTest
    @EnumSource
    void whoRefusesToAnswerIsThere(Kind kind) throws Exception {
        assertTrue(
                answers(request -> {
                    throw new CallException(kind, "not now");
                }));
    }

    @Test
    void whoHasAnotherNameIsNot() throws Exception {
        assertFalse(answers(request -> OverseerInfo.newBuilder().setName("o2").build()));
    }

    @Test
    void whoHasAnotherNameIsNotWhileNobodyLeadsEither() throws Exception {
        Seat seat =
                new Seat(
                        "o2",
                        card -> false,
                        card -> false,
                        epoch -> {
                            throw new AssertionError("nobody leads");
                        });
        FrontDesk desk =
                new FrontDesk(
                        new FrontDesk.Here("o2", "1.0.0", () -> NOWHERE, () -> ""),
                        seat,
                        new Peers(
                                "o2",
                                InMemoryEnsembles.usurp("NamesakeTest"),
                                System::currentTimeMillis),
                        Security.loopbackOnly(),
                        "");
        assertFalse(answers(desk::describe));
    }

    @Test
    void aNodeThatIsNoOverseerIsNotNorIsNobody() throws Exception {
        Endpoint at;
        try (Server worker =
                Server.at(new Endpoint("127.0.0.1", 0), Security.loopbackOnly()).start()) {
            at = worker.endpoint();
            assertFalse(isAnother(at));
        }
        assertFalse(isAnother(at));
    }

    /// Whether who is asked and does that counts as another `o1`.
    private static boolean answers(UnaryHandler<DescribeRequest, OverseerInfo> said)
            throws Exception {
        try (Server other =
                Server.at(new Endpoint("127.0.0.1", 0), Security.loopbackOnly())
                        .unary(Rpcs.DESCRIBE, said)
                        .unary(Rpcs.ASSIGN_COORDINATOR, request -> Assignment.getDefaultInstance())
                        .exchange(Rpcs.SUBSCRIBE, exchange -> {})
                        .start()) {
            return isAnother(other.endpoint());
        }
    }

    private static boolean isAnother(Endpoint at) {
        return new Namesake("o1", () -> NOWHERE, Security.loopbackOnly())
                .answers(new Card("o1", at, at, "http://127.0.0.1"));
    }

    private static long epoch(Overseer overseer) throws Exception {
        try (Connection connection = Connection.to(overseer.nodesAt(), Security.loopbackOnly())) {
            return connection
                    .call(Rpcs.DESCRIBE, DescribeRequest.getDefaultInstance(), TIMEOUT)
                    .getEpoch();
        }
    }

    private Overseer open(String data, String store) throws CallException {
        return Overseer.open(
                OverseerSettings.read(
                        Map.of(
                                "name",
                                "o1",
                                "data",
                                folder.resolve(data).toString(),
                                "port",
                                0,
                                "adminPort",
                                0,
                                "repositoryPort",
                                0,
                                "store",
                                store,
                                "storeSessionMs",
                                10_000)), // the first is to lead on, however busy the machine is
                "1.0.0",
                new ZooKeeperEnsembles(),
                recycled::add);
    }

    private Terms others() {
        return new Terms(
                "others",
                folder.resolve("others"),
                "127.0.0.1",
                "127.0.0.1",
                List.of(0, 0, 0),
                null,
                () -> "",
                Duration.ofSeconds(10),
                null);
    }
}
