package org.stagedpipe.worker.part;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.Suspicion;
import org.stagedpipe.protocol.v1.WatchRequest;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.CallHandler;
import org.stagedpipe.transport.Receiver;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.LongSupplier;

/// The process's place for a suspect, an item that may end it: one at a time of all parts of all coordinators, in the order in
/// which they come.
///
/// Coordinators that watch are told while it is one of another coordinator, and it begins when they have answered: whatever
/// they have here, they do not charge it with the end of this process. Who does not answer is not waited for again until it
/// does. Safe for use by many threads.
final class Seat implements CallHandler<WatchRequest, Suspicion>, AutoCloseable {

    /// For an answer; as long as a lease.
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private static final Runnable NOBODY = () -> {};

    private final ByteString incarnation;
    private final LongSupplier nanoTime;
    // Guarded by this.
    private final Set<Watcher> watchers = new LinkedHashSet<>();
    private final Deque<Place> line = new ArrayDeque<>(); // one a part; it is the first one's turn
    private long toldNanos; // when that began
    private boolean hasBegun; // all have answered

    /// @param incarnation of this process
    /// @param nanoTime a monotonic clock
    Seat(ByteString incarnation, LongSupplier nanoTime) {
        this.incarnation = incarnation;
        this.nanoTime = nanoTime;
    }

    /// A part's way to it.
    final class Place {
        private final Runnable wake;
        // Guarded by the seat.
        private String coordinator = "";
        private long sinceNanos;

        private volatile boolean isTaken;

        private Place(Runnable wake) {
            this.wake = wake;
        }

        /// Whose items come.
        void of(String name) {
            synchronized (Seat.this) {
                coordinator = name;
            }
        }

        /// Whether a suspect may begin, now or in its turn: then the part is woken, and asks again.
        boolean take() {
            synchronized (Seat.this) {
                if (!line.contains(this)) {
                    sinceNanos = nanoTime.getAsLong();
                    line.add(this);
                    if (line.size() == 1) {
                        next();
                    }
                }
                isTaken = line.peek() == this && hasBegun;
                return isTaken;
            }
        }

        /// How long its suspect has waited, 0 if none does.
        long waitedNanos() {
            synchronized (Seat.this) {
                return isTaken || !line.contains(this)
                        ? 0
                        : Math.max(1, nanoTime.getAsLong() - sinceNanos);
            }
        }

        /// The suspect has run.
        void ended() {
            if (isTaken) {
                leave().run();
            }
        }

        /// No suspect waits or runs. May be called with any lock.
        ///
        /// @return wakes the next one; to be run without a lock that others' wake-up needs
        Runnable leave() {
            synchronized (Seat.this) {
                isTaken = false;
                boolean isFirst = line.peek() == this;
                line.remove(this);
                return isFirst ? next() : NOBODY;
            }
        }
    }

    /// A part's.
    ///
    /// @param wake run when its suspect may begin, on the thread of whoever lets it
    Place place(Runnable wake) {
        return new Place(wake);
    }

    /// Lets a suspect begin that has waited for an answer for too long. To be called a few times a second.
    void look() {
        Runnable wake;
        synchronized (this) {
            if (!hasBegun
                    && !line.isEmpty()
                    && nanoTime.getAsLong() - toldNanos >= PATIENCE.toNanos()) {
                watchers.forEach(Watcher::giveUp);
            }
            wake = begin();
        }
        wake.run();
    }

    @Override
    public Receiver<WatchRequest> open(Call<Suspicion> call) {
        Watcher watcher = new Watcher(call);
        synchronized (this) {
            watchers.add(watcher);
        }
        call.request(1);
        return watcher;
    }

    /// Ends the coordinators' streams.
    @Override
    public synchronized void close() {
        watchers.forEach(watcher -> watcher.call.complete());
        watchers.clear();
    }

    /// It is the first one's turn, or nobody's.
    private Runnable next() {
        hasBegun = false;
        toldNanos = nanoTime.getAsLong();
        watchers.forEach(Watcher::tell);
        return begin();
    }

    private Runnable begin() {
        Place first = line.peek();
        if (first == null || hasBegun || watchers.stream().anyMatch(Watcher::isAwaited)) {
            return NOBODY;
        }
        hasBegun = true;
        return first.wake;
    }

    /// A coordinator's stream.
    private final class Watcher implements Receiver<WatchRequest> {
        private final Call<Suspicion> call;
        // Guarded by the seat.
        private @Nullable String coordinator; // once it has said so
        private boolean ofAnother; // as it was told last
        private long turn; // of that
        private boolean owes; // an answer to it
        private boolean isGivenUp; // until it answers

        private Watcher(Call<Suspicion> call) {
            this.call = call;
        }

        private boolean isAwaited() {
            return owes && !isGivenUp;
        }

        private void giveUp() {
            isGivenUp = owes;
        }

        /// Says what has changed, nothing to one that is given up: it may not read either.
        private void tell() {
            Place first = line.peek();
            boolean now = first != null && !first.coordinator.equals(coordinator);
            if (coordinator != null && !isGivenUp && (turn == 0 || now != ofAnother)) {
                ofAnother = now;
                turn++;
                owes = true;
                call.send(
                        Suspicion.newBuilder()
                                .setIncarnation(incarnation)
                                .setTurn(turn)
                                .setOfAnother(now)
                                .build());
            }
        }

        @Override
        public void onMessage(WatchRequest message) {
            Runnable wake;
            synchronized (Seat.this) {
                if (coordinator == null && message.getCoordinator().isEmpty()) {
                    watchers.remove(this); // whose stream is ended here hears nothing more
                    call.fail(
                            new CallException(
                                    Kind.INVALID, "coordinator: no name (expected: one)"));
                    return;
                }
                coordinator = coordinator == null ? message.getCoordinator() : coordinator;
                owes &= message.getTurn() != turn;
                isGivenUp = false;
                tell();
                wake = begin();
            }
            wake.run();
            call.request(1);
        }

        @Override
        public void onComplete() {
            call.complete();
            leave();
        }

        @Override
        public void onFailure(CallException failure) {
            leave();
        }

        private void leave() {
            Runnable wake;
            synchronized (Seat.this) {
                watchers.remove(this);
                wake = begin();
            }
            wake.run();
        }
    }
}
