package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.protocol.v1.AssignRequest;
import org.stagedpipe.protocol.v1.ListPluginsRequest;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Rpcs;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// An overseer with nodes and operators on real connections.
abstract class OneOverseer {

    static final TestBundle FISH = TestBundle.of("fish", "1.0.0");
    static final TestBundle FISH_1_1 = TestBundle.of("fish", "1.1.0");

    @TempDir Path data;
    final List<TestNode> nodes = new ArrayList<>();
    TestOverseer cluster;

    @BeforeEach
    void open() throws Exception {
        cluster = new TestOverseer(data);
    }

    @AfterEach
    void close() {
        nodes.forEach(TestNode::close);
        cluster.close();
    }

    static List<String> planned(TestNode worker) {
        return versions(worker.plans.getLast().getPluginsList());
    }

    TestNode worker(String name) {
        return opened(TestNode.worker(name, cluster.overseer.nodesAt()));
    }

    TestNode coordinator(String name) {
        return opened(TestNode.coordinator(name, cluster.overseer.nodesAt()));
    }

    TestNode opened(TestNode node) {
        nodes.add(node);
        return node.open();
    }

    List<PluginEntry> plugins() throws CallException, InterruptedException {
        return cluster.operator.list(Rpcs.LIST_PLUGINS, ListPluginsRequest.getDefaultInstance());
    }

    long blobs() throws Exception {
        try (Stream<Path> files = Files.walk(data.resolve("blobs"))) {
            return files.filter(Files::isRegularFile).count();
        }
    }

    static String assign(Connection client, AssignRequest request)
            throws CallException, InterruptedException {
        return client.call(Rpcs.ASSIGN_COORDINATOR, request, Duration.ofSeconds(20))
                .getCoordinator();
    }

    static List<String> versions(List<PluginVersion> plugins) {
        return plugins.stream().map(PluginVersion::getVersion).toList();
    }

    static CallException refused(org.junit.jupiter.api.function.Executable call) {
        return assertThrows(CallException.class, call);
    }
}
