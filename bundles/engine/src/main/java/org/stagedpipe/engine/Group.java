package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Fault;
import org.stagedpipe.api.Outcome;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;

/// A request group: data goes in, an outcome for each comes out. Made by [Pipelines#group], closed by whoever made it.
///
/// Any thread may submit. Outcomes go to one consumer: whoever calls [#take], [#poll] or [#drain], loops over the group, or
/// subscribes to [#publisher]; or to the [GroupListener] if the group was opened with one. At most a window of requests is
/// in flight, accepted and not delivered: a group that is not read takes no more and holds up nobody else.
///
/// @param <D> the data of an item
/// @param <R> what the group holds open for its items
public final class Group<D, R> implements Iterable<Outcome<D>>, AutoCloseable {

    /// What [#offer(Object)] answers when the window is full.
    public static final long FULL = -1;

    private final Pipelines<D, R> pipelines;
    private final Crew<D, R> crew;
    private final UUID id;
    private final R resources;
    private final Window window;
    private final ToIntFunction<? super AttachedRequest<D, R>> size;
    private final Inlet<D, R> inlet;
    private final Outlet<D, R> outlet;
    private final Delivery<D, R> delivery;
    private final @Nullable Courier<D, R> courier;
    private final @Nullable Keys<D, R> keys;
    private final Figures<D, R> figures;
    private final long deadlineNanos;
    private final long stageDeadlineNanos;
    private final Tracer.@Nullable GroupTrace trace;
    private final AtomicLong left = new AtomicLong();
    private final OutputWatch outputWatch = new OutputWatch();
    private final AtomicBoolean subscribed = new AtomicBoolean();
    private volatile @Nullable Cancellation cancellation;
    private volatile @Nullable Timing runTime;

    Group(
            Pipelines<D, R> pipelines,
            Crew<D, R> crew,
            Figures<D, R> figures,
            GroupBuilder<D, R> builder) {
        this.pipelines = pipelines;
        this.crew = crew;
        this.figures = figures;
        KeyOrder<D, R> order = pipelines.settings().keys();
        this.keys = order == null ? null : new Keys<>(order, figures);
        this.deadlineNanos = builder.deadlineNanos;
        this.stageDeadlineNanos = builder.stageDeadlineNanos;
        this.id = builder.id;
        this.resources = builder.resources;
        this.window = new Window(builder.window, builder.windowBytes);
        this.size = builder.size;
        Segment<D, R> first = new Segment<>();
        this.inlet = new Inlet<>(this, first, window, crew);
        appended(first);
        this.outlet = builder.ordered ? new OrderedOutlet<>(first) : new UnorderedOutlet<>();
        this.delivery = new Delivery<>(inlet, outlet, window);
        this.courier =
                builder.listener == null
                        ? null
                        : new Courier<>(this, delivery, window, builder.listener);
        Tracer tracer = pipelines.settings().observers().tracer();
        this.trace = tracer == null ? null : tracer.group(id);
    }

    void start() {
        delivery.ended().thenAccept(this::onEnd);
        if (courier != null) {
            courier.start();
        }
    }

    private void onEnd(Counts counts) {
        pipelines.forget(this);
        if (trace != null) {
            trace.ended(counts);
        }
    }

    /// The group's id.
    public UUID id() {
        return id;
    }

    /// What the group holds open for its items.
    public R resources() {
        return resources;
    }

    /// Submits data and waits while the window is full.
    ///
    /// @return the request's sequence: 0, 1, 2 and so on; a submit that fails leaves no gap
    /// @throws InterruptedException if the thread is interrupted while it waits; nothing was submitted
    /// @throws GroupClosedException if the group takes no more, also while it waits
    public long submit(D data) throws InterruptedException {
        EngineRequest<D, R> request = newRequest(0, 1, data, null);
        submit(request, false);
        return request.sequence();
    }

    /// Submits what a hook turns into data, as delivery `attempt` of item `sequence`, and waits while the window is full.
    ///
    /// @throws InterruptedException if the thread is interrupted while it waits; nothing was submitted
    /// @throws GroupClosedException if the group takes no more, also while it waits
    public void submit(long sequence, int attempt, Object attachment) throws InterruptedException {
        submit(newRequest(sequence, attempt, null, attachment), true);
    }

    private void submit(EngineRequest<D, R> request, boolean numbered) throws InterruptedException {
        while (!put(request, numbered)) {
            boolean byKey = inlet.hasRoom(request);
            if (byKey) {
                figures.admissionWaiters.incrementAndGet();
            }
            try {
                window.await(() -> inlet.mayTake(request), () -> inlet.hasRoom(request));
            } finally {
                if (byKey) {
                    figures.admissionWaiters.decrementAndGet();
                }
            }
        }
    }

    private EngineRequest<D, R> newRequest(
            long sequence, int attempt, @Nullable D data, @Nullable Object attachment) {
        EngineRequest<D, R> request;
        if (keys == null) {
            request = new EngineRequest<>(this, sequence, attempt, data, attachment);
        } else {
            KeyedRequest<D, R> keyed =
                    new KeyedRequest<>(this, sequence, attempt, data, attachment);
            keyed.key(keys.order().key().key(keyed));
            request = keyed;
        }
        if (window.countsBytes()) {
            request.size(size.applyAsInt(request));
        }
        return request;
    }

    /// The inlet goes on with that segment.
    void appended(Segment<D, R> segment) {
        if (keys != null) {
            keys.append(segment);
        }
    }

    /// By the inlet, which puts the request there at once if the answer is true.
    boolean addKey(EngineRequest<D, R> request, long position) {
        return keys == null || keys.add((KeyedRequest<D, R>) request, position);
    }

    boolean mayAddKey(EngineRequest<D, R> request) {
        return keys == null || keys.mayAdd((KeyedRequest<D, R>) request);
    }

    /// The request has left its stages, or will never see one; called before it is handed to the consumer.
    void leave(EngineRequest<D, R> request) {
        if (keys != null) {
            Fault fault = request.fault();
            boolean failed = fault != null && fault.kind() != Fault.Kind.CANCELLED;
            keys.end((KeyedRequest<D, R>) request, failed);
            window.wakeKeySubmitters();
        }
    }

    Keys<D, R> requireKeys() {
        if (keys == null) {
            throw new IllegalStateException("keys: null (expected: keyed order)");
        }
        return keys;
    }

    /// Submits data if there is room; never waits.
    ///
    /// @return the request's sequence, or [#FULL]
    /// @throws GroupClosedException if the group takes no more
    public long offer(D data) {
        EngineRequest<D, R> request = newRequest(0, 1, data, null);
        return offer(request, false) ? request.sequence() : FULL;
    }

    /// Submits what a hook turns into data, as delivery `attempt` of item `sequence`, if there is room; never waits. After
    /// an answer of false the listener is told when there is room.
    ///
    /// @throws GroupClosedException if the group takes no more
    public boolean offer(long sequence, int attempt, Object attachment) {
        return offer(newRequest(sequence, attempt, null, attachment), true);
    }

    private boolean offer(EngineRequest<D, R> request, boolean numbered) {
        if (put(request, numbered)) {
            return true;
        }
        if (courier == null) {
            return false;
        }
        window.noteRefusal();
        return put(request, numbered); // room made before the note was never announced
    }

    private boolean put(EngineRequest<D, R> request, boolean numbered) {
        return switch (inlet.put(request, numbered)) {
            case ACCEPTED -> true;
            case FULL -> false;
            case CLOSED -> throw new GroupClosedException(closedText());
        };
    }

    private String closedText() {
        Cancellation cancelled = cancellation;
        String reason = cancelled == null ? null : cancelled.reason();
        return "group "
                + id
                + (reason == null ? " is finished" : " was cancelled: " + reason)
                + " (expected: open)";
    }

    /// Takes nothing more; what was accepted goes on. Does not wait. Harmless if repeated.
    public void finish() {
        inlet.close();
        window.wakeSubmitters();
        delivery.endIfOver();
        outlet.wake();
    }

    /// Aborts the group: takes nothing more, requests not begun end as aborted, running ones are interrupted and see
    /// [org.stagedpipe.api.Request#isCancelled]. Does not wait for them. Their outcomes are still delivered.
    public void cancel(String reason) {
        cancel(Fault.Kind.CANCELLED, reason);
    }

    void cancel(Fault.Kind kind, String reason) {
        cancellationOrNew().group(kind, reason);
        finish();
        for (Run<D, R> run = inlet.drain(); run != null; run = inlet.drain()) {
            abort(run);
        }
        for (Run<D, R> run = crew.stealFrom(this); run != null; run = crew.stealFrom(this)) {
            abort(run);
        }
        crew.interrupt(this, request -> true);
    }

    /// Cancels one request, wherever it is; of no effect if it has ended. Others are not touched.
    public void cancel(long sequence, String reason) {
        cancellationOrNew().request(sequence, reason);
        crew.interrupt(this, request -> request.sequence() == sequence);
    }

    private synchronized Cancellation cancellationOrNew() {
        Cancellation existing = cancellation;
        if (existing == null) {
            existing = new Cancellation();
            cancellation = existing;
        }
        return existing;
    }

    /// Ends requests that no thread has begun.
    private void abort(Run<D, R> run) {
        boolean first = true;
        int index = run.claim();
        while (index >= 0) {
            EngineRequest<D, R> request = run.segment().require(index);
            request.endIfCancelled(null);
            leave(request);
            request.finish();
            figures.aborted.incrementAndGet();
            addLeft(1);
            if (first) {
                outlet.started(run);
                first = false;
            }
            index = run.claim();
            outlet.finished(request);
        }
    }

    /// The next outcome, or null if none is there.
    ///
    /// @throws IllegalStateException if the group has a listener
    public @Nullable Outcome<D> poll() {
        requireNoListener();
        return delivery.poll();
    }

    /// The next outcome, waits for it; null if the group was finished and all is delivered.
    ///
    /// @throws InterruptedException if the thread is interrupted while it waits
    /// @throws IllegalStateException if the group has a listener
    public @Nullable Outcome<D> take() throws InterruptedException {
        requireNoListener();
        return delivery.take();
    }

    /// Gives finished requests to the consumer, up to so many, and answers how many; never waits.
    ///
    /// @throws IllegalStateException if the group has a listener
    public int drain(Consumer<? super AttachedRequest<D, R>> consumer, int most) {
        requireNoListener();
        return delivery.drain(consumer, most);
    }

    /// The same, waits until there is something; 0 if the group was finished and all is delivered.
    ///
    /// @throws InterruptedException if the thread is interrupted while it waits
    /// @throws IllegalStateException if the group has a listener
    public int drainOrWait(Consumer<? super AttachedRequest<D, R>> consumer, int most)
            throws InterruptedException {
        requireNoListener();
        return delivery.drainOrWait(consumer, most);
    }

    /// The outcomes that follow, as [#take] gives them. An interrupt while it waits is kept and thrown as a
    /// [CancellationException].
    @Override
    public Iterator<Outcome<D>> iterator() {
        requireNoListener();
        return new Outcomes();
    }

    /// The outcomes for one subscriber, at its pace, called from a thread of the group's own. Cancelling the subscription
    /// cancels the group.
    ///
    /// @throws IllegalStateException if the group has a listener
    public Flow.Publisher<Outcome<D>> publisher() {
        requireNoListener();
        return new OutcomePublisher<>(this);
    }

    boolean takeSubscription() {
        return subscribed.compareAndSet(false, true);
    }

    boolean isEnded() {
        return delivery.isEnded();
    }

    private void requireNoListener() {
        if (courier != null) {
            throw new IllegalStateException(
                    "group " + id + ": its outcomes go to its listener (expected: no listener)");
        }
    }

    /// What was accepted and delivered so far.
    public Counts counts() {
        return delivery.counts();
    }

    /// Complete when the group was finished or cancelled and its last outcome is delivered.
    public CompletionStage<Counts> ended() {
        return delivery.ended().minimalCompletionStage();
    }

    /// Finishes the group and waits until all its requests have ended. Outcomes that nobody took are counted and
    /// dropped. An interrupt cancels the group. Harmless if repeated.
    @Override
    public void close() {
        finish();
        try {
            if (courier == null) {
                while (delivery.drainOrWait(request -> {}, Integer.MAX_VALUE) > 0) {}
            } else if (!courier.isCurrentThread()) {
                courier.join();
            }
        } catch (InterruptedException e) {
            cancel("interrupted while closing");
            Thread.currentThread().interrupt();
        }
    }

    /// How long its requests took, from the first stage to the last; of fast ones by samples.
    public Timings runTimes() {
        Timing timing = runTime;
        return timing == null ? Timings.NONE : timing.snapshot();
    }

    /// Made when it is first needed: a group that idles costs little.
    Timing runTime() {
        Timing timing = runTime;
        return timing == null ? newRunTime() : timing;
    }

    private synchronized Timing newRunTime() {
        Timing timing = runTime;
        if (timing == null) {
            timing = new Timing();
            runTime = timing;
        }
        return timing;
    }

    @Nullable Cancellation cancellation() {
        return cancellation;
    }

    boolean hasDeadlines() {
        return deadlineNanos > 0 || stageDeadlineNanos > 0;
    }

    /// The shorter one of its limits in nanoseconds, 0 without.
    long shortestDeadline() {
        return deadlineNanos == 0 || stageDeadlineNanos == 0
                ? Math.max(deadlineNanos, stageDeadlineNanos)
                : Math.min(deadlineNanos, stageDeadlineNanos);
    }

    @Nullable Deadline newDeadline() {
        return hasDeadlines() ? new Deadline(deadlineNanos, stageDeadlineNanos) : null;
    }

    boolean isTraced() {
        return trace != null;
    }

    @Nullable RequestTrace traceOf(EngineRequest<D, R> request) {
        return trace == null ? null : trace.request(request.sequence(), request.attempt());
    }

    /// So many requests have left the pipelines.
    void addLeft(int requests) {
        left.getAndAdd(requests);
    }

    /// Since how many nanoseconds its consumer has left finished requests where they are, 0 if it has not.
    long blockedNanos(long now) {
        boolean waiting = !outlet.isAwaited() && left.get() > window.delivered();
        return outputWatch.look(waiting, window.delivered(), now);
    }

    OutputWatch outputWatch() {
        return outputWatch;
    }

    int keyCount() {
        return keys == null ? 0 : keys.size();
    }

    Inlet<D, R> inlet() {
        return inlet;
    }

    Outlet<D, R> outlet() {
        return outlet;
    }

    /// The outcomes one by one.
    private final class Outcomes implements Iterator<Outcome<D>> {

        private @Nullable Outcome<D> next;

        @Override
        public boolean hasNext() {
            if (next == null) {
                next = takeOrCancel();
            }
            return next != null;
        }

        @Override
        public Outcome<D> next() {
            if (!hasNext() || next == null) {
                throw new NoSuchElementException("group " + id + " has ended");
            }
            Outcome<D> result = next;
            next = null;
            return result;
        }

        private @Nullable Outcome<D> takeOrCancel() {
            try {
                return take();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CancellationException("interrupted while waiting for an outcome");
            }
        }
    }
}
