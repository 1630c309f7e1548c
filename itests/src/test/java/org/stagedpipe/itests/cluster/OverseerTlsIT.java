package org.stagedpipe.itests.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.console.admin.PublishListener;
import org.stagedpipe.itests.faults.Certificates;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Security;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;

/// Three overseers with TLS: they elect, they share, and on their ports nobody else gets in.
@EnabledIfSystemProperty(named = "overseers", matches = "all")
class OverseerTlsIT {

    private static final int STORE = 4; // how far the ports are from the first one
    private static final int QUORUM = 5;
    private static final int ELECTION = 6;
    private static final Duration WITHIN = Duration.ofSeconds(60);

    @TempDir Path folder;
    private final Map<String, NodeProcess> nodes = new LinkedHashMap<>();
    private final Map<String, Endpoint> addresses = new LinkedHashMap<>();
    private Security operator = Security.loopbackOnly();

    @Test
    void overseersElectAndNobodyElseGetsIn() throws Exception {
        Certificates certificates = Certificates.in(folder.resolve("certificates"));
        Security.PemFiles overseer = certificates.role("overseer");
        operator = security(certificates.role("operator"));
        Path conf = conf(overseer);
        try {
            for (String name : List.of("o1", "o2", "o3")) {
                start(name, conf);
            }
            until("three", () -> with(admin -> admin.overseer().getOverseersCount() == 3));
            publish(Mode.INSTALL, "1.0.0");
            String first = leader();
            Objects.requireNonNull(nodes.get(first)).kill();
            until("another leads", () -> !List.of("", first).contains(leader()));
            publish(Mode.UPDATE, "1.1.0"); // on the majority that is left
            addresses.remove(first);
            refuse(overseer, certificates);
        } finally {
            nodes.values().forEach(NodeProcess::close);
        }
    }

    private void refuse(Security.PemFiles overseer, Certificates certificates) throws Exception {
        Security.PemFiles worker = certificates.role("worker");
        Security.PemFiles stranger = Certificates.in(folder.resolve("strangers")).role("overseer");
        int listening = 0;
        for (Endpoint one : addresses.values()) {
            for (int distance : List.of(STORE, QUORUM, ELECTION)) {
                int port = one.port() + distance;
                if (!PortProbe.isOpen(port)) {
                    continue; // only the server that leads listens for the others
                }
                listening++;
                String what = one + " + " + distance;
                assertTrue(PortProbe.holds(port, overseer), what + " refuses an overseer");
                assertTrue(PortProbe.refusesPlain(port), what + " takes one without TLS");
                assertTrue(PortProbe.refusesOlderTls(port, overseer), what + " speaks TLS 1.2");
                assertTrue(PortProbe.refuses(port, null), what + " takes one without certificate");
                assertTrue(PortProbe.refuses(port, stranger), what + " takes a stranger");
                if (distance == STORE) { // there the session is refused, not the connection
                    assertTrue(PortProbe.opensSession(port, overseer), what + ": no session");
                    assertFalse(PortProbe.opensSession(port, worker), what + " takes a worker");
                } else {
                    assertTrue(PortProbe.refuses(port, worker), what + " takes a worker");
                }
            }
        }
        assertEquals(5, listening, "ports of two overseers");
    }

    private void start(String name, Path conf) throws Exception {
        List<String> arguments =
                new ArrayList<>(
                        List.of(
                                "--role",
                                "overseer",
                                "--conf",
                                conf.toString(),
                                "--port",
                                Integer.toString(FreePorts.overseer())));
        if (!addresses.isEmpty()) {
            arguments.addAll(
                    List.of("--overseer", addresses.values().iterator().next().toString()));
        }
        NodeProcess node = NodeProcess.start(name, folder.resolve(name), arguments);
        nodes.put(name, node);
        addresses.put(name, Endpoint.parse(node.awaitReady()));
    }

    private interface Question<T> {
        T ask(AdminClient admin) throws Exception;
    }

    private <T> T with(Question<T> question) throws Exception {
        try (AdminClient admin =
                AdminClient.connect(List.copyOf(addresses.values()).reversed(), operator)) {
            return question.ask(admin);
        }
    }

    private String leader() throws Exception {
        try {
            return with(admin -> admin.overseer().getLeader());
        } catch (CallException e) {
            return "";
        }
    }

    private void publish(Mode mode, String version) throws Exception {
        Path jar = ProbePlugin.build(folder, "probe", version, "1");
        with(admin -> admin.publish(mode, jar, null, PublishListener.none()));
    }

    private static void until(String what, Callable<Boolean> holds) throws Exception {
        long end = System.nanoTime() + WITHIN.toNanos();
        while (!holds.call()) {
            assertTrue(System.nanoTime() < end, "not within a minute: " + what);
            Thread.sleep(20);
        }
    }

    private static Security security(Security.PemFiles files) {
        return Security.tls(files.certificate(), files.key(), files.authorities());
    }

    private Path conf(Security.PemFiles files) throws Exception {
        Path conf = Files.createDirectories(folder.resolve("conf"));
        Files.writeString(
                conf.resolve("overseer.json"),
                """
                {"org.stagedpipe.overseer":
                  {"tlsCertificate": "%s", "tlsKey": "%s", "tlsAuthorities": "%s"}}
                """
                        .formatted(files.certificate(), files.key(), files.authorities()));
        return conf;
    }
}
