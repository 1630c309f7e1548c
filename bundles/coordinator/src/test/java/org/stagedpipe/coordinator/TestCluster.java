package org.stagedpipe.coordinator;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;

import org.stagedpipe.protocol.v1.OpenGroup;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Security;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;

/// An overseer, a coordinator, workers and a client's connection, on loopback ports of their own.
final class TestCluster implements AutoCloseable {

    static final PluginVersion ECHO = plugin("echo", "1.0.0");

    private final TestOverseer overseer;
    private final Coordinator coordinator;
    private final Connection client;
    private final List<TestWorker> workers = new ArrayList<>();
    private final AtomicBoolean stopped = new AtomicBoolean();
    private long lastGroup;

    /// With that many workers, all ready, and the plugin `echo`.
    ///
    /// @param settings of the coordinator, as key, value, key, value, …
    TestCluster(int workers, Object... settings) throws CallException, InterruptedException {
        overseer = new TestOverseer();
        overseer.route(ECHO, ECHO);
        for (int i = 1; i <= workers; i++) {
            overseer.list(add("w" + i), true);
        }
        Map<String, Object> properties = new HashMap<>();
        properties.put("name", "c1");
        properties.put("port", 0);
        properties.put("overseers", overseer.endpoint().toString());
        properties.put("data", "target/" + java.util.UUID.randomUUID());
        properties.put("stopTimeoutMs", 50);
        for (int i = 0; i < settings.length; i += 2) {
            properties.put((String) settings[i], settings[i + 1]);
        }
        coordinator = new Coordinator(CoordinatorSettings.read(properties), "1.0.0");
        Endpoint endpoint = coordinator.open();
        client = Connection.to(endpoint, Security.loopbackOnly());
        overseer.awaitMember();
    }

    static PluginVersion plugin(String name, String version) {
        return PluginVersion.newBuilder()
                .setName(name)
                .setVersion(version)
                .setSha256(ByteString.copyFrom(Arrays.copyOf((name + version).getBytes(UTF_8), 32)))
                .build();
    }

    /// A worker that the overseer does not name yet.
    TestWorker add(String name) throws CallException {
        TestWorker worker = new TestWorker(name);
        workers.add(worker);
        return worker;
    }

    TestWorker worker(int index) {
        return workers.get(index);
    }

    List<TestWorker> workers() {
        return workers;
    }

    TestOverseer overseer() {
        return overseer;
    }

    Connection client() {
        return client;
    }

    /// A stream on which nothing was sent.
    TestGroup stream() {
        byte[] id = ByteBuffer.allocate(16).putLong(0).putLong(++lastGroup).array();
        return new TestGroup(client, ByteString.copyFrom(id));
    }

    TestGroup group() {
        return group(open -> open);
    }

    /// A group on `echo` that is open.
    TestGroup group(UnaryOperator<OpenGroup.Builder> change) {
        TestGroup group = stream().open("echo", change);
        group.awaitOpened();
        return group;
    }

    /// A group on `echo` that all workers have opened.
    TestGroup groupOnAll(UnaryOperator<OpenGroup.Builder> change) {
        TestGroup group = group(change);
        overseer.awaitGroup(group.id(), summary -> summary.getWorkersCount() == workers.size());
        return group;
    }

    /// Sends what the overseer knows.
    void publish() throws CallException, InterruptedException {
        overseer.publish();
    }

    /// Stops the coordinator, once.
    void stop() {
        if (!stopped.getAndSet(true)) {
            coordinator.close();
        }
    }

    @Override
    public void close() {
        client.close();
        stop();
        workers.forEach(TestWorker::close);
        overseer.close();
    }
}
