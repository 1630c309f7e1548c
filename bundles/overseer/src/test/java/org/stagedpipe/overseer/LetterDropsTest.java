package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.overseer.TestOverseer.until;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.AuditEntry;
import org.stagedpipe.protocol.v1.CancelGroupRequest;
import org.stagedpipe.protocol.v1.CordonNodeRequest;
import org.stagedpipe.protocol.v1.DecideRolloutRequest.Decision;
import org.stagedpipe.protocol.v1.DeleteLibraryRequest;
import org.stagedpipe.protocol.v1.Heartbeat;
import org.stagedpipe.protocol.v1.LabelVersionRequest;
import org.stagedpipe.protocol.v1.LettersDropped;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Rpc;
import org.stagedpipe.transport.Rpcs;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// All that operators change is in the audit log, also what a coordinator does for them.
class LetterDropsTest extends OneOverseer {

    private static final ByteString GROUP = ByteString.copyFrom(new byte[16]);
    private static final ByteString ID = ByteString.copyFromUtf8("0123456789abcdef");
    private static final LettersDropped DROP =
            LettersDropped.newBuilder()
                    .setId(ID)
                    .setGroup(GROUP)
                    .setPlugin("fish")
                    .setItems(3)
                    .setOperator("operator/ann")
                    .setProven(true)
                    .setFrom("127.0.0.1:7")
                    .setTimeMs(1_000)
                    .setDurationMs(5)
                    .setResult("done")
                    .build();
    private static final String ACTION =
            "drop 3 dead letters of group 00000000-0000-0000-0000-000000000000 on c1";

    @Test
    void whoDroppedDeadLettersIsThereOnceHoweverOftenItIsReported() throws Exception {
        TestNode c1 = coordinator("c1");
        c1.heartbeat(reporting(DROP));
        until("it is told that it is there", () -> c1.recorded.contains(ID));
        until("it still reports it, and is told again", () -> c1.recorded.size() > 2);
        AuditEntry entry = only();
        assertEquals(ACTION, entry.getAction());
        assertEquals("operator/ann", entry.getOperator());
        assertTrue(entry.getProven());
        assertEquals("127.0.0.1:7", entry.getFrom());
        assertEquals("fish", entry.getPlugin());
        assertEquals("done", entry.getResult());
        assertEquals(1_000, entry.getTimeMs());
        assertEquals(5, entry.getDurationMs());

        int port = cluster.overseer.nodesAt().port();
        cluster.close();
        cluster = TestOverseer.slow(data, port);
        c1.recorded.clear();
        until("the next one tells it, too", () -> c1.recorded.contains(ID));
        assertEquals(entry, only());
    }

    @Test
    void whatTheyCouldNotDropIsThereWithTheReason() throws Exception {
        TestNode c1 = coordinator("c1");
        c1.heartbeat(reporting(DROP.toBuilder().setResult("failed").setText("disk: ill").build()));
        until("it is there", () -> c1.recorded.contains(ID));
        assertEquals("failed", only().getResult());
        assertEquals("disk: ill", only().getText());
    }

    @Test
    void whatNoCoordinatorCanSayIsNot() throws Exception {
        TestNode w1 = worker("w1");
        w1.heartbeat(reporting(DROP));
        TestNode c1 = coordinator("c1");
        c1.heartbeat(
                reporting(
                        DROP.toBuilder().setId(ByteString.EMPTY).build(),
                        DROP.toBuilder().setGroup(ByteString.EMPTY).build(),
                        DROP.toBuilder().setResult("running").build()));
        until("the last one is there", () -> c1.recorded.contains(ID));
        assertEquals(ACTION, only().getAction());
        assertEquals("failed", only().getResult());
        assertEquals(List.of(), w1.recorded);
    }

    @Test
    void whatComesWhileTheStoreIsAwayIsThereOnceItIsBack() throws Exception {
        cluster.close();
        ShakyEnsemble[] store = new ShakyEnsemble[1];
        InMemoryEnsembles ensembles = new InMemoryEnsembles();
        cluster =
                TestOverseer.on(
                        (terms, gaveUp) ->
                                store[0] = new ShakyEnsemble(ensembles.open(terms, gaveUp)),
                        data);
        TestNode c1 = coordinator("c1");
        cluster.awaitReady("c1");
        store[0].losesAnswers(true); // it is written, and nobody hears so
        c1.heartbeat(reporting(DROP));
        until("it is written", () -> cluster.operator.audit("fish").size() == 1);
        store[0].losesAnswers(false);
        until("it is told that it is there", () -> c1.recorded.contains(ID));
        assertEquals(ACTION, only().getAction());
    }

    /// What begins with List or Describe changes nothing.
    @Test
    void eachCallOfOperatorsThatChangesSomethingIsThere() throws Exception {
        Operator ann = cluster.operator;
        ann.install(FISH); // Publish
        refused(() -> ann.publish(Mode.LIBRARY, FISH.bytes(), 0));
        refused(() -> ann.rollback("fish", ""));
        refused(() -> ann.delete("fish", "1.0.0"));
        refused(() -> ann.decide(ann.rollout().getId(), Decision.ABORT));
        refused(() -> ann.forget("o9"));
        refused(() ->
                ann.ask(Rpcs.CORDON_NODE, CordonNodeRequest.newBuilder().setName("w9").build()));
        refused(() ->
                ann.ask(
                        Rpcs.CANCEL_GROUP,
                        CancelGroupRequest.newBuilder().setGroup(GROUP).build()));
        refused(() ->
                ann.ask(
                        Rpcs.DELETE_LIBRARY,
                        DeleteLibraryRequest.newBuilder().setSymbolicName("gills").build()));
        ann.ask(
                Rpcs.LABEL_VERSION,
                LabelVersionRequest.newBuilder()
                        .setName("fish")
                        .setVersion("1.0.0")
                        .setLabel("stable")
                        .build());
        ann.uninstall("fish");
        Set<String> verbs =
                ann.audit("").stream()
                        .map(entry ->
                                entry.getAction().replaceAll("(stable|node|group).*", "").strip())
                        .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(
                new TreeSet<>(
                        Set.of(
                                "install",
                                "library",
                                "rollback",
                                "delete",
                                "rollout abort",
                                "forget",
                                "resume",
                                "cancel",
                                "delete library",
                                "label",
                                "uninstall")),
                verbs);
        assertEquals(
                new TreeSet<>(
                        Set.of(
                                "Publish",
                                "Rollback",
                                "Uninstall",
                                "DeleteVersion",
                                "DecideRollout",
                                "ForgetNode",
                                "CordonNode",
                                "CancelGroup",
                                "DeleteLibrary",
                                "LabelVersion")),
                Rpcs.all().stream()
                        .map(Rpc::toString)
                        .filter(name -> name.contains(".Admin/"))
                        .map(name -> name.substring(name.indexOf('/') + 1))
                        .filter(name -> !name.startsWith("List") && !name.startsWith("Describe"))
                        .collect(Collectors.toCollection(TreeSet::new)));
    }

    private static Heartbeat reporting(LettersDropped... drops) {
        return Heartbeat.newBuilder().addAllDropped(List.of(drops)).build();
    }

    private AuditEntry only() throws CallException, InterruptedException {
        List<AuditEntry> all = cluster.operator.audit("fish");
        assertEquals(1, all.size(), all::toString);
        return all.getFirst();
    }
}
