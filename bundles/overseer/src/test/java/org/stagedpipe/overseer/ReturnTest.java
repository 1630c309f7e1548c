package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.stagedpipe.overseer.TestOverseer.until;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.stagedpipe.protocol.v1.Progress;
import org.stagedpipe.protocol.v1.PublishBegin;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.protocol.v1.PublishRequest;
import org.stagedpipe.protocol.v1.WorkerPlan;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.Rpcs;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;

/// What is published while the workers that the overseer before this one knew are still on their way back.
class ReturnTest extends OneOverseer {

    private static final TestBundle MISSING = FISH_1_1.importing("absent;version=\"[1.0,2)\"");

    @Test
    void whatDoesNotResolveOnThemIsRefusedBeforeAnyPlan() throws Exception {
        restart();
        TestNode w1;
        try (InBackground<?> install = begun(() -> cluster.operator.install(MISSING))) {
            w1 = worker("w1");
            refusedForWhatIsMissing(install::await);
        }
        assertEquals(0, w1.plans.stream().mapToInt(WorkerPlan::getPluginsCount).sum());
        assertEquals(0, blobs());
    }

    @Test
    void whatDoesNotResolveOnThemIsNotVerified() throws Exception {
        restart();
        byte[] bytes = MISSING.bytes();
        PublishBegin begin =
                PublishBegin.newBuilder()
                        .setMode(Mode.VERIFY)
                        .setFile("test.jar")
                        .setSize(bytes.length)
                        .setSha256(ByteString.copyFrom(TestBundle.sha256(bytes)))
                        .build();
        try (Exchange<PublishRequest, Progress> verify =
                cluster.operator.connection.exchange(Rpcs.PUBLISH, Duration.ofSeconds(20))) {
            verify.send(PublishRequest.newBuilder().setBegin(begin).build());
            verify.send(PublishRequest.newBuilder().setData(ByteString.copyFrom(bytes)).build());
            verify.complete();
            assertEquals("upload", Objects.requireNonNull(verify.next()).getStep());
            worker("w1");
            refusedForWhatIsMissing(() -> {
                while (verify.next() != null) {}
            });
        }
    }

    @Test
    void whatTheyOfferIsTakenFromNoLibrary() throws Exception {
        byte[] api =
                TestBundle.library(
                        "api",
                        "1.0.0",
                        "org.stagedpipe.api;version=1.0",
                        "org.stagedpipe.api;version=\"[1.0,2)\"");
        cluster.operator.publish(Mode.LIBRARY, api, 0);
        restart();
        try (InBackground<List<Progress>> install = begun(() -> cluster.operator.install(FISH))) {
            worker("w1");
            assertEquals(
                    List.of("resolves on 1 worker"),
                    install.await().stream()
                            .filter(step -> step.getStep().equals("resolve"))
                            .map(Progress::getText)
                            .toList());
        }
    }

    /// The next overseer, which waits for w1.
    private void restart() throws Exception {
        cluster.close();
        TestOverseer.store(data).workers(Set.of("w1"));
        cluster = TestOverseer.patient(data, 0);
    }

    private <T> InBackground<T> begun(Callable<T> change) throws Exception {
        int before = cluster.operator.audit("").size();
        InBackground<T> running = InBackground.of(change);
        until("it begins", () -> cluster.operator.audit("").size() > before);
        return running;
    }

    private static void refusedForWhatIsMissing(Executable change) {
        CallException refused = refused(change);
        assertEquals(Kind.REFUSED, refused.kind());
        assertEquals(
                "fish 1.1.0 does not resolve on worker w1: missing package absent [1.0.0,2.0.0)",
                refused.getMessage());
    }
}
