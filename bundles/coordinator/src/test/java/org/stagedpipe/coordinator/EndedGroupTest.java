package org.stagedpipe.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.stagedpipe.coordinator.group.Environment;
import org.stagedpipe.coordinator.group.Limits;
import org.stagedpipe.coordinator.group.Links;
import org.stagedpipe.coordinator.group.NodeWindow;
import org.stagedpipe.coordinator.group.Refusals;
import org.stagedpipe.coordinator.group.Spool;
import org.stagedpipe.coordinator.group.Streams;
import org.stagedpipe.coordinator.letter.LetterBounds;
import org.stagedpipe.coordinator.letter.Letters;
import org.stagedpipe.protocol.v1.CancelGroup;
import org.stagedpipe.protocol.v1.ClusterView;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.protocol.v1.GroupResponse;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.protocol.v1.OpenGroup;
import org.stagedpipe.protocol.v1.Route;
import org.stagedpipe.protocol.v1.WorkerEntry;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Receiver;
import org.stagedpipe.transport.Security;
import org.stagedpipe.transport.StreamWindows;
import org.stagedpipe.transport.node.Unread;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/// No timer waits for a group that has ended: it would keep all of the group, which nothing counts any more.
final class EndedGroupTest {

    private static final Duration HOUR = Duration.ofHours(1);
    private static final int MIB = 1 << 20;

    private final ScheduledThreadPoolExecutor timers = new ScheduledThreadPoolExecutor(1);
    private final ExecutorService threads = Executors.newFixedThreadPool(2);
    private final Links links = new Links("c1", Security.loopbackOnly(), new StreamWindows(MIB, 0));
    private final Environment environment =
            new Environment(
                    "c1",
                    new Limits(64, MIB, MIB, MIB, 64, HOUR, HOUR, HOUR, HOUR, HOUR),
                    new NodeWindow(MIB),
                    new Spool(Path.of("target", "unused"), MIB, MIB),
                    new Letters(
                            Path.of("target", "unused"),
                            new LetterBounds(1, MIB, MIB, HOUR),
                            Clock.systemUTC(),
                            System::nanoTime),
                    links,
                    new Streams(100),
                    threads,
                    timers,
                    () -> 0,
                    new LongAdder(),
                    new Refusals());
    private final Groups groups =
            new Groups(
                    environment,
                    10,
                    new Principals(environment, 10, new PrincipalLimits(100, 10), System::nanoTime),
                    new Unread(100 * MIB, MIB, 0),
                    MIB,
                    Clock.systemUTC());
    private final Client client = new Client();
    private final TestWorker worker = new TestWorker("w1");

    EndedGroupTest() throws CallException {}

    @BeforeEach
    void open() {
        timers.setRemoveOnCancelPolicy(true);
        groups.view(
                ClusterView.newBuilder()
                        .addRoutes(
                                Route.newBuilder()
                                        .setCurrent(TestCluster.ECHO)
                                        .addKnown(TestCluster.ECHO))
                        .addWorkers(
                                WorkerEntry.newBuilder()
                                        .setName(worker.name())
                                        .setAddress(worker.endpoint().toAddress())
                                        .setIncarnation(
                                                ByteString.copyFromUtf8(worker.incarnation()))
                                        .setReady(true))
                        .build());
    }

    @AfterEach
    void close() {
        links.close();
        worker.close();
        timers.shutdownNow();
        threads.shutdownNow();
    }

    @Test
    void onceItsWorkersHaveClosedTheirParts() {
        Receiver<GroupRequest> stream = running();
        stream.onComplete();
        Until.holds(() -> client.isComplete, () -> "not closed: " + client.sent);
        awaitNoTimer();
    }

    @Test
    void onceAClientIsGoneThatDidNotReadTheEnd() {
        worker.answers = false;
        Receiver<GroupRequest> stream = running();
        client.isReady = false;
        stream.onMessage(
                GroupRequest.newBuilder().setCancel(CancelGroup.getDefaultInstance()).build());
        Until.holds(() -> !timers.getQueue().isEmpty(), () -> "it waits for nobody");
        stream.onFailure(new CallException(Kind.CANCELLED, "gone"));
        awaitNoTimer();
    }

    @Test
    void onceAClientHasHeardTheEndThatStillSent() {
        worker.answers = false;
        Receiver<GroupRequest> stream = running();
        stream.onMessage(
                GroupRequest.newBuilder().setCancel(CancelGroup.getDefaultInstance()).build());
        Until.holds(() -> client.sent.getLast().hasClosed(), () -> "no end: " + client.sent);
        Until.holds(() -> groups.size() == 0, () -> "it is there");
        assertFalse(client.isComplete);
        for (int i = 0; i < 2; i++) { // the farewell itself asks for one
            int asked = client.asked.get();
            stream.onMessage(
                    GroupRequest.newBuilder().setItems(Items.getDefaultInstance()).build());
            Until.holds(() -> client.asked.get() > asked, () -> "what it sends is not dropped");
        }
        stream.onComplete();
        Until.holds(() -> client.isComplete, () -> "not ended");
        awaitNoTimer();
    }

    @Test
    void onceAClientDoesNotHearTheEndForASecond() {
        worker.answers = false;
        Receiver<GroupRequest> stream = running();
        stream.onMessage(
                GroupRequest.newBuilder().setCancel(CancelGroup.getDefaultInstance()).build());
        Until.holds(() -> client.isComplete, () -> "not ended");
        awaitNoTimer();
    }

    @Test
    void onceItsClientIsGone() {
        Receiver<GroupRequest> stream = running();
        stream.onFailure(new CallException(Kind.CANCELLED, "gone"));
        Until.holds(() -> groups.size() == 0, () -> "it is there");
        assertEquals(0, timers.getQueue().size());
    }

    /// A group that is open, and has given its worker an item.
    private Receiver<GroupRequest> running() {
        Receiver<GroupRequest> stream = groups.open(client);
        stream.onMessage(
                GroupRequest.newBuilder()
                        .setOpen(
                                OpenGroup.newBuilder()
                                        .setProtocol(1)
                                        .setGroup(ByteString.copyFrom(new byte[16]))
                                        .setPlugin("echo"))
                        .build());
        Until.holds(() -> client.sent.size() == 1, () -> "not opened: " + client.sent);
        stream.onMessage(
                GroupRequest.newBuilder()
                        .setItems(
                                Items.newBuilder()
                                        .addSequences(0)
                                        .addSizes(1)
                                        .setBody(ByteString.copyFromUtf8("x")))
                        .build());
        Until.holds(() -> worker.received.size() == 1, () -> "not given away");
        return stream;
    }

    private void awaitNoTimer() {
        Until.holds(() -> timers.getQueue().isEmpty(), () -> "waits: " + timers.getQueue());
    }

    /// A client that keeps what it is sent.
    private static final class Client implements Call<GroupResponse> {

        private final List<GroupResponse> sent = new CopyOnWriteArrayList<>();
        private final AtomicInteger asked = new AtomicInteger(); // messages
        private volatile boolean isReady = true;
        private volatile boolean isComplete;

        @Override
        public boolean isReady() {
            return isReady;
        }

        @Override
        public void send(GroupResponse message) {
            sent.add(message);
        }

        @Override
        public void complete() {
            isComplete = true;
        }

        @Override
        public void fail(CallException why) {}

        @Override
        public void request(int messages) {
            asked.addAndGet(messages);
        }
    }
}
