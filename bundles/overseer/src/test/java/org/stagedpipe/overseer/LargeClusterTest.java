package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.overseer.TestOverseer.until;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.protocol.v1.Applied;
import org.stagedpipe.protocol.v1.ClusterView;
import org.stagedpipe.protocol.v1.GroupEntry;
import org.stagedpipe.protocol.v1.GroupSummary;
import org.stagedpipe.protocol.v1.Heartbeat;
import org.stagedpipe.protocol.v1.ListGroupsRequest;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.NodeOrder;
import org.stagedpipe.protocol.v1.NodeReport;
import org.stagedpipe.protocol.v1.PluginStatus;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

/// So many nodes and versions on real streams that what is told of all of them does not fit into one message, if each
/// node names each version.
@Timeout(120)
class LargeClusterTest {

    private static final Duration WITHIN = Duration.ofSeconds(60);
    private static final int WORKERS = 300;
    private static final int VERSIONS = 300;
    private static final int COORDINATORS = 13;
    private static final int GROUPS = 1_000; // on each of them
    private static final List<PluginStatus> READY =
            IntStream.range(0, VERSIONS)
                    .mapToObj(LargeClusterTest::version)
                    .map(TestNode::ready)
                    .toList();

    @TempDir private Path data;
    private TestOverseer cluster;
    private Connection connection;

    @BeforeEach
    void open() throws Exception {
        cluster = TestOverseer.patient(data, 0);
        connection = Connection.to(cluster.overseer.nodesAt(), Security.loopbackOnly());
        for (int i = 0; i < WORKERS; i++) {
            join("w" + i, Role.WORKER)
                    .send(
                            NodeReport.newBuilder()
                                    .setApplied(
                                            Applied.newBuilder()
                                                    .setRevision(1)
                                                    .addAllPlugins(READY))
                                    .build());
        }
    }

    @AfterEach
    void close() {
        connection.close();
        cluster.close();
    }

    @Test
    void coordinatorsAreShownThemAll() throws Exception {
        long named = (long) WORKERS * READY.getFirst().getPlugin().getSerializedSize() * VERSIONS;
        assertTrue(named > Rpcs.MAX_MESSAGE_BYTES, "bytes: " + named);
        try (TestNode coordinator = TestNode.coordinator("c1", cluster.overseer.nodesAt())) {
            coordinator.open();
            until(
                    WITHIN,
                    "a view of all",
                    () -> !coordinator.views.isEmpty() && isWhole(coordinator.views.getLast()));
            assertEquals(List.of(), coordinator.losses);
        }
    }

    @Test
    void operatorsAreShownThemAll() throws Exception {
        List<GroupSummary> groups =
                IntStream.range(0, GROUPS).mapToObj(LargeClusterTest::group).toList();
        for (int i = 0; i < COORDINATORS; i++) {
            join("c" + i, Role.COORDINATOR)
                    .send(
                            NodeReport.newBuilder()
                                    .setHeartbeat(Heartbeat.newBuilder().addAllGroups(groups))
                                    .build());
        }
        until(WITHIN, "all workers", () -> readyOnes() == WORKERS * VERSIONS);
        long nodes = cluster.nodes().stream().mapToLong(NodeEntry::getSerializedSize).sum();
        assertTrue(nodes > Rpcs.MAX_MESSAGE_BYTES, "bytes: " + nodes);
        until(WITHIN, "all groups", () -> listed().size() == COORDINATORS * GROUPS);
        long bytes = listed().stream().mapToLong(GroupEntry::getSerializedSize).sum();
        assertTrue(bytes > Rpcs.MAX_MESSAGE_BYTES, "bytes: " + bytes);
    }

    private int readyOnes() throws Exception {
        return cluster.nodes().stream().mapToInt(NodeEntry::getPluginsCount).sum();
    }

    private List<GroupEntry> listed() throws Exception {
        return cluster.operator.list(Rpcs.LIST_GROUPS, ListGroupsRequest.getDefaultInstance());
    }

    private static GroupSummary group(int number) {
        return GroupSummary.newBuilder()
                .setGroup(ByteString.copyFromUtf8("%016d".formatted(number)))
                .setPlugin(version(0))
                .setClient("c".repeat(256))
                .build();
    }

    private static boolean isWhole(ClusterView view) {
        return view.getWorkersCount() == WORKERS;
    }

    /// Its orders wait where nobody reads them.
    private Exchange<NodeReport, NodeOrder> join(String name, Role role) throws Exception {
        Exchange<NodeReport, NodeOrder> member = connection.exchange(Rpcs.SUBSCRIBE, null);
        member.send(NodeReport.newBuilder().setHello(TestNode.hello(name, role)).build());
        return member;
    }

    private static PluginVersion version(int number) {
        return PluginVersion.newBuilder()
                .setName("plugin-" + number)
                .setVersion("1.0.0")
                .setSha256(ByteString.copyFrom(new byte[32]))
                .setSize(100_000 + number)
                .build();
    }
}
