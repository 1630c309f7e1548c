package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.cluster.ensemble.Ensemble;
import org.stagedpipe.cluster.ensemble.Terms;
import org.stagedpipe.protocol.v1.DescribeRequest;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;
import org.stagedpipe.zookeeper.ZooKeeperEnsembles;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/// Two overseers that were given one name, on a ZooKeeper that others run.
class NamesakeTest {

    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    @TempDir private Path folder;
    private final Queue<String> recycled = new ConcurrentLinkedQueue<>();

    @Test
    void theSecondDoesNotStartAndTheFirstLeadsOn() throws Exception {
        try (Ensemble others = new ZooKeeperEnsembles().open(others(), why -> {});
                Overseer first = open("first", others.address())) {
            long epoch = epoch(first);
            CallException refused =
                    assertThrows(CallException.class, () -> open("second", others.address()));
            assertEquals(
                    "an overseer named o1 runs at "
                            + first.nodesAt()
                            + " (expected: a name of its own for each overseer)",
                    refused.getMessage());
            assertEquals(epoch, epoch(first));
            assertTrue(recycled.isEmpty(), recycled::toString);
        }
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
                                store)),
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
                Duration.ofMillis(2_500),
                null);
    }
}
