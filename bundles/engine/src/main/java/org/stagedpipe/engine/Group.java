package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Fault;
import org.stagedpipe.api.Outcome;

import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/// A request group: data goes in, an outcome for each comes out. Made by [Pipelines#group], closed by whoever made it.
///
/// Any thread may submit. Outcomes go to one consumer: whoever calls [#take], [#poll] or [#drain], loops over the group, or
/// subscribes to [#publisher]; or to the [GroupListener] if the group was opened with one. At most a window of requests is
/// in flight, accepted and not delivered: a group that is not read takes no more and holds up nobody else. So outcomes have
/// to be taken while data is submitted, by another thread or in turns, unless all of it fits into the window.
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
    private final Inlet<D, R> inlet;
    private final Entrance<D, R> entrance;
    private final Outlet<D, R> outlet;
    private final Delivery<D, R> delivery;
    private final @Nullable Courier<D, R> courier;
    private final @Nullable Keys<D, R> keys;
    private final Figures<D, R> figures;
    private final long deadlineNanos;
    private final long stageDeadlineNanos;
    private final Tracer.@Nullable GroupTrace trace;
    private final LazyTiming runTime = new LazyTiming();
    private final OutputWatch outputWatch = new OutputWatch();
    private final AtomicReference<@Nullable OutcomeSubscription<D, R>> subscribed =
            new AtomicReference<>();
    private volatile boolean subscriptionIsOver;
    private volatile boolean isClosedBySubscriber;
    private volatile @Nullable Cancellation cancellation;

    Group(
            Pipelines<D, R> pipelines,
            Crew<D, R> crew,
            Figures<D, R> figures,
            GroupBuilder<D, R> builder) {
        this.pipelines = pipelines;
        this.crew = crew;
        this.figures = figures;
        KeyOrder<D, R> order = pipelines.settings().keys();
        SpinLock submitting = new SpinLock();
        this.keys = order == null ? null : new Keys<>(order, submitting, figures);
        this.deadlineNanos = builder.deadlineNanos;
        this.stageDeadlineNanos = builder.stageDeadlineNanos;
        this.id = builder.id == null ? UUID.randomUUID() : builder.id;
        this.resources = builder.resources;
        this.window = new Window(builder.window, builder.windowBytes);
        Segment<D, R> first = new Segment<>();
        this.inlet = new Inlet<>(this, first, window, submitting, keys, crew);
        this.entrance = new Entrance<>(this, inlet, window, keys, figures, builder);
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

    /// It was made and is not opened.
    void discard() {
        if (trace != null) {
            trace.ended(counts());
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

    /// Submits data and waits while the window is full: for ever if nobody takes outcomes meanwhile.
    ///
    /// @return the request's sequence: 0, 1, 2 and so on; a submit that fails leaves no gap
    /// @throws InterruptedException if the thread is interrupted while it waits; nothing was submitted
    /// @throws GroupClosedException if the group takes no more, also while it waits
    public long submit(D data) throws InterruptedException {
        return entrance.submit(data);
    }

    /// Submits what a hook turns into data, as delivery `attempt` of item `sequence`, and waits while the window is full.
    ///
    /// @throws InterruptedException if the thread is interrupted while it waits; nothing was submitted
    /// @throws GroupClosedException if the group takes no more, also while it waits
    public void submit(long sequence, int attempt, Object attachment) throws InterruptedException {
        entrance.submit(sequence, attempt, attachment);
    }

    /// Submits all of them in their order, as that many calls of [#submit(Object)] do, for less: whole runs of them go in
    /// at once. Waits as often as the window is full. Whatever it throws, items before the one it met are submitted.
    ///
    /// @throws InterruptedException if the thread is interrupted while it waits
    /// @throws GroupClosedException if the group takes no more, also while it waits
    public void submitAll(List<? extends D> items) throws InterruptedException {
        entrance.submitAll(items);
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
        return entrance.offer(data);
    }

    /// Submits what a hook turns into data, as delivery `attempt` of item `sequence`, if there is room; never waits. After
    /// an answer of false the listener is told when there is room; in an ordered group once more was delivered.
    ///
    /// @throws GroupClosedException if the group takes no more
    public boolean offer(long sequence, int attempt, Object attachment) {
        return entrance.offer(sequence, attempt, attachment);
    }

    /// Submits as many of the items as there is room for, in their order and from that index on; never waits. If it
    /// answers less than all, the listener is told when there is room.
    ///
    /// @return how many
    /// @throws GroupClosedException if the group takes no more, and it took none
    public int offerAll(List<? extends D> items, int from) {
        return entrance.offerAll(items, from);
    }

    /// Submits what hooks turn into data, as many as there is room for, in their order and from that index on; never
    /// waits. If it answers less than all, the listener is told when there is room.
    ///
    /// @return how many
    /// @throws GroupClosedException if the group takes no more, and it took none
    public int offerAll(Batch batch, int from) {
        return entrance.offerAll(batch, from);
    }

    /// What a submitter is told that comes too late.
    GroupClosedException closed() {
        Cancellation cancelled = cancellation;
        String reason = cancelled == null ? null : cancelled.reason();
        return new GroupClosedException(
                "group "
                        + id
                        + (reason == null ? " is finished" : " was cancelled: " + reason)
                        + " (expected: open)");
    }

    /// Takes nothing more; what was accepted goes on. Does not wait. Harmless if repeated.
    public void finish() {
        inlet.close();
        window.wakeSubmitters();
        delivery.endIfOver();
        outlet.wake();
    }

    /// Aborts the group: takes nothing more, requests not begun end as aborted, running ones are interrupted and see
    /// [org.stagedpipe.api.Request#isCancelled]; one that goes on for 5 s is given up. Does not wait for them. Outcomes are still delivered.
    public void cancel(String reason) {
        cancel(Fault.Kind.CANCELLED, reason);
    }

    void cancel(Fault.Kind kind, String reason) {
        cancellationOrNew().group(kind, reason);
        finish();
        abortUnclaimed();
        crew.interrupt(this, request -> true, pipelines.watch());
    }

    /// Takes nothing more, and gives up what has not begun: requests that no stage has seen end as aborted, by a fault that is
    /// retryable; running ones go on to their end. Does not wait for them. Harmless if repeated; [#cancel(String)] may follow.
    ///
    /// @throws IllegalStateException with keyed order: what waits for one that was given up would overtake it
    public void withdraw(String reason) {
        if (keys != null) {
            throw new IllegalStateException(
                    "group " + id + ": keyed order (expected: none, or cancel)");
        }
        cancellationOrNew().withdraw(reason);
        finish();
        abortUnclaimed();
    }

    /// What threads have claimed meanwhile looks at the cancellation itself.
    private void abortUnclaimed() {
        for (Run<D, R> run = takeUnclaimed(); run != null; run = takeUnclaimed()) {
            abort(run);
        }
    }

    /// From the inlet first, each time: what was put off behind one that is aborted goes back there.
    private @Nullable Run<D, R> takeUnclaimed() {
        Run<D, R> run = inlet.drain();
        return run == null ? crew.stealFrom(this) : run;
    }

    /// Cancels one request, wherever it is; of no effect if it has ended or is not submitted. Others are not touched, nor is
    /// a later attempt. Looks through all requests in flight.
    public void cancel(long sequence, String reason) {
        for (EngineRequest<D, R> request : inlet.find(sequence)) {
            Cancellation noted = cancellationOrNew();
            noted.request(request, reason);
            crew.interrupt(this, running -> running == request, pipelines.watch());
            if (request.isFinished()) {
                noted.forget(request); // who finished it may have looked before
            }
        }
    }

    /// The request is finished, and a fence has followed: wakes the consumer.
    void finished(EngineRequest<D, R> request) {
        outlet.finished(request);
        Cancellation noted = cancellation;
        if (noted != null) {
            noted.forget(request);
        }
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
            run.segment().addLeft(1);
            if (first) {
                outlet.started(run);
                first = false;
            }
            index = run.claim();
            finished(request);
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

    /// Gives finished requests to the consumer, up to so many (at least 1), and answers how many; never waits.
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
        return new Outcomes<>(this);
    }

    /// The outcomes for one subscriber, at its pace, called from a thread of the group's own. Cancelling the subscription
    /// cancels the group.
    ///
    /// @throws IllegalStateException if the group has a listener
    public Flow.Publisher<Outcome<D>> publisher() {
        requireNoListener();
        return new OutcomePublisher<>(this);
    }

    boolean takeSubscription(OutcomeSubscription<D, R> subscription) {
        return subscribed.compareAndSet(null, subscription);
    }

    /// From here on the subscription's thread takes nothing more: what it closed before is closed now.
    void subscriptionIsOver() {
        subscriptionIsOver = true;
        if (isClosedBySubscriber) {
            close();
        }
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

    /// Finishes the group and waits until all its requests have ended, and a subscriber has returned from what it has asked for. Outcomes
    /// that nobody took or asked for are counted and dropped, a `for` loop's too; inside a consumer, listener, subscriber or stage it only finishes. An interrupt cancels it. Harmless if repeated.
    @Override
    public void close() {
        finish();
        if (crew.isCurrentThread()) {
            return;
        }
        try {
            OutcomeSubscription<D, R> subscription = subscriptionIsOver ? null : subscribed.get();
            if (subscription != null && subscription.isCurrentThread()) {
                isClosedBySubscriber = true;
            } else if (courier == null) {
                if (subscription != null) {
                    subscription.awaitRest();
                }
                delivery.dropAll();
            } else if (!courier.isCurrentThread()) {
                courier.join();
            }
        } catch (InterruptedException e) {
            cancel("interrupted while closing");
            Thread.currentThread().interrupt();
        }
    }

    /// About how many requests keep its pipelines busy for that long, by what requests took lately: at least two for each pipeline.
    /// 0 before that is known of any.
    public long backlog(Duration time) {
        long nanosPerRequest = inlet.nanosPerRequest();
        if (nanosPerRequest == 0) {
            return 0;
        }
        Settings<D, R> settings = pipelines.settings();
        long pipes = (long) settings.scale().most() * settings.width();
        return pipes * Math.max(2, time.toNanos() / nanosPerRequest);
    }

    /// How long its requests took, from the first stage to the last; of fast ones by samples.
    public Timings runTimes() {
        return runTime.snapshot();
    }

    Timing runTime() {
        return runTime.get();
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

    /// Since how many nanoseconds its consumer has left finished requests where they are, 0 if it has not.
    long blockedNanos(long now) {
        long delivered = window.delivered();
        boolean waiting = !outlet.isAwaited() && outlet.hasLeft(inlet, delivered);
        return outputWatch.look(waiting, delivered, now);
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
}
