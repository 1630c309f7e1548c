package org.stagedpipe.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.cluster.Settings;
import org.stagedpipe.cluster.SettingsException;
import org.stagedpipe.cluster.ensemble.PemStores;
import org.stagedpipe.cluster.ensemble.Terms;
import org.stagedpipe.protocol.v1.CancelGroupRequest;
import org.stagedpipe.protocol.v1.CancelGroupResponse;
import org.stagedpipe.protocol.v1.CordonNodeRequest;
import org.stagedpipe.protocol.v1.DecideRolloutRequest;
import org.stagedpipe.protocol.v1.DescribePluginRequest;
import org.stagedpipe.protocol.v1.DescribeRequest;
import org.stagedpipe.protocol.v1.ListAuditRequest;
import org.stagedpipe.protocol.v1.ListAuditResponse;
import org.stagedpipe.protocol.v1.ListNodesRequest;
import org.stagedpipe.protocol.v1.ListRolloutsRequest;
import org.stagedpipe.protocol.v1.ListRolloutsResponse;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.NodeOrder;
import org.stagedpipe.protocol.v1.NodeReport;
import org.stagedpipe.protocol.v1.OverseerInfo;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.RolloutEntry;
import org.stagedpipe.protocol.v1.Welcome;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Security.PemFiles;
import org.stagedpipe.transport.node.NodeSettings;

import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

@Timeout(30)
class MutualTlsTest {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final NodeOrder WELCOME =
            NodeOrder.newBuilder().setWelcome(Welcome.newBuilder().setEpoch(1)).build();

    private static final StreamWindows NARROW = new StreamWindows(64 << 10, 4 << 20);

    @TempDir private static Path ours;
    @TempDir private static Path theirs;

    private static Security overseer;
    private static Security worker;
    private static Security operator;
    private static Security nobody;
    private static Security elsewhere;
    private static Security stranger;
    private static Server server;

    @BeforeAll
    static void startsAnOverseer() throws Exception {
        Certificates certificates = Certificates.in(ours);
        overseer = certificates.peer("o1", "spiffe://test/overseer/o1");
        worker = certificates.peer("w1", "spiffe://test/worker/w1");
        operator = certificates.peer("ann", "spiffe://test/operator/ann");
        nobody = certificates.peer("nobody", "https://test/worker/w1");
        elsewhere = certificates.peer("bob", "spiffe://other/operator/bob");
        stranger = Certificates.in(theirs).peer("w1", "spiffe://test/worker/w1");
        server =
                admin(
                                Servers.overseer(
                                        new Endpoint("127.0.0.1", 0),
                                        overseer,
                                        request -> OverseerInfo.newBuilder().setName("o1").build(),
                                        subscription -> subscription.send(WELCOME)))
                        .streamWindows(NARROW) // which has to change nothing here
                        .start();
    }

    @AfterAll
    static void stopsIt() {
        server.close();
    }

    @Test
    void letsAWorkerSubscribeButNotListNodes() throws Exception {
        try (Connection connection = Connection.to(server.endpoint(), worker, NARROW)) {
            try (Exchange<NodeReport, NodeOrder> stream =
                    connection.exchange(Rpcs.SUBSCRIBE, TIMEOUT)) {
                assertEquals(WELCOME, stream.next());
                assertNull(stream.next());
            }
            CallException e = refused(connection);
            assertEquals(Kind.NOT_PERMITTED, e.kind());
            assertEquals(
                    "stagedpipe.v1.Admin/ListNodes is not permitted to [WORKER]", e.getMessage());
        }
    }

    @Test
    void letsAnOperatorListNodesButNotSubscribe() throws Exception {
        try (Connection connection = Connection.to(server.endpoint(), operator);
                Exchange<NodeReport, NodeOrder> stream =
                        connection.exchange(Rpcs.SUBSCRIBE, TIMEOUT)) {
            assertEquals(
                    List.of(NodeEntry.getDefaultInstance()),
                    connection.list(
                            Rpcs.LIST_NODES, ListNodesRequest.getDefaultInstance(), TIMEOUT));
            assertEquals(
                    "stagedpipe.v1.Overseer/Subscribe is not permitted to [OPERATOR]",
                    assertThrows(CallException.class, stream::next).getMessage());
        }
    }

    /// No overseer would ever take it.
    @Test
    void aMemberWithTheCertificateOfAnotherOneDoesNotStart() {
        assertEquals(List.of("worker/w1"), worker.names());
        assertEquals("w1", member("w1", Caller.WORKER, worker).name());
        assertEquals(
                "pid: name: \"w9\" (expected: as in the certificate, which is of worker/w1; or one"
                        + " with the URI spiffe://CLUSTER/worker/w9)",
                assertThrows(SettingsException.class, () -> member("w9", Caller.WORKER, worker))
                        .getMessage());
        assertThrows(SettingsException.class, () -> member("w1", Caller.COORDINATOR, worker));
        assertEquals("w9", member("w9", Caller.WORKER, nobody).name()); // its calls are refused
    }

    private static NodeSettings member(String name, Caller role, Security security) {
        PemFiles files = Objects.requireNonNull(security.files());
        return NodeSettings.readMember(
                new Settings(
                        "pid",
                        Map.of(
                                "name",
                                name,
                                "data",
                                "data",
                                "tlsCertificate",
                                files.certificate(),
                                "tlsKey",
                                files.key(),
                                "tlsAuthorities",
                                files.authorities())),
                role,
                0);
    }

    @Test
    void deniesAPeerWithoutARole() {
        try (Connection connection = Connection.to(server.endpoint(), nobody)) {
            assertEquals(
                    "stagedpipe.v1.Overseer/Describe is not permitted to a peer whose certificate"
                            + " names no role in this cluster",
                    assertThrows(CallException.class, () -> describe(connection)).getMessage());
        }
    }

    /// The authority signs for both.
    @Test
    void deniesAnOperatorOfAnotherCluster() {
        try (Connection connection = Connection.to(server.endpoint(), elsewhere)) {
            CallException e = refused(connection);
            assertEquals(Kind.NOT_PERMITTED, e.kind());
            assertEquals(
                    "stagedpipe.v1.Admin/ListNodes is not permitted to a peer whose certificate"
                            + " names no role in this cluster",
                    e.getMessage());
        }
    }

    @Test
    void aServerWhoseCertificateHasNoNameTakesThoseOfAnyCluster() throws Exception {
        try (Server unnamed =
                        admin(
                                        Servers.overseer(
                                                new Endpoint("127.0.0.1", 0),
                                                nobody,
                                                request -> OverseerInfo.getDefaultInstance(),
                                                subscription -> {}))
                                .start();
                Connection connection = Connection.to(unnamed.endpoint(), elsewhere)) {
            assertEquals(
                    List.of(NodeEntry.getDefaultInstance()),
                    connection.list(
                            Rpcs.LIST_NODES, ListNodesRequest.getDefaultInstance(), TIMEOUT));
        }
    }

    @Test
    void doesNotTalkToAStrangerOrInPlainText() {
        try (Connection other = Connection.to(server.endpoint(), stranger, NARROW);
                Connection plain = Connection.to(server.endpoint(), Security.loopbackOnly())) {
            for (Connection connection : new Connection[] {other, plain}) {
                CallException e = assertThrows(CallException.class, () -> describe(connection));
                assertEquals(Kind.UNREACHABLE, e.kind());
                assertTrue(e.getMessage().startsWith(server.endpoint() + ": "), e.getMessage());
            }
        }
    }

    @Test
    void aServerSpeaksTls13AndNothingOlder() throws Exception {
        assertEquals("TLSv1.3", called("TLSv1.3"));
        assertThrows(SSLException.class, () -> called("TLSv1.2"));
    }

    @Test
    void aClientSpeaksTls13AndNothingOlder() throws Exception {
        assertEquals("TLSv1.3", answered("TLSv1.3"));
        assertThrows(SSLException.class, () -> answered("TLSv1.2"));
    }

    /// What is spoken with the server by a caller that can do that.
    private static String called(String protocol) throws Exception {
        try (SSLSocket socket =
                (SSLSocket)
                        context(worker)
                                .getSocketFactory()
                                .createSocket(server.endpoint().host(), server.endpoint().port())) {
            return spoken(socket, protocol);
        }
    }

    /// What is spoken with a client by a server that can do that.
    private static String answered(String protocol) throws Exception {
        try (ServerSocket listening =
                        context(overseer).getServerSocketFactory().createServerSocket(0);
                Connection connection =
                        Connection.to(
                                new Endpoint("127.0.0.1", listening.getLocalPort()), worker)) {
            listening.setSoTimeout((int) TIMEOUT.toMillis());
            var unused = connection.exchange(Rpcs.SUBSCRIBE, TIMEOUT); // connects
            try (SSLSocket socket = (SSLSocket) listening.accept()) {
                return spoken(socket, protocol);
            }
        }
    }

    private static String spoken(SSLSocket socket, String protocol) throws Exception {
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setProtocols(new String[] {protocol});
        parameters.setApplicationProtocols(new String[] {"h2"});
        socket.setSSLParameters(parameters);
        socket.setSoTimeout((int) TIMEOUT.toMillis());
        socket.startHandshake();
        return socket.getSession().getProtocol();
    }

    static SSLContext context(Security peer) throws Exception {
        Security.PemFiles files = Objects.requireNonNull(peer.files());
        Terms.PemFiles pem =
                new Terms.PemFiles(files.certificate(), files.key(), files.authorities());
        char[] password = {};
        KeyManagerFactory keys =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(PemStores.own(pem, password), password);
        TrustManagerFactory trust =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(PemStores.trusted(pem));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    @Test
    void listensOnAnOpenAddress() throws Exception {
        try (Server open = Server.at(new Endpoint("0.0.0.0", 0), overseer).start()) {
            assertTrue(open.endpoint().port() > 0);
        }
    }

    private static OverseerInfo describe(Connection connection)
            throws CallException, InterruptedException {
        return connection.call(Rpcs.DESCRIBE, DescribeRequest.getDefaultInstance(), TIMEOUT);
    }

    private static CallException refused(Connection connection) {
        return assertThrows(
                CallException.class,
                () ->
                        connection.list(
                                Rpcs.LIST_NODES, ListNodesRequest.getDefaultInstance(), TIMEOUT));
    }

    private static Server.Builder admin(Server.Builder builder) {
        return builder.<ListNodesRequest, NodeEntry>list(
                        Rpcs.LIST_NODES, request -> List.of(NodeEntry.getDefaultInstance()))
                .exchange(Rpcs.LIST_PLUGINS, exchange -> {})
                .<DescribePluginRequest, PluginEntry>unary(
                        Rpcs.DESCRIBE_PLUGIN, request -> PluginEntry.getDefaultInstance())
                .exchange(Rpcs.PUBLISH, exchange -> {})
                .exchange(Rpcs.ROLLBACK, exchange -> {})
                .exchange(Rpcs.UNINSTALL, exchange -> {})
                .exchange(Rpcs.DELETE_VERSION, exchange -> {})
                .exchange(Rpcs.LIST_LIBRARIES, exchange -> {})
                .exchange(Rpcs.DELETE_LIBRARY, exchange -> {})
                .exchange(Rpcs.LABEL_VERSION, exchange -> {})
                .<ListAuditRequest, ListAuditResponse>unary(
                        Rpcs.LIST_AUDIT, request -> ListAuditResponse.getDefaultInstance())
                .<ListRolloutsRequest, ListRolloutsResponse>unary(
                        Rpcs.LIST_ROLLOUTS, request -> ListRolloutsResponse.getDefaultInstance())
                .<DecideRolloutRequest, RolloutEntry>unary(
                        Rpcs.DECIDE_ROLLOUT, request -> RolloutEntry.getDefaultInstance())
                .exchange(Rpcs.LIST_GROUPS, exchange -> {})
                .<CancelGroupRequest, CancelGroupResponse>unary(
                        Rpcs.CANCEL_GROUP, request -> CancelGroupResponse.getDefaultInstance())
                .<CordonNodeRequest, NodeEntry>unary(
                        Rpcs.CORDON_NODE, request -> NodeEntry.getDefaultInstance())
                .exchange(Rpcs.FORGET_NODE, exchange -> {});
    }
}
