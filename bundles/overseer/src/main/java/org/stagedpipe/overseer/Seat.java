package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.ensemble.Candidate;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

/// Whether this overseer leads, and who does if not. See [SeatState].
///
/// What may be done by the overseer that leads only is asked of its [Term], which is there while it leads. Nodes that come
/// while nobody leads wait here for whoever it will be. Safe for use by many threads.
final class Seat implements Candidate {

    private static final Logger LOG = LoggerFactory.getLogger(Seat.class);

    /// Makes the term of an epoch.
    @FunctionalInterface
    interface Terms {
        Term open(long epoch) throws Exception;
    }

    private final String name;
    private final Terms terms;
    private final Predicate<Card> ended;
    private final Predicate<Card> another;
    private final CompletableFuture<@Nullable Void> decided = new CompletableFuture<>();
    private final Set<Runnable> waiting = new LinkedHashSet<>();
    private SeatState state = SeatState.SEEKING;
    private @Nullable Term term;
    private @Nullable Card leader; // another one
    private volatile boolean stops;

    /// @param ended whether another overseer does not live
    /// @param another whether one of this name lives, beside this one
    Seat(String name, Predicate<Card> ended, Predicate<Card> another, Terms terms) {
        this.name = name;
        this.ended = ended;
        this.another = another;
        this.terms = terms;
    }

    @Override
    public void lead(long epoch) throws Exception {
        Term opened = terms.open(epoch);
        List<Runnable> woken;
        synchronized (this) {
            term = opened;
            leader = null;
            woken = move(SeatState.Event.ELECTED);
        }
        woken.forEach(Runnable::run);
    }

    @Override
    public void follow(String card) {
        Term ended;
        List<Runnable> woken;
        Card next;
        synchronized (this) {
            ended = term;
            term = null;
            next = card.isEmpty() ? null : Card.parse(card);
            leader = next;
            woken =
                    move(
                            next == null
                                    ? SeatState.Event.NOBODY_LEADS
                                    : SeatState.Event.ANOTHER_LEADS);
        }
        if (ended != null) {
            if (stops) {
                LOG.info("{} stops, and does not lead any more", name);
            } else {
                LOG.warn(
                        "{} does not lead any more, {} does",
                        name,
                        next == null ? "nobody" : next.name());
            }
            ended.close();
        }
        woken.forEach(Runnable::run);
    }

    /// This overseer stops, and so does not lead any more.
    void leave() {
        stops = true;
        follow("");
    }

    @Override
    public boolean hasEnded(String card) {
        return ended.test(Card.parse(card));
    }

    @Override
    public boolean isAnother(String card) {
        return another.test(Card.parse(card));
    }

    /// The other overseer that leads; null if none does, or this one.
    synchronized @Nullable Card other() {
        return leader;
    }

    /// With the lock.
    private List<Runnable> move(SeatState.Event event) {
        state = state.after(event);
        notifyAll();
        if (state == SeatState.SEEKING) {
            return List.of();
        }
        decided.complete(null);
        List<Runnable> woken = new ArrayList<>(waiting);
        waiting.clear();
        return woken;
    }

    synchronized SeatState state() {
        return state;
    }

    /// The term, while this overseer leads.
    ///
    /// @throws CallException UNREACHABLE, naming the one that leads
    synchronized Term term() throws CallException {
        Term mine = term;
        if (mine != null) {
            return mine;
        }
        throw elsewhere();
    }

    /// The term, or else what is run once somebody leads.
    ///
    /// @return null if nobody leads; the callback is kept then
    /// @throws CallException as [#term] if another one leads
    synchronized @Nullable Term termOr(Runnable later) throws CallException {
        if (state == SeatState.SEEKING) {
            waiting.add(later);
            return null;
        }
        return term();
    }

    /// It is not wanted any more.
    synchronized void forget(Runnable later) {
        waiting.remove(later);
    }

    /// Who leads, this one as null.
    ///
    /// @throws CallException TIMED_OUT if nobody does within that time
    synchronized @Nullable Card leader(Duration within) throws CallException, InterruptedException {
        long deadline = System.nanoTime() + within.toNanos();
        while (state == SeatState.SEEKING) {
            long left = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
            if (left <= 0) {
                throw new CallException(Kind.TIMED_OUT, nobody());
            }
            wait(left);
        }
        return leader;
    }

    /// Done with the first decision.
    CompletableFuture<@Nullable Void> decided() {
        return decided;
    }

    private String nobody() {
        return "no overseer leads at present, said "
                + name
                + " (expected: soon again, if more than half of them live)";
    }

    private CallException elsewhere() {
        Card other = leader;
        return new CallException(
                Kind.UNREACHABLE,
                other == null
                        ? nobody()
                        : name + " does not lead, " + other.name() + " does, at " + other.nodes());
    }
}
