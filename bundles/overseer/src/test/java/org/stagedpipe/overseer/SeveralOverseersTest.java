package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.overseer.TestOverseer.until;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.protocol.v1.AssignRequest;
import org.stagedpipe.protocol.v1.Assignment;
import org.stagedpipe.protocol.v1.AuditEntry;
import org.stagedpipe.protocol.v1.CanaryPolicy;
import org.stagedpipe.protocol.v1.DescribeRequest;
import org.stagedpipe.protocol.v1.FetchRequest;
import org.stagedpipe.protocol.v1.FetchResponse;
import org.stagedpipe.protocol.v1.Heartbeat;
import org.stagedpipe.protocol.v1.ListNodesRequest;
import org.stagedpipe.protocol.v1.ListPluginsRequest;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.OverseerInfo;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.Progress;
import org.stagedpipe.protocol.v1.RolloutEntry;
import org.stagedpipe.protocol.v1.Route;
import org.stagedpipe.protocol.v1.VersionOutcomes;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Overseers that share values in memory; all else of them is real.
class SeveralOverseersTest {

    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final TestBundle FISH = TestBundle.of("fish", "1.0.0");

    @TempDir private Path data;
    private Overseer o1;
    private Overseer o2;

    @BeforeEach
    void start() throws Exception {
        o1 = open("o1", 3);
        o2 = open("o2", 3);
        until(
                "both know of each other",
                () ->
                        describe(o1).getOverseersCount() == 2
                                && describe(o2).getOverseersCount() == 2);
    }

    @AfterEach
    void stop() {
        o2.close();
        o1.close();
    }

    @Test
    void oneThatFollowsPassesAssignmentsOnAndSaysWhereOperatorsGo() throws Exception {
        try (TestNode c1 = TestNode.coordinator("c1", o2.nodesAt()).open();
                Connection follower = Connection.to(o2.nodesAt(), Security.loopbackOnly())) {
            until("o1 and o2 know each other", () -> knowsAll(o1) && knowsAll(o2));
            OverseerInfo info =
                    follower.call(Rpcs.DESCRIBE, DescribeRequest.getDefaultInstance(), TIMEOUT);
            assertEquals("o2", info.getName());
            assertEquals("o1", info.getLeader());
            assertEquals(o1.adminAt().port(), info.getAdmin().getPort());
            assertEquals(2, info.getOverseersCount());
            until("the node is told who leads", () -> !c1.losses.isEmpty());
            assertTrue(
                    c1.losses.getFirst().contains("o2 does not lead, o1 does, at " + o1.nodesAt()),
                    c1.losses::toString);
            until("the node, which knew o2 alone, is a member", () -> !c1.views.isEmpty());
            until(
                    "the one that leads has assigned c1",
                    () -> {
                        Assignment assignment =
                                follower.call(
                                        Rpcs.ASSIGN_COORDINATOR,
                                        AssignRequest.getDefaultInstance(),
                                        TIMEOUT);
                        return assignment.getCoordinator().equals("c1")
                                && assignment.getOverseersCount() == 2;
                    });
        }
        try (Operator operator = new Operator(o2.adminAt())) {
            CallException refused =
                    assertThrows(
                            CallException.class,
                            () ->
                                    operator.list(
                                            Rpcs.LIST_PLUGINS,
                                            ListPluginsRequest.getDefaultInstance()));
            assertEquals(Kind.UNREACHABLE, refused.kind());
        }
    }

    @Test
    void anOverseerThatLeadsTellsWhoFollowsAndWhoIsLost() throws Exception {
        try (Operator operator = new Operator(o1.adminAt())) {
            NodeEntry follower = node(operator, "o2", "follows");
            assertEquals("1.0.0", follower.getVersion());
            assertEquals(ProcessHandle.current().pid(), follower.getPid());
            long nowMs = System.currentTimeMillis();
            assertTrue(follower.getJoinedMs() > nowMs - 60_000 && follower.getJoinedMs() <= nowMs);
            assertTrue(follower.getLastSeenMs() >= follower.getJoinedMs());
            until(
                    "o1 looks again",
                    () ->
                            node(operator, "o2", "follows").getLastSeenMs()
                                    > follower.getLastSeenMs());
            o2.close();
            until("o2 is lost", () -> lost(operator).contains("o2"));
            NodeEntry gone = node(operator, "o2", "lost");
            assertEquals(o2.nodesAt(), Endpoint.of(gone.getAddress()));
            assertEquals("1.0.0", gone.getVersion());
            assertEquals(gone.getLastSeenMs(), node(operator, "o2", "lost").getLastSeenMs());
            NodeEntry neverSeen = node(operator, "o3", "lost");
            assertFalse(neverSeen.hasAddress());
            assertEquals(0, neverSeen.getLastSeenMs());
        }
    }

    private static NodeEntry node(Operator operator, String name, String state) throws Exception {
        return operator.list(Rpcs.LIST_NODES, ListNodesRequest.getDefaultInstance()).stream()
                .filter(node -> node.getName().equals(name) && node.getState().equals(state))
                .findFirst()
                .orElseThrow();
    }

    /// No election is under way, so a client need not ask again and again.
    @Test
    void oneThatFollowsPassesOnThatThereIsNoCoordinator() throws Exception {
        try (Connection follower = Connection.to(o2.nodesAt(), Security.loopbackOnly())) {
            until(
                    "the coordinators have had their time to come, and o2 says so",
                    () ->
                            assertThrows(CallException.class, () -> assign(follower)).kind()
                                    == Kind.UNREACHABLE);
        }
    }

    private static Assignment assign(Connection connection) throws Exception {
        return connection.call(
                Rpcs.ASSIGN_COORDINATOR, AssignRequest.getDefaultInstance(), TIMEOUT);
    }

    @Test
    void aBundleIsOnAMajorityBeforeTheCatalogueNamesIt() throws Exception {
        try (Operator operator = new Operator(o1.adminAt())) {
            operator.install(FISH);
            assertTrue(Files.exists(blob("o2")), "o2 has no bundle");
            o2.close();
            until("o1 knows that o2 is gone", () -> describe(o1).getOverseersCount() == 1);
            CallException refused =
                    assertThrows(
                            CallException.class,
                            () -> operator.update(TestBundle.of("fish", "1.1.0")));
            assertTrue(
                    refused.getMessage()
                            .startsWith("the bundle is on 1 of 3 overseers (expected: at least 2)"),
                    refused.getMessage());
        }
    }

    @Test
    void anOverseerThatIsForgottenCountsNoMore() throws Exception {
        TestBundle update = TestBundle.of("fish", "1.1.0");
        try (Operator operator = new Operator(o1.adminAt())) {
            operator.install(FISH);
            o2.close();
            until("both are lost", () -> lost(operator).equals(List.of("o2", "o3")));
            assertTrue(
                    assertThrows(CallException.class, () -> operator.update(update))
                            .getMessage()
                            .endsWith("2): o2 is not here; o3 is not here"));
            CallException refused = refusal(operator, "o3");
            assertEquals(Kind.REFUSED, refused.kind()); // of o1 and o2, which is not here
            assertEquals(
                    "fish 1.0.0, sha-256 "
                            + blob("o1").getFileName()
                            + ": the bundle is on 1 of 2 overseers (expected: at least 2): o2 is"
                            + " not here",
                    refused.getMessage());

            o2 = open("o2", 3);
            until("o3 is lost", () -> lost(operator).equals(List.of("o3")));
            Files.deleteIfExists(blob("o2")); // if it has not fetched it already
            assertEquals(
                    List.of(
                            "store fish 1.0.0, sha-256 " + blob("o1").getFileName() + " 1/1",
                            "forget o3 counts no more, [o1, o2] do 0/0",
                            "done forget node o3 is through 0/0"),
                    operator.forget("o3").stream().map(SeveralOverseersTest::line).toList());
            assertTrue(Files.exists(blob("o2")), "on a majority of those that remain");
            until("none is lost", () -> lost(operator).isEmpty());
            assertEquals(Kind.NOT_FOUND, refusal(operator, "o3").kind());
            CallException lives = refusal(operator, "o2");
            assertEquals(Kind.REFUSED, lives.kind());
            assertEquals(
                    "o2 lives, at "
                            + o2.nodesAt()
                            + " (expected: an overseer that has ended, for good)",
                    lives.getMessage());
            o2.close();
            until("o2 is lost", () -> lost(operator).equals(List.of("o2")));
            operator.forget("o2");
            operator.update(update); // o1 is all there is
        }
    }

    @Test
    void anOverseerThatAloneHasABundleIsNotForgotten() throws Exception {
        try (Operator operator = new Operator(o1.adminAt())) {
            operator.install(FISH);
            o2.close();
            until("o2 is lost", () -> lost(operator).contains("o2"));
            Files.delete(blob("o1"));
            CallException refused = refusal(operator, "o2");
            assertEquals(Kind.REFUSED, refused.kind());
            assertTrue(
                    refused.getMessage().startsWith("fish 1.0.0, sha-256 "), refused.getMessage());
            assertTrue(
                    refused.getMessage().endsWith("or delete what it is of)"),
                    refused.getMessage());
        }
    }

    private static String line(Progress progress) {
        return "%s %s %d/%d"
                .formatted(
                        progress.getStep(),
                        progress.getText(),
                        progress.getDone(),
                        progress.getTotal());
    }

    private static CallException refusal(Operator operator, String name) {
        return assertThrows(CallException.class, () -> operator.forget(name));
    }

    private static List<String> lost(Operator operator) throws Exception {
        return operator.list(Rpcs.LIST_NODES, ListNodesRequest.getDefaultInstance()).stream()
                .filter(node -> node.getState().equals("lost"))
                .map(NodeEntry::getName)
                .toList();
    }

    @Test
    void theNextOneLeadsOnWhatTheFirstOneCommittedAndFetchesWhatItLacks() throws Exception {
        try (Operator operator = new Operator(o1.adminAt())) {
            operator.install(FISH);
        }
        o1.close(); // from which o2 would fetch it
        Files.delete(blob("o2"));
        until("o2 leads", () -> describe(o2).getLeader().equals("o2"));
        assertTrue(describe(o2).getEpoch() > 1);
        try (Operator operator = new Operator(o2.adminAt())) {
            assertEquals("1.0.0", fish(operator).getCurrent().getVersion());
        }
        assertFalse(Files.exists(blob("o2")));
        o1 = open("o1", 3); // which has it
        until("o2 has fetched it", () -> Files.exists(blob("o2")));
    }

    @Test
    void aBundleThatCannotBeKeptIsSaidOnceAndFetchedWhenItCan() throws Exception {
        Path incoming = blobs("o2").resolve("incoming");
        try (Operator operator = new Operator(o1.adminAt())) {
            operator.install(FISH);
        }
        Files.delete(incoming);
        Files.delete(blob("o2"));
        until("it is said", () -> !TestLog.warnings(incoming.toString()).isEmpty());
        Files.createDirectory(incoming);
        until("o2 has fetched it", () -> Files.exists(blob("o2")));
        assertEquals(1, TestLog.warnings(incoming.toString()).size());
    }

    @Test
    void theNextOneKnowsWhoChangedWhat() throws Exception {
        try (Operator operator = new Operator(o1.adminAt())) {
            operator.install(FISH);
            assertThrows(CallException.class, () -> operator.delete("fish", "1.0.0"));
        }
        o1.close();
        deleteFolder("o1");
        until("o2 leads", () -> describe(o2).getLeader().equals("o2"));
        try (Operator operator = new Operator(o2.adminAt())) {
            operator.uninstall("fish");
            List<AuditEntry> audit = operator.audit("fish");
            assertEquals(
                    List.of(
                            "ann install 1.0.0 done",
                            "ben delete 1.0.0 refused",
                            "unknown uninstall 1.0.0 done"),
                    audit.stream()
                            .map(entry ->
                                    String.join(
                                            " ",
                                            entry.getOperator(),
                                            entry.getAction(),
                                            entry.getVersion(),
                                            entry.getResult()))
                            .toList());
            ByteString sha256 = ByteString.copyFrom(TestBundle.sha256(FISH.bytes()));
            assertTrue(audit.stream().allMatch(entry -> entry.getSha256().equals(sha256)));
        }
    }

    private void deleteFolder(String overseer) throws IOException {
        try (Stream<Path> files = Files.walk(data.resolve(overseer))) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void eachServesTheRepositoryToTools() throws Exception {
        try (Operator operator = new Operator(o1.adminAt())) {
            operator.install(FISH);
        }
        byte[] sha256 = TestBundle.sha256(FISH.bytes());
        try (HttpClient http = HttpClient.newHttpClient()) {
            for (Overseer overseer : List.of(o1, o2)) {
                URI index = URI.create(overseer.repositoryAt());
                until(
                        "the index of " + overseer.name() + " names the bundle",
                        () -> text(http, index).contains("org.example.fish"));
                Matcher address =
                        Pattern.compile("name=\"url\" value=\"([^\"]+)\"")
                                .matcher(text(http, index));
                assertTrue(address.find());
                byte[] bundle = get(http, index.resolve(address.group(1)));
                assertArrayEquals(sha256, TestBundle.sha256(bundle));
            }
        }
    }

    private static String text(HttpClient http, URI address) throws Exception {
        return new String(get(http, address), StandardCharsets.UTF_8);
    }

    private static byte[] get(HttpClient http, URI address) throws Exception {
        HttpResponse<byte[]> answer =
                http.send(
                        HttpRequest.newBuilder(address).build(),
                        HttpResponse.BodyHandlers.ofByteArray());
        assertEquals(200, answer.statusCode());
        return answer.body();
    }

    @Test
    void oneThatLacksABundleGivesItFromAnyOffset() throws Exception {
        try (Operator operator = new Operator(o1.adminAt())) {
            operator.install(FISH);
        }
        byte[] bytes = FISH.bytes();
        int offset = bytes.length / 3;
        o2.close();
        Files.delete(blob("o2"));
        o2 = open("o2", 3, Map.of("heartbeatMs", 60_000, "leaseTtlMs", 120_000)); // looks for none
        assertFalse(Files.exists(blob("o2")));
        ByteArrayOutputStream came = new ByteArrayOutputStream();
        try (Connection node = Connection.to(o2.nodesAt(), Security.loopbackOnly());
                Exchange<FetchRequest, FetchResponse> fetch = node.exchange(Rpcs.FETCH, TIMEOUT)) {
            fetch.send(
                    FetchRequest.newBuilder()
                            .setSha256(ByteString.copyFrom(TestBundle.sha256(bytes)))
                            .setOffset(offset)
                            .build());
            fetch.complete();
            for (FetchResponse part = fetch.next(); part != null; part = fetch.next()) {
                assertEquals(bytes.length, part.getSize());
                part.getData().writeTo(came);
            }
        }
        assertArrayEquals(Arrays.copyOfRange(bytes, offset, bytes.length), came.toByteArray());
        assertTrue(Files.exists(blob("o2")), "o2 keeps what it fetched from o1");
    }

    @Test
    void anOverseerThatFollowsSweepsToo() throws Exception {
        TestBundle next = TestBundle.of("fish", "1.1.0");
        o2.close();
        o2 = open("o2", 3, Map.of("collectAfterMs", 200));
        until("o1 knows o2", () -> knowsAll(o1));
        try (Operator operator = new Operator(o1.adminAt())) {
            operator.install(FISH);
            operator.update(next);
            until("o2 has both", () -> hasBoth("o2", next));
            operator.delete("fish", "1.0.0"); // o1 removes it, and keeps what else nobody needs
        }
        Path stray = Files.writeString(blobs("o2").resolve("0".repeat(64)), "left by a crash");
        Path kept = Files.writeString(blobs("o1").resolve("0".repeat(64)), "left by a crash");
        until("o2 has removed what was deleted", () -> !Files.exists(blob("o2")));
        until("o2 has removed what a crash left", () -> !Files.exists(stray));
        until("o2 has what is needed", () -> Files.exists(blob("o2", next)));
        assertTrue(Files.exists(kept));
    }

    private boolean hasBoth(String overseer, TestBundle other) {
        return Files.exists(blob(overseer)) && Files.exists(blob(overseer, other));
    }

    @Test
    void theNextOneGoesOnWithARollout() throws Exception {
        CanaryPolicy policy =
                CanaryPolicy.newBuilder()
                        .setPercent(20)
                        .setMaxErrorRate(0.1)
                        .setMinItems(10)
                        .build();
        try (TestNode w1 = TestNode.worker("w1", o1.nodesAt()).open();
                TestNode c1 = TestNode.coordinator("c1", o1.nodesAt()).open()) {
            String id = begin(policy);
            o1.close();
            until("o2 leads", () -> describe(o2).getLeader().equals("o2"));
            try (Operator operator = new Operator(o2.adminAt())) {
                assertEquals(id, operator.rollout().getId());
                assertEquals("canary", operator.rollout().getState());
                until("its workers are back", () -> ready(operator, "w1", "c1"));
                until("both stay", () -> w1.plans.getLast().getPluginsCount() == 2);
                AtomicInteger items = new AtomicInteger();
                until(
                        "it has held",
                        () -> {
                            c1.heartbeat(processed(operator.rollout(), items.addAndGet(20)));
                            return operator.rollout().getState().equals("done");
                        });
            }
            until(
                    "new groups get it",
                    () -> {
                        Route route = c1.views.getLast().getRoutes(0);
                        return route.getCurrent().getVersion().equals("1.1.0")
                                && !route.hasCanary();
                    });
            until("the old one leaves", () -> w1.plans.getLast().getPluginsCount() == 1);
        }
    }

    /// A canary on the overseer that leads.
    ///
    /// @return the rollout's id
    private String begin(CanaryPolicy policy) throws Exception {
        try (Operator operator = new Operator(o1.adminAt())) {
            until("the nodes are there", () -> ready(operator, "w1", "c1"));
            operator.install(FISH);
            operator.canary(TestBundle.of("fish", "1.1.0"), policy);
            assertEquals("canary", operator.rollout().getState());
            return operator.rollout().getId();
        }
    }

    private static boolean ready(Operator operator, String... names) throws Exception {
        List<NodeEntry> nodes =
                operator.list(Rpcs.LIST_NODES, ListNodesRequest.getDefaultInstance());
        return List.of(names).stream()
                .allMatch(name ->
                        nodes.stream()
                                .anyMatch(node ->
                                        node.getName().equals(name)
                                                && node.getState().equals("ready")));
    }

    private static Heartbeat processed(RolloutEntry rollout, int items) {
        return Heartbeat.newBuilder()
                .addOutcomes(VersionOutcomes.newBuilder().setPlugin(rollout.getFrom()).setOk(items))
                .addOutcomes(VersionOutcomes.newBuilder().setPlugin(rollout.getTo()).setOk(items))
                .build();
    }

    @Test
    void refusesTheFolderOfAnEarlierVersion() throws Exception {
        Path old = Files.createDirectories(data.resolve("o9"));
        Files.writeString(old.resolve("catalogue.json"), "{}");
        StoreException refused =
                assertThrows(StoreException.class, () -> Founding.refuseOldFormat(old));
        assertTrue(refused.getMessage().contains("catalogue.json"), refused.getMessage());
    }

    private static boolean knowsAll(Overseer overseer) throws Exception {
        return describe(overseer).getOverseersCount() == 2;
    }

    private Overseer open(String name, int size) throws CallException {
        return open(name, size, Map.of());
    }

    private Overseer open(String name, int size, Map<String, Object> more) throws CallException {
        Map<String, Object> settings = new HashMap<>();
        settings.put("name", name);
        settings.put("data", data.resolve(name).toString());
        for (String port : new String[] {"port", "adminPort", "repositoryPort"}) {
            settings.put(port, 0);
        }
        settings.put("heartbeatMs", 50);
        settings.put("leaseTtlMs", 2_000);
        settings.putAll(more);
        return Overseer.open(
                OverseerSettings.read(settings),
                "1.0.0",
                new InMemoryEnsembles(size, shared()),
                why -> {});
    }

    private String shared() {
        return data.toString();
    }

    private static PluginEntry fish(Operator operator) throws Exception {
        return operator.list(Rpcs.LIST_PLUGINS, ListPluginsRequest.getDefaultInstance()).getFirst();
    }

    private Path blob(String overseer) {
        return blob(overseer, FISH);
    }

    private Path blob(String overseer, TestBundle bundle) {
        return blobs(overseer).resolve(HexFormat.of().formatHex(TestBundle.sha256(bundle.bytes())));
    }

    private Path blobs(String overseer) {
        return data.resolve(overseer).resolve("blobs");
    }

    private static OverseerInfo describe(Overseer overseer) throws Exception {
        try (Connection connection = Connection.to(overseer.nodesAt(), Security.loopbackOnly())) {
            return connection.call(Rpcs.DESCRIBE, DescribeRequest.getDefaultInstance(), TIMEOUT);
        }
    }
}
