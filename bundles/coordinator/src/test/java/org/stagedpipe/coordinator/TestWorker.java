package org.stagedpipe.coordinator;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.Capacity;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.HandBack;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.protocol.v1.OpenWork;
import org.stagedpipe.protocol.v1.Outcomes;
import org.stagedpipe.protocol.v1.Suspicion;
import org.stagedpipe.protocol.v1.WatchRequest;
import org.stagedpipe.protocol.v1.WorkOpened;
import org.stagedpipe.protocol.v1.WorkRequest;
import org.stagedpipe.protocol.v1.WorkResponse;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Receiver;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;
import org.stagedpipe.transport.Server;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongPredicate;

/// A worker whose plugin does what the test says: it gives every item back unless it is told otherwise.
///
/// An item that reads `fail` is a fault, one that reads `die` ends the worker's streams as a lost connection would.
final class TestWorker implements AutoCloseable {

    static final ByteString FAIL = ByteString.copyFromUtf8("fail");
    static final ByteString DIE = ByteString.copyFromUtf8("die");

    /// An item as it came, and the version that was to run it.
    record Received(long sequence, int attempt, String version, ByteString data) {}

    private final String name;
    private final Server server;
    private final List<Part> parts = new CopyOnWriteArrayList<>();
    private final List<Call<Suspicion>> watchers = new CopyOnWriteArrayList<>();
    private final AtomicLong turn = new AtomicLong();
    private final List<Long> heard = new CopyOnWriteArrayList<>(); // turns
    final List<OpenWork> opens = new CopyOnWriteArrayList<>();
    final List<Received> received = new CopyOnWriteArrayList<>();
    final List<Long> alone = new CopyOnWriteArrayList<>(); // items that came as suspects
    final List<String> cancels = new CopyOnWriteArrayList<>();
    final AtomicInteger halfCloses = new AtomicInteger();
    final AtomicInteger lost = new AtomicInteger();
    final List<CallException> failures = new CopyOnWriteArrayList<>(); // of those
    volatile @Nullable CallException refusal;
    volatile boolean opensParts = true;
    volatile boolean isOlder; // it knows nothing of suspects
    volatile boolean answers = true;
    volatile LongPredicate putsOff = _ -> false; // those items of each group, though it answers
    volatile boolean inTurn; // nothing overtakes what it has put off
    volatile boolean reads = true;
    volatile String incarnation;
    volatile boolean saysItsProcess = true;
    volatile boolean diesForGood; // its process does not come back
    volatile String faultText = "as told";
    volatile int growth = 1; // how often a result repeats its item
    volatile int maxItems = 1_000;
    volatile boolean gotChunk;

    TestWorker(String name) throws CallException {
        this(name, new Endpoint("127.0.0.1", 0), name + "-1");
    }

    TestWorker(String name, Endpoint listen, String incarnation) throws CallException {
        this.name = name;
        this.incarnation = incarnation;
        this.server =
                Server.at(listen, Security.loopbackOnly()).stream(Rpcs.RUN, Part::new).stream(
                                Rpcs.WATCH, Watcher::new)
                        .start();
    }

    String name() {
        return name;
    }

    String incarnation() {
        return incarnation;
    }

    Endpoint endpoint() {
        return server.endpoint();
    }

    List<Part> parts() {
        return parts;
    }

    int maxAttempt() {
        return received.stream().mapToInt(Received::attempt).max().orElse(0);
    }

    /// Answers what it has put off, and what comes from now on.
    void answerAll() {
        inTurn = true;
        answers = true;
        putsOff = _ -> false;
        parts.forEach(Part::answerAll);
    }

    /// Reads on.
    void read() {
        reads = true;
        parts.forEach(part -> part.call.request(1));
    }

    /// Ends all streams as if the process were gone.
    void die() {
        parts.forEach(part -> part.call.fail(new CallException(Kind.UNREACHABLE, "lost")));
    }

    /// The next process, under the same address.
    void restart() {
        incarnation += "'";
        watchers.forEach(call -> call.fail(new CallException(Kind.UNREACHABLE, "lost")));
        watchers.clear();
        die();
    }

    /// Tells whether it runs a suspect of another coordinator, and waits for the answer.
    void suspects(boolean ofAnother) {
        Until.holds(() -> !watchers.isEmpty(), () -> name + " is not watched");
        long now = turn.incrementAndGet();
        watchers.getLast()
                .send(
                        Suspicion.newBuilder()
                                .setIncarnation(ByteString.copyFromUtf8(incarnation))
                                .setTurn(now)
                                .setOfAnother(ofAnother)
                                .build());
        Until.holds(() -> heard.contains(now), () -> name + ": no answer");
    }

    /// Tells that it is about to stop, and does so.
    void stop() {
        parts.getLast()
                .call
                .send(
                        WorkResponse.newBuilder()
                                .setCapacity(Capacity.newBuilder().setStops(true))
                                .build());
        restart();
    }

    /// Ends the streams of one group, which do not come back.
    void dieFor(TestGroup group) {
        refusal = new CallException(Kind.UNREACHABLE, "gone");
        parts.stream()
                .filter(part -> part.group.equals(group.id()))
                .forEach(part -> part.call.fail(new CallException(Kind.UNREACHABLE, "lost")));
    }

    @Override
    public void close() {
        server.close();
    }

    /// A coordinator that hears of suspects.
    private final class Watcher implements Receiver<WatchRequest> {
        private final Call<Suspicion> call;

        Watcher(Call<Suspicion> call) {
            this.call = call;
            call.request(1);
        }

        @Override
        public void onMessage(WatchRequest message) {
            if (isOlder) {
                call.fail(new CallException(Kind.NOT_FOUND, "no such method"));
            } else if (message.getTurn() == 0 && message.getCoordinator().equals("c1")) {
                watchers.add(call);
            }
            heard.add(message.getTurn());
            call.request(1);
        }

        @Override
        public void onComplete() {}

        @Override
        public void onFailure(CallException failure) {
            watchers.remove(call);
        }
    }

    /// A group's part here.
    final class Part implements Receiver<WorkRequest> {
        final Call<WorkResponse> call;
        private final List<Received> putOff = new ArrayList<>();
        private int attempt = 1;
        private boolean isAlone;
        private String version = "";
        private ByteString group = ByteString.EMPTY;
        private ByteString big = ByteString.EMPTY;
        private boolean completed;

        Part(Call<WorkResponse> call) {
            this.call = call;
            parts.add(this);
            call.request(1);
        }

        @Override
        public synchronized void onMessage(WorkRequest message) {
            switch (message.getMessageCase()) {
                case OPEN -> open(message.getOpen());
                case ITEMS -> items(message.getItems());
                case CHUNK -> chunk(message.getChunk());
                case REDELIVERY -> {
                    attempt = message.getRedelivery().getAttempt();
                    isAlone = message.getRedelivery().getAlone();
                }
                case CANCEL -> cancels.add(message.getCancel().getReason());
                case MESSAGE_NOT_SET -> throw new IllegalStateException("empty message");
            }
            if (reads) {
                call.request(1);
            }
        }

        private void open(OpenWork open) {
            opens.add(open);
            version = open.getPlugin().getVersion();
            group = open.getGroup();
            CallException refused = refusal;
            if (refused != null) {
                call.fail(refused);
            } else if (opensParts) {
                opened();
            }
        }

        void opened() {
            call.send(
                    WorkResponse.newBuilder()
                            .setOpened(
                                    WorkOpened.newBuilder()
                                            .setMaxItemsInFlight(maxItems)
                                            .setIncarnation(
                                                    ByteString.copyFromUtf8(
                                                            saysItsProcess ? incarnation : "")))
                            .build());
        }

        private void items(Items items) {
            List<Received> came = new ArrayList<>();
            int offset = 0;
            for (int i = 0; i < items.getSequencesCount(); i++) {
                int end = offset + items.getSizes(i);
                ByteString data = items.getBody().substring(offset, end);
                came.add(new Received(items.getSequences(i), attempt, version, data));
                offset = end;
            }
            came(came);
        }

        private void chunk(Chunk chunk) {
            gotChunk = true;
            if (chunk.getOffset() != big.size()) {
                throw new IllegalStateException("chunk at " + chunk.getOffset());
            }
            big = big.concat(chunk.getData());
            if (big.size() == chunk.getSize()) {
                Received whole = new Received(chunk.getSequence(), attempt, version, big);
                big = ByteString.EMPTY;
                came(List.of(whole));
            }
        }

        /// Whether they are answered now is settled before a test can see that they came.
        private void came(List<Received> items) {
            boolean dies = items.stream().anyMatch(item -> item.data().equals(DIE));
            List<Received> now = new ArrayList<>();
            synchronized (this) {
                boolean answersNow = answers && (!inTurn || putOff.isEmpty());
                for (Received item : dies ? List.<Received>of() : items) {
                    (answersNow && !putsOff.test(item.sequence()) ? now : putOff).add(item);
                }
            }
            if (isAlone) {
                items.forEach(item -> alone.add(item.sequence()));
            }
            received.addAll(items);
            if (dies) {
                if (diesForGood) {
                    refusal = new CallException(Kind.UNREACHABLE, "lost");
                }
                call.fail(new CallException(Kind.UNREACHABLE, "lost"));
            } else if (!now.isEmpty()) {
                answer(now);
            }
        }

        /// Gives back what it has put off, from that one on.
        synchronized void handBack(int from) {
            List<Received> back = putOff.subList(from, putOff.size());
            handBack(back.stream().map(Received::sequence).toList());
            back.clear();
        }

        void handBack(List<Long> sequences) {
            HandBack back = HandBack.newBuilder().addAllSequences(sequences).build();
            call.send(WorkResponse.newBuilder().setHandBack(back).build());
        }

        /// Answers an item that is not here.
        void answerEarly(long sequence) {
            send(Items.newBuilder().addSequences(sequence).addSizes(0), Outcomes.newBuilder());
        }

        void capacity(int items) {
            call.send(
                    WorkResponse.newBuilder()
                            .setCapacity(Capacity.newBuilder().setMaxItemsInFlight(items))
                            .build());
        }

        /// Answers what it has put off, from that one on.
        synchronized void answer(int from) {
            List<Received> later = putOff.subList(from, putOff.size());
            answer(List.copyOf(later));
            later.clear();
        }

        /// Answers one that it has put off.
        synchronized void answerOnly(long sequence) {
            answer(putOff.stream().filter(item -> item.sequence() == sequence).toList());
            putOff.removeIf(item -> item.sequence() == sequence);
        }

        /// Gives one back that it has put off.
        synchronized void handBackOnly(long sequence) {
            handBack(List.of(sequence));
            putOff.removeIf(item -> item.sequence() == sequence);
        }

        /// Answers what it has put off as aborted in a stage, as one does that is told to cancel.
        synchronized void abortAll() {
            Outcomes.Builder outcomes = Outcomes.newBuilder();
            for (Received item : putOff) {
                outcomes.addFaults(
                        ItemFault.newBuilder()
                                .setSequence(item.sequence())
                                .setKind(ItemFault.Kind.CANCELLED)
                                .setStage("test")
                                .setAttempt(item.attempt())
                                .setText("told so")
                                .setAborted(true));
            }
            putOff.clear();
            send(Items.newBuilder(), outcomes);
        }

        /// Answers what it has put off, in a message each.
        synchronized void answerOneByOne() {
            putOff.forEach(item -> answer(List.of(item)));
            putOff.clear();
        }

        synchronized void answerAll() {
            answer(List.copyOf(putOff));
            putOff.clear();
            if (completed) {
                call.complete();
            }
        }

        private void answer(List<Received> items) {
            Items.Builder results = Items.newBuilder();
            Outcomes.Builder outcomes = Outcomes.newBuilder();
            ByteString body = ByteString.EMPTY;
            for (Received item : items) {
                long size = (long) item.data().size() * growth;
                if (item.data().equals(FAIL)) {
                    outcomes.addFaults(
                            ItemFault.newBuilder()
                                    .setSequence(item.sequence())
                                    .setKind(ItemFault.Kind.STAGE)
                                    .setStage("test")
                                    .setAttempt(item.attempt())
                                    .setText(faultText));
                } else if (size > 1 << 20) {
                    sendChunks(item);
                } else {
                    for (int i = 0; i < growth; i++) {
                        body = body.concat(item.data());
                    }
                    results.addSequences(item.sequence()).addSizes((int) size);
                    if (body.size() > 1 << 20) {
                        send(results.setBody(body), Outcomes.newBuilder());
                        results.clear();
                        body = ByteString.EMPTY;
                    }
                }
            }
            send(results.setBody(body), outcomes);
        }

        private void send(Items.Builder results, Outcomes.Builder outcomes) {
            if (results.getSequencesCount() + outcomes.getFaultsCount() > 0) {
                call.send(
                        WorkResponse.newBuilder()
                                .setOutcomes(outcomes.setResults(results))
                                .build());
            }
        }

        /// A result in chunks, of an item that may not be here.
        void sendChunks(long sequence, ByteString data) {
            sendChunks(new Received(sequence, 1, version, data));
        }

        private void sendChunks(Received item) {
            long size = (long) item.data().size() * growth;
            long offset = 0;
            for (int i = 0; i < growth; i++) {
                for (int from = 0; from < item.data().size(); from += 100_000) {
                    ByteString data =
                            item.data()
                                    .substring(from, Math.min(item.data().size(), from + 100_000));
                    Chunk chunk =
                            Chunk.newBuilder()
                                    .setSequence(item.sequence())
                                    .setSize(size)
                                    .setOffset(offset)
                                    .setData(data)
                                    .build();
                    call.send(WorkResponse.newBuilder().setChunk(chunk).build());
                    offset += data.size();
                }
            }
        }

        @Override
        public synchronized void onComplete() {
            halfCloses.incrementAndGet();
            completed = true;
            if (putOff.isEmpty()) {
                call.complete();
            }
        }

        @Override
        public void onFailure(CallException failure) {
            failures.add(failure);
            lost.incrementAndGet();
        }
    }
}
