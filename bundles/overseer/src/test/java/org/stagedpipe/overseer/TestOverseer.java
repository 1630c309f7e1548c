package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.stagedpipe.cluster.ensemble.Ensembles;
import org.stagedpipe.protocol.v1.ListNodesRequest;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Rpcs;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/// A real overseer on free ports with short leases.
final class TestOverseer implements AutoCloseable {

    static final Duration LEASE = Duration.ofSeconds(2);
    private static final Duration INSTALL_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration SLOW_LEASE = Duration.ofSeconds(4);

    final Overseer overseer;
    final Operator operator;

    TestOverseer(Path data, int port) throws CallException {
        this(data, port, Duration.ofDays(7));
    }

    /// @param collectAfter grace of what nobody needs in the repository
    TestOverseer(Path data, int port, Duration collectAfter) throws CallException {
        this(data, port, collectAfter, LEASE, new InMemoryEnsembles());
    }

    private TestOverseer(
            Path data, int port, Duration collectAfter, Duration lease, Ensembles ensembles)
            throws CallException {
        this(data, port, collectAfter, lease, INSTALL_TIMEOUT, ensembles);
    }

    private TestOverseer(
            Path data,
            int port,
            Duration collectAfter,
            Duration lease,
            Duration installTimeout,
            Ensembles ensembles)
            throws CallException {
        Overseer opened;
        OverseerSettings settings =
                OverseerSettings.read(
                        Map.of(
                                "name",
                                "o1",
                                "data",
                                data.toString(),
                                "port",
                                port,
                                "adminPort",
                                0,
                                "repositoryPort",
                                0,
                                "leaseTtlMs",
                                lease.toMillis(),
                                "heartbeatMs",
                                100,
                                "installTimeoutMs",
                                installTimeout.toMillis(),
                                "collectAfterMs",
                                collectAfter.toMillis()));
        try {
            opened = Overseer.open(settings, "1.0.0", ensembles, why -> {});
        } catch (CallException e) {
            if (port == 0 || !String.valueOf(e.getMessage()).contains("is in use")) {
                throw e;
            }
            // another port of it, which the system chose, may have been the one that is asked for
            opened = Overseer.open(settings, "1.0.0", ensembles, why -> {});
        }
        overseer = opened;
        operator = new Operator(overseer.adminAt());
    }

    TestOverseer(Path data) throws CallException {
        this(data, 0);
    }

    /// One whose store is gone for good after so many changes of the catalogue.
    static TestOverseer crashingAfter(int changes, Path data) throws CallException {
        return new TestOverseer(
                data, 0, Duration.ofDays(7), LEASE, InMemoryEnsembles.goneAfter(changes));
    }

    /// One that gives workers, and uploads, little time.
    static TestOverseer impatient(Path data) throws CallException {
        return new TestOverseer(
                data,
                0,
                Duration.ofDays(7),
                LEASE,
                Duration.ofMillis(200),
                new InMemoryEnsembles());
    }

    /// One whose leases leave a node time to come back on a busy machine.
    static TestOverseer slow(Path data, int port) throws CallException {
        return new TestOverseer(
                data, port, Duration.ofDays(7), SLOW_LEASE, new InMemoryEnsembles());
    }

    /// One whose leases no test outlives.
    static TestOverseer patient(Path data, int port) throws CallException {
        return new TestOverseer(
                data, port, Duration.ofDays(7), Duration.ofMinutes(1), new InMemoryEnsembles());
    }

    /// One with that store.
    static TestOverseer on(Ensembles ensembles, Path data) throws CallException {
        return new TestOverseer(data, 0, Duration.ofDays(7), LEASE, ensembles);
    }

    /// A slow one with that store.
    static TestOverseer slowOn(Ensembles ensembles, Path data) throws CallException {
        return new TestOverseer(data, 0, Duration.ofDays(7), SLOW_LEASE, ensembles);
    }

    /// The store of the overseer with that data, once it has ended.
    static EnsembleStore store(Path data) {
        return new EnsembleStore(
                InMemoryEnsembles.usurp(data.resolve("store").toAbsolutePath().toString()));
    }

    void awaitReady(String... names) throws Exception {
        for (String name : names) {
            until("ready: " + name, () -> "ready".equals(state(name)));
        }
    }

    String state(String name) throws CallException, InterruptedException {
        return nodes().stream()
                .filter(node -> node.getName().equals(name))
                .map(NodeEntry::getState)
                .findFirst()
                .orElse("none");
    }

    List<NodeEntry> nodes() throws CallException, InterruptedException {
        return operator.list(Rpcs.LIST_NODES, ListNodesRequest.getDefaultInstance());
    }

    /// Until it holds, at most 20 s.
    static void until(String what, Callable<Boolean> condition) throws Exception {
        until(Duration.ofSeconds(20), what, condition);
    }

    /// Until it holds, at most so long.
    static void until(Duration atMost, String what, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!holds(condition)) {
            assertTrue(System.nanoTime() < deadline, what);
            Thread.sleep(5);
        }
    }

    /// Who is not reached now may be soon.
    private static boolean holds(Callable<Boolean> condition) throws Exception {
        try {
            return condition.call();
        } catch (CallException e) {
            return false;
        }
    }

    @Override
    public void close() {
        operator.close();
        overseer.close();
    }
}
