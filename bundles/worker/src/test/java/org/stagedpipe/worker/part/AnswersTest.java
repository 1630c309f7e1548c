package org.stagedpipe.worker.part;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;
import org.stagedpipe.engine.Group;
import org.stagedpipe.engine.Pipelines;
import org.stagedpipe.protocol.v1.WorkResponse;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.worker.plugin.Item;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// Who sends an answer: the pipeline's thread a lone one, the group's own thread whatever has to wait.
@Timeout(30)
class AnswersTest implements Answers.Events {

    private static final String PIPELINE = "pipeline-0";

    private final Pipelines<Integer, String> pipelines =
            Pipelines.of(StateMachine.of(Stage.<Integer, String>of("work", request -> Stage.end())))
                    .open();

    private final AtomicInteger answered = new AtomicInteger();
    private final Line line = new Line();
    private final Outlet outlet = new Outlet(line);
    private final Group<Integer, String> group = open(new Answers(outlet, this));
    private long next;

    @AfterEach
    void close() {
        line.isReady = true;
        outlet.ready();
        group.close();
        pipelines.close();
        assertEquals(next, answered.get());
    }

    @Test
    void theThreadThatFinishedALoneItemSendsItsAnswer() throws Exception {
        awaitSentBy(PIPELINE, 10);
    }

    @Test
    void aResultThatGoesInChunksIsSentByTheGroupsOwnThread() throws Exception {
        awaitSentBy(PIPELINE, 10);
        assertTrue(send(300 << 10).startsWith("courier-"));
        assertEquals(WorkResponse.MessageCase.CHUNK, line.take().getMessageCase());
        awaitSentBy(PIPELINE, 256 << 10);
    }

    @Test
    void noPipelineWaitsForACoordinatorThatDoesNotRead() throws Exception {
        awaitSentBy(PIPELINE, 10);
        line.isReady = false;
        offer(10);
        Line other = new Line();
        try (var free = open(new Answers(new Outlet(other), this))) {
            next++;
            assertTrue(free.offer(0, 1, item(10)));
            assertEquals(0, other.take().getOutcomes().getResults().getSequences(0));
        }
        assertEquals(0, line.sent.size());
        line.isReady = true;
        outlet.ready();
        assertEquals(next - 2, line.take().getOutcomes().getResults().getSequences(0));
        assertTrue(line.sender.startsWith("courier-"), line.sender);
    }

    private Group<Integer, String> open(Answers answers) {
        return pipelines.group("").listener(new Listening<>(answers)).open();
    }

    /// Sends items one by one until that thread answers one: the group's own thread may not wait yet.
    private void awaitSentBy(String thread, int bytes) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        String sender = send(bytes);
        while (!sender.equals(thread)) {
            assertTrue(System.nanoTime() < end, "sent by " + sender);
            Thread.sleep(1);
            sender = send(bytes);
        }
    }

    /// Sends an item and answers which thread sent the first message of its answer.
    private String send(int bytes) throws InterruptedException {
        offer(bytes);
        line.take();
        return line.sender;
    }

    private void offer(int bytes) {
        assertTrue(group.offer(next++, 1, item(bytes)));
    }

    private static Item item(int bytes) {
        return new Item(ByteString.copyFrom(new byte[bytes]), bytes, charge -> {}, 0);
    }

    @Override
    public void answered(int items, long bytes) {
        answered.addAndGet(items);
    }

    @Override
    public void ended(long... keys) {
        // no keys here
    }

    @Override
    public void room() {
        // nothing is refused here
    }

    @Override
    public void ended() {
        // looked at by nobody
    }

    @Override
    public void failing(String text) {
        throw new AssertionError(text);
    }

    /// A stream whose other side reads when it is told to.
    private static final class Line implements Call<WorkResponse> {

        private final BlockingQueue<WorkResponse> sent = new LinkedBlockingQueue<>();
        private volatile boolean isReady = true;
        private volatile String sender = "";

        WorkResponse take() throws InterruptedException {
            WorkResponse first = sent.poll(10, TimeUnit.SECONDS);
            assertTrue(first != null, "nothing was sent");
            return first;
        }

        @Override
        public boolean isReady() {
            return isReady;
        }

        @Override
        public void send(WorkResponse message) {
            sender = Thread.currentThread().getName();
            sent.add(message);
        }

        @Override
        public void complete() {
            // looked at by nobody
        }

        @Override
        public void fail(CallException why) {
            throw new AssertionError(why);
        }

        @Override
        public void request(int messages) {
            // nothing comes
        }
    }
}
