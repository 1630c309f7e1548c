package org.stagedpipe.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.protocol.v1.Applied;
import org.stagedpipe.protocol.v1.FetchRequest;
import org.stagedpipe.protocol.v1.PluginStatus.State;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Security;
import org.stagedpipe.worker.plugin.Blobs;
import org.stagedpipe.worker.plugin.OverseerSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/// How bundles come from the repository.
@Timeout(40)
class WorkerFetchTest extends OneWorker {

    @Test
    void aVersionThatIsNotPlannedIsFetchedOnDemand() throws Exception {
        overseer.plan(two);
        overseer.awaitApplied();
        try (TestCoordinator group = group(one)) {
            group.items("{\"text\":\"a\"}");
            assertEquals("{\"text\":\"a!1.0.0\",\"times\":1}", group.finish().result(0));
        }
        overseer.awaitStatus(one.version(), State.UNLOADED);
    }

    @Test
    void whatIsNotInTheRepositoryIsNotFound() throws Exception {
        PluginJar unknown = PluginJar.of("plug", "9.0.0", new byte[] {1, 2, 3});
        CallException refused = assertThrows(CallException.class, () -> group(unknown));
        assertEquals(Kind.NOT_FOUND, refused.kind());
        assertEquals("plug 9.0.0 is not in the repository: no such bundle", refused.getMessage());
    }

    @Test
    void anInterruptedFetchGoesOnWhereItEnded() throws Exception {
        overseer.fetchAtMost = 2_000;
        overseer.plan(one);
        assertEquals(State.READY, overseer.awaitApplied().getPlugins(0).getState());
        assertTrue(overseer.fetches.size() > 1, "fetches: " + overseer.fetches);
    }

    @Test
    void aFetchGoesOnAtTheNextOverseerWhenTheFirstIsLost() throws Exception {
        worker.close();
        try (TestOverseer second = TestOverseer.open()) {
            second.has(one);
            second.plan(one);
            overseers += "," + second.endpoint();
            overseer.plan(one);
            overseer.fetchAtMost = 2_000;
            overseer.freezes = true;
            worker = worker();
            Eventually.holds(
                    "some bytes came",
                    () -> partOf(one).toFile().length() == 2_000,
                    () -> overseer.fetches);
            overseer.close();
            assertEquals(State.READY, second.awaitApplied().getPlugins(0).getState());
            assertEquals(
                    List.of(2_000L), second.fetches.stream().map(FetchRequest::getOffset).toList());
            try (TestCoordinator group = group(one)) {
                group.items("{\"text\":\"a\"}");
                assertEquals("{\"text\":\"a!1.0.0\",\"times\":1}", group.finish().result(0));
            }
            worker.close();
        }
    }

    @Test
    void aRottenBundleIsFetchedFromTheNextOverseer() throws Exception {
        byte[] rotten = one.bytes().toByteArray();
        rotten[rotten.length / 2] ^= 1;
        fetchesFromTheNext(ByteString.copyFrom(rotten));
    }

    @Test
    void aBundleThatIsTooLongIsFetchedFromTheNextOverseer() throws Exception {
        fetchesFromTheNext(one.bytes().concat(ByteString.copyFromUtf8("x")));
    }

    private void fetchesFromTheNext(ByteString rotten) throws Exception {
        worker.close();
        try (TestOverseer second = TestOverseer.open()) {
            second.has(one);
            overseer.has(new PluginJar(one.version(), rotten));
            overseer.plan(one);
            second.plan(one);
            overseers += "," + second.endpoint();
            worker = worker();
            Eventually.holds(
                    "applied at either, whichever it has joined",
                    () -> overseer.applied.getRevision() == 1 || second.applied.getRevision() == 1,
                    () -> overseer.heartbeat);
            Applied applied =
                    overseer.applied.getRevision() == 1 ? overseer.applied : second.applied;
            assertEquals(State.READY, applied.getPlugins(0).getState());
            assertEquals(1, overseer.fetches.size());
            assertEquals(
                    List.of(0L), second.fetches.stream().map(FetchRequest::getOffset).toList());
            worker.close();
        }
    }

    @Test
    void aVersionOfThePlanThatFailedForAPassingReasonIsTriedAgain() throws Exception {
        Path folder = Files.writeString(data.resolve("blobs"), "in the way");
        overseer.plan(one);
        Applied applied = overseer.awaitApplied();
        assertEquals(State.FAILED, applied.getPlugins(0).getState());
        overseer.awaitStatus(one.version(), State.FAILED);
        CallException refused = assertThrows(CallException.class, () -> group(one));
        assertEquals(Kind.UNREACHABLE, refused.kind());
        Files.delete(folder);
        Set<State> seen = EnumSet.noneOf(State.class);
        Eventually.holds(
                "it is ready",
                () -> {
                    seen.add(overseer.status(one.version()).getState());
                    return seen.contains(State.READY);
                },
                () -> overseer.heartbeat);
        assertEquals(EnumSet.of(State.FAILED, State.READY), seen);
        assertEquals(applied, overseer.applied, "one report for each plan");
        try (TestCoordinator group = group(one)) {
            group.items("{\"text\":\"a\"}");
            assertEquals("{\"text\":\"a!1.0.0\",\"times\":1}", group.finish().result(0));
        }
    }

    @Test
    void aVersionOfThePlanThatWasInNoRepositoryIsHadOnceItIsInOne() throws Exception {
        PluginJar late = PluginJar.of("3.0.0");
        overseer.plan(late);
        assertEquals(
                "plug 3.0.0 is not in the repository: no such bundle",
                overseer.awaitApplied().getPlugins(0).getText());
        overseer.has(late);
        overseer.awaitStatus(late.version(), State.READY);
    }

    @Test
    void theTimeForOneBundleIsForAllOverseersTogether() throws Exception {
        overseer.fetchAtMost = 0;
        overseer.freezes = true;
        List<Endpoint> all = new ArrayList<>(List.of(overseer.endpoint()));
        try (TestOverseer second = TestOverseer.open();
                TestOverseer third = TestOverseer.open()) {
            for (TestOverseer other : List.of(second, third)) {
                other.has(one);
                all.add(other.endpoint());
            }
            second.fetchAtMost = 0;
            second.freezes = true;
            Duration timeout = Duration.ofSeconds(12);
            Blobs blobs =
                    new Blobs(
                            data.resolve("others"),
                            Long.MAX_VALUE,
                            new OverseerSource(() -> all, Security.loopbackOnly()),
                            timeout);
            long begun = System.nanoTime();
            blobs.require(one.version());
            Duration took = Duration.ofNanos(System.nanoTime() - begun);
            assertFalse(third.fetches.isEmpty(), "the third one was asked");
            assertTrue(took.toSeconds() < 20, "took " + took); // twice the whole time before it was
        }
    }

    private Path partOf(PluginJar jar) {
        byte[] sha256 = jar.version().getSha256().toByteArray();
        return data.resolve("blobs").resolve(HexFormat.of().formatHex(sha256) + ".part");
    }

    @Test
    void aRestartFetchesOnlyTheDifference() throws Exception {
        overseer.plan(one);
        overseer.awaitApplied();
        worker.close();
        overseer.fetches.clear();
        overseer.plan(one, two);
        worker = worker();
        Applied applied = overseer.awaitApplied();
        assertEquals(State.READY, applied.getPlugins(0).getState());
        assertEquals(State.READY, applied.getPlugins(1).getState());
        assertEquals(
                List.of(two.version().getSha256()),
                overseer.fetches.stream().map(FetchRequest::getSha256).toList());
    }

    @Test
    void aRestartFetchesNothingAgain() throws Exception {
        overseer.plan(one);
        overseer.awaitApplied();
        assertEquals(1, overseer.fetches.size());
        worker.close();
        assertTrue(overseer.goodbye);
        assertEquals(List.of(), container.plugins());
        overseer.applied = org.stagedpipe.protocol.v1.Applied.getDefaultInstance();
        worker = worker();
        assertEquals(State.READY, overseer.awaitApplied().getPlugins(0).getState());
        assertEquals(1, overseer.fetches.size());
    }
}
