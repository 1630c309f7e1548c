package org.stagedpipe.overseer;

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
import org.stagedpipe.protocol.v1.AssignRequest;
import org.stagedpipe.protocol.v1.AuditEntry;
import org.stagedpipe.protocol.v1.CancelGroupRequest;
import org.stagedpipe.protocol.v1.DeleteLibraryRequest;
import org.stagedpipe.protocol.v1.LabelVersionRequest;
import org.stagedpipe.protocol.v1.Library;
import org.stagedpipe.protocol.v1.LibraryEntry;
import org.stagedpipe.protocol.v1.ListLibrariesRequest;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.PluginLibraries;
import org.stagedpipe.protocol.v1.Progress;
import org.stagedpipe.protocol.v1.PublishBegin;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.protocol.v1.PublishRequest;
import org.stagedpipe.protocol.v1.Route;
import org.stagedpipe.protocol.v1.WorkerPlan;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/// What operators put into the repository beside plugins, and how it gets there.
class RepositoryTest {

    private static final String API = "org.stagedpipe.api;version=\"[1.0,2)\"";

    @TempDir private Path data;
    private TestOverseer cluster;
    private TestNode worker;
    private TestNode coordinator;

    @BeforeEach
    void open() throws Exception {
        cluster = new TestOverseer(data);
        worker = TestNode.worker("w1", cluster.overseer.nodesAt()).open();
        coordinator = TestNode.coordinator("c1", cluster.overseer.nodesAt()).open();
        cluster.awaitReady("w1", "c1");
    }

    @AfterEach
    void close() {
        worker.close();
        coordinator.close();
        cluster.close();
    }

    @Test
    void whatAPluginNeedsIsTakenFromTheRepositoryAndToldToWorkersWithIt() throws Exception {
        library("csv", "1.2.0", "csv;version=1.2", API);
        library("csv", "1.4.0", "csv;version=1.4", "text;version=\"[1,2)\"");
        library("text", "1.0.0", "text;version=1.0", API);
        library("csv", "2.0.0", "csv;version=2.0", API);
        TestBundle fish =
                TestBundle.of("fish", "1.0.0").importing(API + ",csv;version=\"[1.2,2)\"");
        TestBundle bird = TestBundle.of("bird", "1.0.0").importing(API + ",csv;version=\"[2,3)\"");

        List<Progress> progress = cluster.operator.install(fish);
        cluster.operator.install(bird);

        assertEquals(
                "resolves on 1 worker, with csv 1.4.0, text 1.0.0",
                progress.stream()
                        .filter(step -> step.getStep().equals("resolve"))
                        .findFirst()
                        .orElseThrow()
                        .getText());
        WorkerPlan plan = worker.plans.getLast();
        assertEquals(List.of("csv 2.0.0"), needed(plan, bird));
        assertEquals(List.of("csv 1.4.0", "text 1.0.0"), needed(plan, fish));
        assertTrue(
                worker.plans.stream()
                        .filter(seen ->
                                seen.getPluginsList().stream()
                                        .anyMatch(plugin -> plugin.getName().equals("fish")))
                        .allMatch(seen -> needed(seen, fish).size() == 2),
                "no plan has the plugin without what it needs");
        assertEquals(List.of("fish 1.0.0"), users("csv", "1.4.0"));
        assertEquals(List.of(), users("csv", "1.2.0"));
    }

    @Test
    void whatIsMissingIsSaidBeforeAnyWorkerHearsOfThePlugin() throws Exception {
        library("csv", "1.4.0", "csv;version=1.4", "text;version=\"[1,2)\"");
        TestBundle fish = TestBundle.of("fish", "1.0.0").importing(API + ",csv;version=\"[2,3)\"");
        assertEquals(
                "fish 1.0.0 does not resolve on worker w1: missing package csv [2.0.0,3.0.0)",
                refused(Kind.REFUSED, () -> cluster.operator.install(fish)));
        TestBundle deep = fish.importing(API + ",csv;version=\"[1,2)\"");
        assertEquals(
                "fish 1.0.0 does not resolve on worker w1: library csv 1.4.0 misses package text"
                        + " [1.0.0,2.0.0)",
                refused(Kind.REFUSED, () -> cluster.operator.install(deep)));
        assertTrue(worker.plans.stream().allMatch(plan -> plan.getPluginsCount() == 0));
    }

    @Test
    void aLibraryIsGuardedAndItsVersionNeverChanges() throws Exception {
        library("csv", "1.4.0", "csv;version=1.4", API);
        cluster.operator.install(
                TestBundle.of("fish", "1.0.0").importing(API + ",csv;version=\"[1,2)\""));
        assertEquals(
                "csv 1.4.0 is needed by fish 1.0.0 (expected: a library that no plugin needs)",
                refused(Kind.REFUSED, () -> delete("csv", "1.4.0")));
        assertTrue(
                refused(Kind.EXISTS, () -> library("csv", "1.4.0", "csv;version=1.5", API))
                        .startsWith("csv 1.4.0 exists with other bytes: sha-256 "));
        assertEquals(
                "unknown library \"cvs 1.4.0\" (expected: one of csv 1.4.0)",
                refused(Kind.NOT_FOUND, () -> delete("cvs", "1.4.0")));
        cluster.operator.uninstall("fish");
        until(
                "no worker holds it, as the overseer knows",
                () -> cluster.nodes().stream().allMatch(node -> node.getPluginsCount() == 0));
        cluster.operator.delete("fish", "1.0.0");
        delete("csv", "1.4.0");
        assertEquals(List.of(), libraries());
        assertEquals(
                List.of(
                        "library csv done",
                        "delete library csv refused",
                        "library csv refused",
                        "delete library csv done"),
                cluster.operator.audit("csv").stream().map(RepositoryTest::text).toList());
    }

    /// Groups that are pinned to it may run on any worker, with what it had on all others.
    @Test
    void aVersionThatIsPublishedAgainKeepsItsLibraries() throws Exception {
        library("csv", "1.2.0", "csv;version=1.2", API);
        TestBundle fish =
                TestBundle.of("fish", "1.0.0").importing(API + ",csv;version=\"[1.2,2)\"");
        cluster.operator.install(fish);
        cluster.operator.update(OneOverseer.FISH_1_1);
        library("csv", "1.4.0", "csv;version=1.4", API);
        cluster.operator.update(fish);
        assertEquals(List.of("csv 1.2.0"), needed(worker.plans.getLast(), fish));
        assertEquals(
                "csv 1.2.0 is needed by fish 1.0.0 (expected: a library that no plugin needs)",
                refused(Kind.REFUSED, () -> delete("csv", "1.2.0")));
    }

    /// The workers of another release offer less.
    @Test
    void aVersionThatDoesNotResolveWithItsLibrariesGetsOthers() throws Exception {
        worker.close();
        TestBundle fish = TestBundle.of("fish", "1.0.0").importing(API + ",csv;version=\"[1,2)\"");
        try (TestNode before =
                TestNode.worker(
                                "w0",
                                cluster.overseer.nodesAt(),
                                List.of(TestNode.offered("osgi.wiring.package", "csv")))
                        .open()) {
            cluster.awaitReady("w0");
            cluster.operator.install(fish);
            assertEquals(List.of(), needed(before.plans.getLast(), fish));
        }
        cluster.operator.update(OneOverseer.FISH_1_1);
        worker = TestNode.worker("w1", cluster.overseer.nodesAt()).open();
        cluster.awaitReady("w1");
        library("csv", "1.4.0", "csv;version=1.4", API);
        cluster.operator.update(fish);
        assertEquals(List.of("csv 1.4.0"), needed(worker.plans.getLast(), fish));
    }

    private static String text(AuditEntry entry) {
        return entry.getAction() + " " + entry.getPlugin() + " " + entry.getResult();
    }

    @Test
    void whatNobodyNeedsIsSweptAfterItsGrace() throws Exception {
        library("csv", "1.4.0", "csv;version=1.4", API);
        cluster.operator.install(
                TestBundle.of("fish", "1.0.0").importing(API + ",csv;version=\"[1,2)\""));
        library("csv", "1.5.0", "csv;version=1.5", API);
        assertEquals(List.of("csv 1.5.0", "csv 1.4.0"), libraries());
        Path stray = data.resolve("blobs").resolve("0".repeat(64));
        Files.writeString(stray, "left by a crash");
        assertEquals(4, blobs());
        cluster.close();
        cluster = new TestOverseer(data, 0, Duration.ofSeconds(1));
        until("what nobody needs is gone", () -> libraries().equals(List.of("csv 1.4.0")));
        until("the stray blob too", () -> !Files.exists(stray));
        until("the plugin and its library are left", () -> blobs() == 2);
    }

    @Test
    void anUploadThatBrokeOffGoesOnWhereItEnded() throws Exception {
        byte[] bytes = TestBundle.of("fish", "1.0.0").containing("x".repeat(9_000)).bytes();
        int half = bytes.length / 2;
        assertEquals(0, offset(bytes, 0, half, false));
        until(
                "what came is kept",
                () -> {
                    try (Stream<Path> parts = Files.list(data.resolve("blobs/incoming"))) {
                        return parts.anyMatch(part -> part.toFile().length() == half);
                    }
                });
        close(); // its successor has it as well
        open();
        assertEquals(half, offset(bytes, half, bytes.length, true));
        until("it is installed", () -> worker.plans.getLast().getPluginsCount() == 1);
    }

    /// Its program hangs, and its machine lives. The test of resuming shows that what came is kept.
    @Test
    void anUploadThatMakesNoProgressIsGivenUp() throws Exception {
        close();
        cluster = TestOverseer.impatient(data);
        byte[] bytes = OneOverseer.FISH.bytes();
        PublishBegin begin =
                PublishBegin.newBuilder()
                        .setMode(Mode.INSTALL)
                        .setFile("fish.jar")
                        .setSize(bytes.length)
                        .setSha256(ByteString.copyFrom(TestBundle.sha256(bytes)))
                        .build();
        try (Exchange<PublishRequest, Progress> exchange =
                cluster.operator.connection.exchange(Rpcs.PUBLISH, Duration.ofSeconds(20))) {
            exchange.send(PublishRequest.newBuilder().setBegin(begin).build());
            assertEquals(
                    "fish.jar: no message within 200 ms, 0 bytes came (expected: "
                            + bytes.length
                            + "); send the rest",
                    refused(Kind.UNREACHABLE, exchange::next));
        }
    }

    /// Where the overseer wants it from; sends the bytes from one to the other, and the end if told so.
    private long offset(byte[] bytes, int from, int to, boolean isWhole) throws Exception {
        PublishBegin begin =
                PublishBegin.newBuilder()
                        .setMode(Mode.INSTALL)
                        .setFile("fish.jar")
                        .setSize(bytes.length)
                        .setSha256(ByteString.copyFrom(TestBundle.sha256(bytes)))
                        .setResume(true)
                        .build();
        try (Exchange<PublishRequest, Progress> exchange =
                cluster.operator.connection.exchange(Rpcs.PUBLISH, Duration.ofSeconds(10))) {
            exchange.send(PublishRequest.newBuilder().setBegin(begin).build());
            Progress first = exchange.next();
            exchange.send(
                    PublishRequest.newBuilder()
                            .setData(ByteString.copyFrom(bytes, from, to - from))
                            .build());
            if (isWhole) {
                exchange.complete();
                while (exchange.next() != null) {
                    // to its end
                }
            } else {
                until(
                        "it came",
                        () -> {
                            try (Stream<Path> parts = Files.list(data.resolve("blobs/incoming"))) {
                                return parts.anyMatch(part -> part.toFile().length() == to);
                            }
                        });
            }
            return first == null ? -1 : first.getOffset();
        }
    }

    @Test
    void aLabelStandsForAVersion() throws Exception {
        cluster.operator.install(TestBundle.of("fish", "1.0.0"));
        cluster.operator.update(TestBundle.of("fish", "1.1.0"));
        label("1.0.0", "stable");
        Route labelled = coordinator.route("the label", route -> route.getLabelsCount() == 1);
        assertEquals("1.0.0", labelled.getLabels(0).getVersion().getVersion());
        cluster.operator.rollback("fish", "stable");
        coordinator.route("1.0.0", route -> route.getCurrent().getVersion().equals("1.0.0"));
        PluginEntry moved = label("1.1.0", "stable");
        assertEquals(List.of("stable"), moved.getVersions(0).getLabelsList());
        assertEquals(List.of(), moved.getVersions(1).getLabelsList());
        assertEquals(
                "fish 1.1.0 has the label stable (expected: a version that nothing uses)",
                refused(Kind.REFUSED, () -> cluster.operator.delete("fish", "1.1.0")));
        assertTrue(refused(Kind.INVALID, () -> label("1.1.0", "2.0")).startsWith("label: \"2.0\""));
        assertFalse(
                label("", "stable").getVersionsList().stream()
                        .anyMatch(version -> version.getLabelsCount() > 0));
    }

    @Test
    void theAuditLogHasWhatWasAskedForAlsoWhereItIsRefused() throws Exception {
        cluster.operator.install(TestBundle.of("fish", "1.0.0"));
        label("1.0.0", "stable");
        assertEquals("label stable fish 1.0.0 done", lastAudit());
        refused(Kind.NOT_FOUND, () -> label("7.0.0", "stable"));
        assertEquals("label stable fish 7.0.0 refused", lastAudit());
        label("", "stable");
        assertEquals("remove label stable fish  done", lastAudit());
        refused(Kind.NOT_FOUND, () -> cluster.operator.rollback("fish", "8.0.0"));
        assertEquals("rollback fish 8.0.0 refused", lastAudit());
        refused(Kind.NOT_FOUND, () -> cluster.operator.delete("fish", "9.0.0"));
        assertEquals("delete fish 9.0.0 refused", lastAudit());
    }

    /// What new groups get meanwhile says nothing of it.
    @Test
    void theAuditLogHasWhatTheLabelHadBefore() throws Exception {
        cluster.operator.install(TestBundle.of("fish", "1.0.0"));
        cluster.operator.update(TestBundle.of("fish", "1.1.0"));
        cluster.operator.update(TestBundle.of("fish", "1.2.0"));
        label("1.0.0", "stable");
        assertEquals("", cluster.operator.audit("").getLast().getBefore());
        label("1.1.0", "stable");
        assertEquals("1.0.0", cluster.operator.audit("").getLast().getBefore());
        label("", "stable");
        AuditEntry removed = cluster.operator.audit("").getLast();
        assertEquals("1.1.0", removed.getBefore());
        assertEquals("", removed.getVersion());
        refused(Kind.REFUSED, () -> cluster.operator.delete("fish", "1.2.0"));
        until(
                "1.0.0 is deleted",
                () -> {
                    cluster.operator.delete("fish", "1.0.0");
                    return true;
                });
        assertEquals("1.0.0", cluster.operator.audit("").getLast().getBefore());
    }

    private String lastAudit() throws Exception {
        AuditEntry last = cluster.operator.audit("").getLast();
        return String.join(
                " ", last.getAction(), last.getPlugin(), last.getVersion(), last.getResult());
    }

    @Test
    void aCancelledGroupIsInTheAuditLog() throws Exception {
        ByteString group = ByteString.copyFrom(new byte[16]);
        assertThrows(
                CallException.class,
                () ->
                        cluster.operator.ask(
                                Rpcs.CANCEL_GROUP,
                                CancelGroupRequest.newBuilder()
                                        .setGroup(group)
                                        .setReason("by mistake")
                                        .setOperator("ann")
                                        .build()));
        AuditEntry entry = cluster.operator.audit("").getLast();
        assertEquals(
                "cancel group 00000000-0000-0000-0000-000000000000: by mistake", entry.getAction());
        assertEquals("ann", entry.getOperator());
        assertEquals("refused", entry.getResult());
    }

    /// They may be opened again, on this coordinator or another one, and on any worker, until their version is deleted.
    @Test
    void groupsOnAnUninstalledPluginCanGoOn() throws Exception {
        cluster.operator.install(OneOverseer.FISH);
        cluster.operator.update(OneOverseer.FISH_1_1);
        cluster.operator.uninstall("fish");
        until("both are known", () -> uninstalled().equals(List.of("1.1.0", "1.0.0")));
        try (Connection client =
                Connection.to(cluster.overseer.nodesAt(), Security.loopbackOnly())) {
            AssignRequest fish = AssignRequest.newBuilder().setPlugin("fish").build();
            assertEquals("c1", OneOverseer.assign(client, fish));
            until(
                    "no worker holds one, as the overseer knows",
                    () -> cluster.nodes().stream().allMatch(node -> node.getPluginsCount() == 0));
            cluster.operator.delete("fish", "1.1.0");
            cluster.operator.delete("fish", "1.0.0");
            until("neither is", () -> uninstalled().isEmpty());
            refused(Kind.NOT_FOUND, () -> OneOverseer.assign(client, fish));
        }
    }

    private List<String> uninstalled() {
        return OneOverseer.versions(coordinator.views.getLast().getUninstalledList());
    }

    @Test
    void aLabelIsTakenFromWhatWasUninstalled() throws Exception {
        cluster.operator.install(TestBundle.of("fish", "1.0.0"));
        label("1.0.0", "stable");
        cluster.operator.uninstall("fish");
        PluginEntry after = label("", "stable");
        assertEquals(List.of(), after.getVersions(0).getLabelsList());
        assertFalse(after.hasCurrent());
    }

    private PluginEntry label(String version, String label) throws Exception {
        return cluster.operator.ask(
                Rpcs.LABEL_VERSION,
                LabelVersionRequest.newBuilder()
                        .setName("fish")
                        .setVersion(version)
                        .setLabel(label)
                        .build());
    }

    private void library(String name, String version, String exports, String imports)
            throws Exception {
        byte[] bytes = TestBundle.library(name, version, exports, imports);
        cluster.operator.publish(Mode.LIBRARY, bytes, 0);
    }

    private void delete(String name, String version) throws Exception {
        cluster.operator.ask(
                Rpcs.DELETE_LIBRARY,
                DeleteLibraryRequest.newBuilder()
                        .setSymbolicName(name)
                        .setVersion(version)
                        .build());
    }

    private List<LibraryEntry> entries() throws Exception {
        return cluster.operator.list(
                Rpcs.LIST_LIBRARIES, ListLibrariesRequest.getDefaultInstance());
    }

    private List<String> libraries() throws Exception {
        return entries().stream().map(entry -> name(entry.getLibrary())).toList();
    }

    private List<String> users(String name, String version) throws Exception {
        return entries().stream()
                .filter(entry -> name(entry.getLibrary()).equals(name + " " + version))
                .flatMap(entry -> entry.getUsedByList().stream())
                .map(plugin -> plugin.getName() + " " + plugin.getVersion())
                .toList();
    }

    private static String name(Library library) {
        return library.getSymbolicName() + " " + library.getVersion();
    }

    private static List<String> needed(WorkerPlan plan, TestBundle plugin) {
        ByteString sha256 = ByteString.copyFrom(TestBundle.sha256(plugin.bytes()));
        return plan.getNeedsList().stream()
                .filter(needs -> needs.getPlugin().equals(sha256))
                .map(PluginLibraries::getLibrariesList)
                .flatMap(List::stream)
                .map(place -> name(plan.getLibraries(place)))
                .sorted()
                .toList();
    }

    private long blobs() throws Exception {
        try (Stream<Path> files = Files.list(data.resolve("blobs"))) {
            return files.filter(Files::isRegularFile).count();
        }
    }

    /// Something that is refused.
    private interface Call {
        void make() throws Exception;
    }

    private static String refused(Kind kind, Call call) {
        CallException refused = assertThrows(CallException.class, call::make);
        assertEquals(kind, refused.kind(), refused.getMessage());
        return String.valueOf(refused.getMessage());
    }
}
