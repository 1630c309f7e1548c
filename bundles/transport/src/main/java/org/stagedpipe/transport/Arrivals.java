package org.stagedpipe.transport;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.transport.CallException.Kind;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/// The calls of a server, and what they have sent of messages that are not whole yet: gRPC keeps that in direct memory until
/// the rest comes, which may be never. Safe for use by many threads; owns the thread `call-clock`.
///
/// - A message has at most so many bytes, also once it is unpacked; one with more ends its call as INVALID. gRPC has a bound for
///   that too, but resets streams at it without a word, or says that the server is busy.
/// - There are at most so many calls, and fewer of one principal, whom certificates name; one more ends as BUSY.
/// - A call has so long for its first message, then it ends as TIMED_OUT.
/// - All of them hold at most so many bytes of such messages, or a 64th more; then the one with the most ends as BUSY, unless none
///   has more than [#FEW_BYTES]. On the data path that is so for first messages only: its nodes bound how many streams there are
///   after them.
/// - What is over goes on taking bytes until its last word has left, for which a caller may leave no room. When these hold as
///   much again, the one with the most is reset; one that was ended here is, after a while.
final class Arrivals extends ServerStreamTracer.Factory implements ServerInterceptor {

    /// A call that holds less is not ended for others: most messages are whole with that.
    static final int FEW_BYTES = 8 << 10;

    /// More than 5,000 with the 256 MiB that an overseer has by default: each node is a call.
    private static final int CALLS_A_MIB = 24;

    private static final int MIN_CALLS = 1 << 10;
    private static final int LOOKS = 8; // in the time for a first message

    /// Nobody looks for a call to end again before all hold this part of the bound more than when there was none: a look costs what
    /// all calls cost, and very many come at once where an overseer has begun to lead.
    private static final int STEPS = 64;

    private static final Context.Key<Arrival> ARRIVAL = Context.key("stagedpipe-arrival");
    private static final Set<String> DATA_PATH =
            Set.of(Rpcs.PROCESS.toString(), Rpcs.RUN.toString());

    private static final Logger LOG = LoggerFactory.getLogger(Arrivals.class);

    private final Bounds bounds;
    private final Set<Arrival> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger taken = new AtomicInteger(); // of those; the others were refused
    private final Map<String, Integer> takenOf = new ConcurrentHashMap<>(); // by principal
    private final AtomicLong bytes = new AtomicLong();

    /// What all held when there was none to end, or the least since. A hint: it may be some bytes off.
    private volatile long lookedBytes;

    private final ScheduledExecutorService clock =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("call-clock").factory());

    /// @param calls open at once
    /// @param share of one principal, percent of those
    /// @param bytes of messages that are not whole, of all calls
    /// @param messageBytes of one message
    /// @param first how long a call has for its first message
    record Bounds(int calls, int share, long bytes, int messageBytes, Duration first) {

        /// What fits a process with that much direct memory: an eighth of it, as much again
        /// for calls that end, and less than a quarter if every call holds [#FEW_BYTES].
        static Bounds within(long directBytes, int share, int messageBytes, Duration first) {
            long calls = Math.clamp((directBytes >> 20) * CALLS_A_MIB, MIN_CALLS, 1 << 20);
            long bytes = Math.max(messageBytes, directBytes / 8);
            return new Bounds((int) calls, share, bytes, messageBytes, first);
        }

        private int callsOfOne() {
            return Math.max(1, calls * share / 100);
        }
    }

    Arrivals(Bounds bounds) {
        this.bounds = bounds;
    }

    /// Begins to look at the time.
    void open() {
        long pauseMs = Math.max(1, bounds.first().toMillis() / LOOKS);
        clock.scheduleWithFixedDelay(this::expire, pauseMs, pauseMs, TimeUnit.MILLISECONDS);
    }

    void close() {
        clock.shutdownNow();
    }

    @Override
    public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
        return new Arrival(DATA_PATH.contains(method));
    }

    @Override
    public <I, O> ServerCall.Listener<I> interceptCall(
            ServerCall<I, O> call, Metadata headers, ServerCallHandler<I, O> next) {
        Arrival arrival = ARRIVAL.get();
        Endable<I, O> endable = new Endable<>(call);
        arrival.call = endable;
        open.add(arrival);
        CallException refusal = take(arrival, ServerSide.peer(call).name());
        if (refusal != null) {
            endable.end(refusal);
            return new ServerCall.Listener<>() {};
        }
        return endable.listener(next.startCall(endable, headers));
    }

    /// Counts a call, unless it is one too many.
    private @Nullable CallException take(Arrival arrival, String principal) {
        int all = taken.incrementAndGet();
        int own = principal.isEmpty() ? 0 : takenOf.merge(principal, 1, Integer::sum);
        if (all > bounds.calls() || own > bounds.callsOfOne()) {
            giveBack(principal);
            return all > bounds.calls()
                    ? tooMany(bounds.calls() + "")
                    : tooMany(bounds.callsOfOne() + " of " + principal);
        }
        arrival.principal = principal;
        return null;
    }

    private static CallException tooMany(String most) {
        return new CallException(
                Kind.BUSY, "calls: more than " + most + " at once (expected: at most that many)");
    }

    private void giveBack(String principal) {
        taken.decrementAndGet();
        takenOf.computeIfPresent(principal, (_, count) -> count == 1 ? null : count - 1);
    }

    /// How many there are.
    int openCalls() {
        return open.size();
    }

    /// What all of them hold, bytes.
    long heldBytes() {
        return bytes.get();
    }

    private void expire() {
        try {
            long now = System.nanoTime();
            open.forEach(arrival -> arrival.look(now));
        } catch (RuntimeException | Error e) { // the clock goes on
            LOG.error("calls are not looked at: {}", e.toString());
        }
    }

    /// Ends a call if all hold too much, and it is time to look for one.
    private void bound() {
        long now = bytes.get();
        if (now < lookedBytes) {
            lookedBytes = now;
        }
        if (now > bounds.bytes() && now - lookedBytes >= bounds.bytes() / STEPS) {
            lookedBytes = shed() ? 0 : now;
        }
    }

    /// Whether there was a call to end.
    private boolean shed() {
        List<Arrival> going = open.stream().filter(arrival -> !arrival.isOver()).toList();
        long held = going.stream().mapToLong(arrival -> arrival.bytes).sum();
        Optional<Arrival> ended =
                held > bounds.bytes() ? largest(going.stream()) : Optional.empty();
        ended.ifPresent(arrival ->
                arrival.end(
                        new CallException(
                                Kind.BUSY,
                                arrival.bytes
                                        + " bytes of a message that is not whole (expected: at most"
                                        + " "
                                        + bounds.bytes()
                                        + " of all calls)")));
        Optional<Arrival> reset =
                bytes.get() - held > bounds.bytes()
                        ? largest(open.stream().filter(Arrival::isOver))
                        : Optional.empty();
        reset.ifPresent(Arrival::reset);
        return ended.isPresent() || reset.isPresent();
    }

    private static Optional<Arrival> largest(Stream<Arrival> some) {
        return some.filter(arrival -> arrival.bytes > FEW_BYTES && !arrival.isReset)
                .max(Comparator.comparingLong(arrival -> arrival.bytes));
    }

    /// What has come on one call. Its transport's thread writes, others look.
    private final class Arrival extends ServerStreamTracer {

        private final boolean isDataPath;
        private final long bornNanos = System.nanoTime();
        private volatile @Nullable Endable<?, ?> call;
        private @Nullable String principal; // once it counts; of the transport's thread
        private volatile long bytes;
        private volatile boolean isBegun;
        private volatile boolean isReset;
        private long messageBytes; // of a message that is not whole
        private boolean isPacked; // the last message
        private long unpackedBytes; // of that one
        private int looks; // of the clock, since it was ended

        Arrival(boolean isDataPath) {
            this.isDataPath = isDataPath;
        }

        @Override
        public Context filterContext(Context context) {
            return context.withValue(ARRIVAL, this);
        }

        @Override
        public void inboundWireSize(long more) {
            messageBytes += more;
            if (messageBytes > bounds.messageBytes()) {
                refuseMessage();
            }
            if (isDataPath && isBegun) {
                return;
            }
            hold(bytes + more);
            bound();
        }

        @Override
        public void inboundMessageRead(int number, long wireBytes, long unpacked) {
            isBegun = true;
            isPacked = unpacked < 0; // gRPC does not know it yet
            messageBytes = 0;
            unpackedBytes = 0;
            hold(0);
        }

        /// While it is unpacked: what this throws ends that.
        @Override
        public void inboundUncompressedSize(long more) {
            unpackedBytes += more;
            if (isPacked && unpackedBytes > bounds.messageBytes()) {
                end(tooLarge());
                throw Statuses.of(tooLarge()).asRuntimeException();
            }
        }

        /// Whoever goes on sending as much again takes no last word, or heeds none.
        private void refuseMessage() {
            if (messageBytes > 2L * bounds.messageBytes()) {
                reset();
            } else if (!isOver()) {
                end(tooLarge());
            }
        }

        private CallException tooLarge() {
            return new CallException(
                    Kind.INVALID,
                    "a message of more than "
                            + bounds.messageBytes()
                            + " bytes (expected: at most that many)");
        }

        @Override
        public void streamClosed(Status status) {
            if (principal != null) {
                giveBack(principal);
            }
            open.remove(this);
            hold(0);
        }

        private void hold(long now) {
            if (now != bytes) {
                Arrivals.this.bytes.addAndGet(now - bytes);
                bytes = now;
            }
        }

        /// By the clock.
        void look(long now) {
            Endable<?, ?> there = call;
            if (there != null && there.isEnded() && ++looks > LOOKS) {
                reset();
            } else if (!isBegun && now - bornNanos > bounds.first().toNanos()) {
                end(
                        new CallException(
                                Kind.TIMED_OUT,
                                "no whole message within "
                                        + bounds.first().toMillis()
                                        + " ms (expected: the first one)"));
            }
        }

        /// Whether its last word is said, though it may not have left.
        boolean isOver() {
            Endable<?, ?> there = call;
            return there != null && there.isOver();
        }

        void end(CallException why) {
            Endable<?, ?> there = call;
            try {
                if (there != null) {
                    there.end(why);
                }
            } catch (RuntimeException | Error e) { // no business of whoever sent the last byte
                LOG.error("a call is reset: {}", e.toString());
                reset();
            }
        }

        /// Without a word.
        void reset() {
            Endable<?, ?> there = call;
            if (there != null && !isReset) {
                isReset = true;
                ServerSide.reset(there);
            }
        }
    }
}
