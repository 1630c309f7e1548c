package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.stagedpipe.overseer.TestOverseer.until;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.protocol.v1.Progress;
import org.stagedpipe.protocol.v1.PublishBegin;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.protocol.v1.PublishRequest;
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.Rpcs;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// An operator's program whose connection breaks when all bytes are with the overseer.
class PublishingTest {

    @TempDir private Path data;
    private final byte[] bytes = TestBundle.of("fish", "1.0.0").bytes();

    @Test
    void whoAsksAgainFollowsTheChangeThatItHasBegun() throws Exception {
        try (TestOverseer cluster = new TestOverseer(data);
                TestNode worker = TestNode.worker("w1", cluster.overseer.nodesAt()).open()) {
            cluster.awaitReady("w1");
            worker.silent();
            try (Exchange<PublishRequest, Progress> broken = exchange(cluster, "r1")) {
                assertEquals(0, offset(broken));
                broken.send(
                        PublishRequest.newBuilder().setData(ByteString.copyFrom(bytes)).build());
                broken.complete();
                until("it is pushed", () -> worker.plans.getLast().getPluginsCount() == 1);
            }
            try (Exchange<PublishRequest, Progress> again = exchange(cluster, "r1")) {
                assertEquals(bytes.length, offset(again), "the bytes are there");
                again.complete();
                worker.speak();
                assertEquals("fish", last(again).getResult().getName());
            }
            try (Exchange<PublishRequest, Progress> over = exchange(cluster, "r1")) {
                assertEquals(bytes.length, offset(over));
                assertEquals("fish", last(over).getResult().getName());
            }
            try (Exchange<PublishRequest, Progress> another = exchange(cluster, "r2")) {
                assertEquals(0, offset(another));
            }
            assertEquals(
                    List.of("install"),
                    cluster.operator.audit("fish").stream().map(e -> e.getAction()).toList());
        }
    }

    private Exchange<PublishRequest, Progress> exchange(TestOverseer cluster, String request)
            throws Exception {
        Exchange<PublishRequest, Progress> exchange =
                cluster.operator.connection.exchange(Rpcs.PUBLISH, Duration.ofSeconds(20));
        exchange.send(
                PublishRequest.newBuilder()
                        .setBegin(
                                PublishBegin.newBuilder()
                                        .setMode(Mode.INSTALL)
                                        .setFile("fish.jar")
                                        .setSize(bytes.length)
                                        .setSha256(ByteString.copyFrom(TestBundle.sha256(bytes)))
                                        .setRequest(request)
                                        .setResume(true))
                        .build());
        return exchange;
    }

    private static long offset(Exchange<?, Progress> exchange) throws Exception {
        Progress first = exchange.next();
        return first == null ? -1 : first.getOffset();
    }

    private static Progress last(Exchange<?, Progress> exchange) throws Exception {
        Progress last = Progress.getDefaultInstance();
        for (@Nullable Progress next = exchange.next(); next != null; next = exchange.next()) {
            last = next;
        }
        return last;
    }
}
