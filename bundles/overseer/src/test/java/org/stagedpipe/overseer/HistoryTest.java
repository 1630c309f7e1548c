package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.overseer.TestOverseer.until;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.AuditEntry;
import org.stagedpipe.protocol.v1.DescribePluginRequest;
import org.stagedpipe.protocol.v1.GroupSummary;
import org.stagedpipe.protocol.v1.Heartbeat;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.PluginStatus;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.Progress;
import org.stagedpipe.protocol.v1.PublishedVersion;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Rpcs;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// What an overseer remembers of versions and of who changed them, and how it lets old ones go.
class HistoryTest extends OneOverseer {

    @Test
    void rollsBackThreeUpdatesAlsoAfterARestart() throws Exception {
        cluster.operator.install(FISH);
        for (String version : List.of("1.1.0", "1.2.0", "1.3.0")) {
            cluster.operator.update(TestBundle.of("fish", version));
        }
        cluster.close();
        cluster = new TestOverseer(data);
        TestNode w1 = worker("w1");
        TestNode c1 = coordinator("c1");
        cluster.awaitReady("w1", "c1");

        cluster.operator.rollback("fish", "1.0.0");

        PluginVersion routed =
                c1.route("1.0.0", route -> route.getCurrent().getVersion().equals("1.0.0"))
                        .getCurrent();
        assertEquals(ByteString.copyFrom(TestBundle.sha256(FISH.bytes())), routed.getSha256());
        until(
                "only the old one is planned",
                () -> w1.plans.getLast().getPluginsList().equals(List.of(routed)));
    }

    @Test
    void historySaysWhenAndWho() throws Exception {
        long before = System.currentTimeMillis();
        cluster.operator.install(FISH);
        PublishedVersion version = fish().getVersions(0);
        assertEquals("ann", version.getOperator());
        assertTrue(version.getPublishedMs() >= before, () -> "published " + version);
    }

    @Test
    void refusesToDeleteWhatNewGroupsGet() throws Exception {
        cluster.operator.install(FISH);
        assertEquals(
                "fish 1.0.0 is what new groups get (expected: a version that nothing uses)",
                refused(Kind.REFUSED, "1.0.0"));
    }

    @Test
    void refusesToDeleteWhatAGroupRunsOn() throws Exception {
        cluster.operator.install(FISH);
        cluster.operator.update(FISH_1_1);
        TestNode c1 = coordinator("c1");
        cluster.awaitReady("c1");
        c1.heartbeat(
                Heartbeat.newBuilder()
                        .addGroups(
                                GroupSummary.newBuilder()
                                        .setGroup(ByteString.copyFrom(new byte[16]))
                                        .setPlugin(fish().getVersions(1).getPlugin()))
                        .build());
        until("the overseer knows of the group", () -> fish().getGroups() == 1);
        assertEquals(
                "fish 1.0.0 has 1 group in progress (expected: a version that nothing uses)",
                refused(Kind.REFUSED, "1.0.0"));
        assertTrue(Files.exists(blob(FISH)));
    }

    @Test
    void aNewLeaderRefusesToDeleteWhatAGroupRunsOnThatItHasNotHeardOf() throws Exception {
        cluster.operator.install(FISH);
        cluster.operator.update(FISH_1_1);
        TestNode c1 = coordinator("c1");
        cluster.awaitReady("c1");
        c1.heartbeat(
                Heartbeat.newBuilder()
                        .addGroups(
                                GroupSummary.newBuilder()
                                        .setGroup(ByteString.copyFrom(new byte[16]))
                                        .setPlugin(fish().getVersions(1).getPlugin()))
                        .build());
        int port = cluster.overseer.nodesAt().port();
        cluster.close();
        cluster = TestOverseer.slow(data, port);
        assertEquals(
                "fish 1.0.0 has 1 group in progress (expected: a version that nothing uses)",
                refused(Kind.REFUSED, "1.0.0"));
        assertTrue(Files.exists(blob(FISH)));
    }

    @Test
    void refusesToDeleteWhatAWorkerHolds() throws Exception {
        cluster.operator.install(FISH);
        TestNode w1 = worker("w1");
        cluster.awaitReady("w1");
        PluginStatus held =
                TestNode.ready(fish().getCurrent()).toBuilder().setText("drains").build();
        cluster.operator.update(FISH_1_1);
        w1.heartbeat(Heartbeat.newBuilder().addPlugins(held).build());
        until(
                "the worker says it",
                () ->
                        fish().getWorkersList().stream()
                                .anyMatch(worker -> worker.getStatus().getText().equals("drains")));
        assertEquals(
                "fish 1.0.0 is held by w1 (expected: a version that nothing uses)",
                refused(Kind.REFUSED, "1.0.0"));
    }

    @Test
    void deletedVersionIsGoneButItsDigestStays() throws Exception {
        cluster.operator.install(FISH);
        cluster.operator.update(FISH_1_1);
        TestNode c1 = coordinator("c1");
        cluster.awaitReady("c1");

        cluster.operator.delete("fish", "1.0.0");

        assertFalse(Files.exists(blob(FISH)));
        c1.route("one version", route -> route.getKnownCount() == 1);
        assertTrue(fish().getVersions(1).getDeletedMs() > 0);
        assertEquals(
                "fish has no version 1.0.0 (expected: one of 1.1.0)",
                refused(Kind.NOT_FOUND, "1.0.0"));
        assertEquals(
                Kind.NOT_FOUND,
                assertThrows(CallException.class, () -> cluster.operator.rollback("fish", ""))
                        .kind());
        assertEquals(
                Kind.EXISTS,
                assertThrows(
                                CallException.class,
                                () -> cluster.operator.update(FISH.containing("other")))
                        .kind());
        cluster.operator.update(FISH);
        assertTrue(Files.exists(blob(FISH)));
        assertEquals("1.0.0", fish().getCurrent().getVersion());
        assertEquals(0, fish().getVersions(1).getDeletedMs());
    }

    @Test
    void auditSaysWhoChangedWhatAndSurvivesARestart() throws Exception {
        cluster.operator.install(FISH);
        cluster.operator.update(FISH_1_1);
        assertThrows(CallException.class, () -> cluster.operator.delete("fish", "1.1.0"));
        assertThrows(CallException.class, () -> cluster.operator.uninstall("fowl"));
        cluster.close();
        cluster = new TestOverseer(data);

        List<AuditEntry> audit = cluster.operator.audit("fish");

        assertEquals(
                List.of(
                        "ann install fish  1.0.0 done",
                        "ann update fish 1.0.0 1.1.0 done",
                        "ben delete fish 1.1.0 1.1.0 refused"),
                audit.stream().map(HistoryTest::line).toList());
        AuditEntry update = audit.get(1);
        assertEquals(ByteString.copyFrom(TestBundle.sha256(FISH_1_1.bytes())), update.getSha256());
        assertFalse(update.getProven());
        assertTrue(update.getFrom().startsWith("127.0.0.1:"), update::toString);
        assertTrue(audit.get(2).getText().startsWith("fish 1.1.0 is what new groups get"));
        assertEquals("unknown", cluster.operator.audit("fowl").getFirst().getOperator());
    }

    @Test
    void saysThatNoWorkerHasMadeItReady() throws Exception {
        List<Progress> progress = cluster.operator.install(FISH);
        String text = "no worker is connected; those that come get it";
        assertTrue(
                progress.stream().anyMatch(step -> step.getText().equals("done: " + text)),
                progress::toString);
        assertEquals(text, cluster.operator.rollout().getText());
        AuditEntry entry = cluster.operator.audit("fish").getLast();
        assertEquals("done", entry.getResult());
        assertEquals(text, entry.getText());

        worker("w1");
        cluster.awaitReady("w1");
        cluster.operator.update(FISH_1_1);
        assertEquals("all workers are ready", cluster.operator.rollout().getText());
        assertEquals("", cluster.operator.audit("fish").getLast().getText());
    }

    private static String line(AuditEntry entry) {
        return String.join(
                " ",
                entry.getOperator(),
                entry.getAction(),
                entry.getPlugin(),
                entry.getBefore(),
                entry.getVersion(),
                entry.getResult());
    }

    private PluginEntry fish() throws CallException, InterruptedException {
        return cluster.operator.ask(
                Rpcs.DESCRIBE_PLUGIN, DescribePluginRequest.newBuilder().setName("fish").build());
    }

    private String refused(Kind kind, String version) {
        CallException refused =
                assertThrows(CallException.class, () -> cluster.operator.delete("fish", version));
        assertEquals(kind, refused.kind());
        return refused.getMessage();
    }

    private Path blob(TestBundle bundle) {
        return data.resolve("blobs")
                .resolve(Wire.hex(ByteString.copyFrom(TestBundle.sha256(bundle.bytes()))));
    }
}
