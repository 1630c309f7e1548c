package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.overseer.TestOverseer.until;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.BundleSignature;
import org.stagedpipe.protocol.v1.CanaryPolicy;
import org.stagedpipe.protocol.v1.LibraryEntry;
import org.stagedpipe.protocol.v1.ListLibrariesRequest;
import org.stagedpipe.protocol.v1.Progress;
import org.stagedpipe.protocol.v1.PublishBegin;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.protocol.v1.PublishedVersion;
import org.stagedpipe.protocol.v1.WorkerPlan;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Rpcs;

import java.util.List;
import java.util.stream.Collectors;

/// The overseer passes signatures on to workers, with each version for as long as groups may ask for it.
class SignatureTest extends OneOverseer {

    private static final String API = "org.stagedpipe.api;version=\"[1.0,2)\"";

    private void publish(Mode mode, byte[] bytes, String signature) throws Exception {
        cluster.operator.publish(begin(mode, bytes, signature).build(), bytes);
    }

    private static PublishBegin.Builder begin(Mode mode, byte[] bytes, String signature) {
        return PublishBegin.newBuilder()
                .setMode(mode)
                .setFile("test.jar")
                .setSize(bytes.length)
                .setSha256(ByteString.copyFrom(TestBundle.sha256(bytes)))
                .setSignature(ByteString.copyFromUtf8(signature));
    }

    /// One that nobody made; only workers look at what is in it.
    private static String signature(String by) {
        return by + "-".repeat(64 - by.length());
    }

    private static List<String> signatures(WorkerPlan plan, byte[] bundle) {
        ByteString sha256 = ByteString.copyFrom(TestBundle.sha256(bundle));
        return plan.getSignaturesList().stream()
                .filter(signature -> signature.getSha256().equals(sha256))
                .map(BundleSignature::getSignature)
                .map(ByteString::toStringUtf8)
                .map(text -> text.replace("-", ""))
                .distinct()
                .toList();
    }

    @Test
    void eachPlanWithAVersionHasItsSignatureAndThoseOfItsLibraries() throws Exception {
        byte[] csv = TestBundle.library("csv", "1.4.0", "csv;version=1.4", API);
        byte[] fish = FISH.importing(API + ",csv;version=\"[1,2)\"").bytes();
        TestNode worker = worker("w1");
        cluster.awaitReady("w1");
        publish(Mode.LIBRARY, csv, signature("ann"));
        publish(Mode.INSTALL, fish, signature("ben"));
        publish(Mode.UPDATE, FISH_1_1.bytes(), signature("cat"));
        for (WorkerPlan plan : worker.plans) {
            if (versions(plan.getPluginsList()).contains("1.0.0")) {
                assertEquals(List.of("ben"), signatures(plan, fish));
                assertEquals(List.of("ann"), signatures(plan, csv));
            }
            if (versions(plan.getPluginsList()).contains("1.1.0")) {
                assertEquals(List.of("cat"), signatures(plan, FISH_1_1.bytes()));
            }
        }
        until("the old one leaves", () -> planned(worker).equals(List.of("1.1.0")));
        WorkerPlan last = worker.plans.getLast();
        assertEquals(List.of("ben"), signatures(last, fish), "a group may ask for it");

        close(); // what a new overseer says is from the store
        nodes.clear();
        open();
        TestNode back = worker("w1");
        cluster.awaitReady("w1");
        until("a plan", () -> !back.plans.isEmpty());
        assertEquals(List.of("cat"), signatures(back.plans.getLast(), FISH_1_1.bytes()));
        assertEquals(List.of("ann"), signatures(back.plans.getLast(), csv));
        cluster.operator.rollback("fish", "");
        until("the new one leaves", () -> planned(back).equals(List.of("1.0.0")));
        assertEquals(List.of("ben"), signatures(back.plans.getLast(), fish));
    }

    @Test
    void theSameBytesAreSignedAnewWithoutAnotherVersion() throws Exception {
        byte[] csv = TestBundle.library("csv", "1.4.0", "csv;version=1.4", API);
        byte[] fish = FISH.importing(API + ",csv;version=\"[1,2)\"").bytes();
        TestNode worker = worker("w1");
        cluster.awaitReady("w1");
        publish(Mode.LIBRARY, csv, "");
        publish(Mode.INSTALL, fish, "");
        assertEquals(List.of(), worker.plans.getLast().getSignaturesList());
        assertFalse(version().getSigned());
        assertFalse(library().getSigned());

        publish(Mode.LIBRARY, csv, signature("ann"));
        publish(Mode.UPDATE, fish, signature("ben"));
        awaitSigned(worker, fish, List.of("ben"));
        awaitSigned(worker, csv, List.of("ann"));
        assertTrue(version().getSigned());
        assertTrue(library().getSigned());

        publish(Mode.UPDATE, fish, ""); // takes none away
        assertTrue(version().getSigned());
        publish(Mode.UPDATE, FISH_1_1.bytes(), "");
        publish(Mode.UPDATE, fish, signature("cat")); // back to it, by another operator
        awaitSigned(worker, fish, List.of("cat", "ben"));
        int plans = worker.plans.size();
        publish(Mode.UPDATE, fish, signature("cat")); // workers may have a new key
        until("they try again", () -> worker.plans.size() > plans);
        awaitSigned(worker, fish, List.of("cat", "ben"));
        for (int i = 0; i < 10; i++) {
            publish(Mode.UPDATE, fish, signature("ann" + i));
        }
        until(
                "the last one is there",
                () -> signatures(worker.plans.getLast(), fish).contains("ann9"));
        assertEquals(8, signatures(worker.plans.getLast(), fish).size(), "no more are kept");
        assertEquals(2, plugins().getFirst().getVersionsCount());
    }

    @Test
    void aSignedPluginTakesSignedLibrariesFirst() throws Exception {
        byte[] older = TestBundle.library("csv", "1.4.0", "csv;version=1.4", API);
        byte[] newer = TestBundle.library("csv", "1.5.0", "csv;version=1.5", API);
        publish(Mode.LIBRARY, older, signature("ann"));
        publish(Mode.LIBRARY, newer, "");
        String imports = API + ",csv;version=\"[1,2)\"";
        publish(Mode.INSTALL, FISH.importing(imports).bytes(), signature("ben"));
        assertEquals("1.4.0", library(version()), "no worker is there");
        worker("w1");
        cluster.awaitReady("w1");
        publish(Mode.UPDATE, FISH_1_1.importing(imports).bytes(), signature("ben"));
        assertEquals("1.4.0", library(version()));
        TestBundle last = TestBundle.of("fish", "1.2.0").importing(imports);
        publish(Mode.UPDATE, last.bytes(), "");
        assertEquals("1.5.0", library(version()), "who is not takes the newest");
    }

    @Test
    void aCanaryIsSignedAnewToo() throws Exception {
        TestNode worker = worker("w1");
        cluster.awaitReady("w1");
        cluster.operator.install(FISH);
        cluster.operator.canary(
                FISH_1_1, CanaryPolicy.newBuilder().setPercent(20).setMinItems(10).build());
        byte[] canary = FISH_1_1.bytes();
        publish(Mode.UPDATE, canary, signature("ann"));
        awaitSigned(worker, canary, List.of("ann"));
        assertEquals("canary", cluster.operator.rollout().getState());
        assertEquals(
                Kind.CONFLICT,
                refused(() -> publish(Mode.UPDATE, canary, "")).kind(),
                "nothing to sign");
        CallException refused =
                refused(() ->
                        publish(
                                Mode.UPDATE,
                                TestBundle.of("fish", "1.2.0").bytes(),
                                signature("ann")));
        assertEquals(Kind.CONFLICT, refused.kind());
    }

    @Test
    void aDryRunSaysWhatWouldBeSigned() throws Exception {
        cluster.operator.install(FISH);
        byte[] fish = FISH.bytes();
        assertEquals(
                "fish 1.0.0 is what new groups get already, it would be signed as this file",
                dryRun(begin(Mode.UPDATE, fish, signature("ann"))));
        assertFalse(version().getSigned());
        assertEquals(
                "fish 1.0.0 is what new groups get already, nothing to do",
                dryRun(begin(Mode.UPDATE, fish, "")));
    }

    private String dryRun(PublishBegin.Builder begin) throws Exception {
        return cluster.operator.publish(begin.setDryRun(true).build(), FISH.bytes()).stream()
                .filter(progress -> progress.getStep().equals("plan"))
                .map(Progress::getText)
                .collect(Collectors.joining("; "));
    }

    private static void awaitSigned(TestNode worker, byte[] bundle, List<String> by)
            throws Exception {
        until(
                "the plan has the signatures of " + by,
                () -> signatures(worker.plans.getLast(), bundle).equals(by));
    }

    private String library(PublishedVersion version) throws Exception {
        return plugins().getFirst().getLibraries(version.getLibraries(0)).getVersion();
    }

    private PublishedVersion version() throws Exception {
        return plugins().getFirst().getVersions(0);
    }

    private LibraryEntry library() throws Exception {
        return cluster.operator
                .list(Rpcs.LIST_LIBRARIES, ListLibrariesRequest.getDefaultInstance())
                .getFirst();
    }

    /// Also by what only looks, and before any worker hears of it.
    @Test
    void whatAWorkerWouldRefuseAsUnsignedIsRefused() throws Exception {
        byte[] csv = TestBundle.library("csv", "1.4.0", "csv;version=1.4", API);
        byte[] fish = FISH.importing(API + ",csv;version=\"[1,2)\"").bytes();
        TestNode worker = opened(TestNode.strictWorker("w1", cluster.overseer.nodesAt()));
        cluster.awaitReady("w1");
        publish(Mode.LIBRARY, csv, "");
        String why = " is not signed, and worker w1 installs only what is";
        for (Mode mode : List.of(Mode.VERIFY, Mode.INSTALL)) {
            CallException plugin = refused(() -> publish(mode, fish, ""));
            assertEquals(Kind.REFUSED, plugin.kind());
            assertTrue(plugin.getMessage().startsWith("fish 1.0.0" + why), plugin.getMessage());
            CallException library = refused(() -> publish(mode, fish, signature("ann")));
            assertTrue(library.getMessage().startsWith("csv 1.4.0" + why), library.getMessage());
        }
        assertEquals(List.of(), planned(worker));

        publish(Mode.LIBRARY, csv, signature("ann"));
        publish(Mode.VERIFY, fish, signature("ann"));
        publish(Mode.INSTALL, fish, signature("ann"));
        assertEquals(List.of("1.0.0"), planned(worker));
    }

    @Test
    void oneOfAnotherLengthIsRefused() throws Exception {
        CallException refused = refused(() -> publish(Mode.INSTALL, FISH.bytes(), "ann"));
        assertEquals(Kind.INVALID, refused.kind());
        assertEquals("signature: 3 bytes (expected: 64, or none)", refused.getMessage());
    }
}
