package org.stagedpipe.coordinator.group;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.protocol.v1.ClusterView;
import org.stagedpipe.protocol.v1.OpenWork;
import org.stagedpipe.protocol.v1.WorkerEntry;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Endpoint;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/// A group's parts: one on each ready worker, as the cluster's view changes, or on fewer where the node has no streams left.
///
/// A version that is tried on some workers runs on no others, also after it was given up, until none of these is left: what it
/// does to them it is not to do to the others.
///
/// A worker that the view no longer names keeps its part: the stream shows that it lives, also while the overseers know of
/// nobody yet. A worker whose part ended is tried again after a pause, sooner if it is a new process.
final class Parts {

    private static final Logger LOG = LoggerFactory.getLogger(Parts.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    /// A worker that waits for memory does not read that it is to cancel; the end of the call reaches it. What it has done by
    /// then is answered. Shorter than clients wait for it: 500 ms.
    private static final Duration CANCEL_TIMEOUT = Duration.ofMillis(300);

    private static final Duration LOOK_AGAIN = Duration.ofMillis(50);
    private static final Duration SEAT_PAUSE = Duration.ofMillis(50);
    private static final Comparator<WorkerPart> BY_IDLENESS =
            Comparator.comparing(WorkerPart::isPlaceTaken).thenComparing(WorkerPart::items);
    private static final Duration STREAMS_PAUSE = Duration.ofSeconds(1);

    private final Environment environment;
    private final Streams.Share streams; // of who opened the group
    private final Serial serial;
    private final PartOwner owner;
    private final BigItems bigItems;
    private final Map<String, WorkerPart> parts = new LinkedHashMap<>(); // by worker
    private final Map<String, Rest> resting = new HashMap<>(); // by worker
    private final Set<WorkerPart> leaving = new HashSet<>();
    private final Set<WorkerPart> further = new HashSet<>(); // than those it is sure of
    private final List<WorkerPart> free = new ArrayList<>(); // of pick only
    private volatile List<String> workers = List.of();
    private Set<String> runners = Set.of(); // the only workers that run the version; empty: all may
    private @Nullable OpenWork open;
    private @Nullable ClusterView view;
    private boolean asksAgain; // for a suspect's place
    private @Nullable Future<?> asksForStreams;
    private final List<Future<?>> abandons = new ArrayList<>(); // who is leaving
    private int sure;

    /// A worker that is not tried for a while.
    ///
    /// @param end null once it is over
    private record Rest(WorkerEntry worker, Duration pause, @Nullable Future<?> end) {

        void cancel() {
            if (end != null) {
                end.cancel(false);
            }
        }
    }

    /// @param streams of who opened the group
    Parts(
            Environment environment,
            Streams.Share streams,
            Serial serial,
            BigItems bigItems,
            PartOwner owner) {
        this.environment = environment;
        this.streams = streams;
        this.serial = serial;
        this.owner = owner;
        this.bigItems = bigItems;
    }

    /// Opens parts from now on.
    void open(OpenWork work, ClusterView now) {
        open = work;
        sure = Streams.sureParts(now);
        view(now);
    }

    /// The workers there are now.
    void view(ClusterView now) {
        view = now;
        limit(now);
        for (WorkerEntry worker : inAnyOrder(now)) {
            WorkerPart part = parts.get(worker.getName());
            if (part != null && !part.isOn(worker)) {
                part.abandon(
                        new CallException(
                                Kind.UNREACHABLE, "worker " + worker.getName() + " was restarted"));
                part = null;
            }
            OpenWork work = open; // null also if the group ended with that part
            if (part != null) {
                part.see(worker);
            } else if (work != null
                    && worker.getReady()
                    && mayRun(worker.getName())
                    && mayTry(worker)) {
                addIfItFits(worker, work);
            }
        }
    }

    private void limit(ClusterView now) {
        if (open == null) {
            return;
        }
        Set<String> named = Routes.runners(now, open.getPlugin());
        boolean isLifted =
                Routes.isGiven(now, open.getPlugin())
                        || now.getWorkersList().stream()
                                .noneMatch(worker -> runners.contains(worker.getName()));
        if (isLifted || !named.isEmpty()) {
            runners = named;
        }
    }

    private boolean mayRun(String worker) {
        return runners.isEmpty() || runners.contains(worker);
    }

    /// Where groups do not get all workers they do not all get the same.
    private List<WorkerEntry> inAnyOrder(ClusterView now) {
        List<WorkerEntry> workers = new ArrayList<>(now.getWorkersList());
        Collections.shuffle(workers, environment.random());
        return workers;
    }

    /// A worker has opened its part.
    void opened() {
        showWorkers();
    }

    /// A part's stream is over; its worker is tried again later.
    void ended(WorkerPart part, WorkerPart.State before) {
        leaving.remove(part);
        if (further.remove(part)) {
            streams.give();
        }
        if (leaving.isEmpty()) {
            abandons.forEach(timer -> timer.cancel(false)); // or it kept the group's bytes so long
            abandons.clear();
        }
        if (!parts.remove(part.name(), part) || open == null) {
            return;
        }
        showWorkers();
        rest(part, before);
        if (parts.isEmpty() && asksForStreams != null) {
            viewAgain(); // there are workers that it has not tried for want of streams
        }
    }

    /// No part is open, and none is about to be.
    boolean isEmpty() {
        return parts.isEmpty() && leaving.isEmpty();
    }

    /// How many items they have.
    int given() {
        return parts.values().stream().mapToInt(WorkerPart::items).sum();
    }

    /// Whether any worker takes items, now or once it has read what it has.
    boolean hasUsable() {
        for (WorkerPart part : parts.values()) {
            if (part.isUsable()) {
                return true;
            }
        }
        return false;
    }

    /// A worker for a frame: the less busy one of two, taken by chance from those that are free.
    ///
    /// @param kept not that one
    @Nullable WorkerPart pick(@Nullable WorkerPart kept) {
        free.clear();
        for (WorkerPart part : parts.values()) {
            if (part.isFree() && part != kept) {
                free.add(part);
            }
        }
        if (free.size() <= 1) {
            return free.isEmpty() ? null : free.getFirst();
        }
        int one = environment.random().nextInt(free.size());
        int other = environment.random().nextInt(free.size() - 1);
        WorkerPart first = free.get(one);
        WorkerPart second = free.get(other < one ? other : other + 1);
        return second.load().isLessThan(first.load()) ? second : first;
    }

    /// A worker for a suspect: it holds nothing of this group, and no suspect of another one of this node; if there is a choice,
    /// none of another coordinator, behind which it would wait. If only that place is missing it is asked again in a moment.
    ///
    /// @param othersWait items that are no suspects, for which half of the workers are left, unless there is one only
    @Nullable WorkerPart pickIdle(boolean othersWait) {
        if (othersWait && !mayTakeOneMore()) {
            return null;
        }
        WorkerPart part = findIdle(false);
        return part == null ? findIdle(true) : part;
    }

    /// The worker that gets nothing new, so that it becomes idle for a suspect: where a place is likely, the one that has the fewest
    /// items, and so it stays that one. Null if suspects have as many as they may.
    @Nullable WorkerPart toKeep() {
        return mayTakeOneMore()
                ? parts.values().stream()
                        .filter(part -> part.isWilling() && !part.hasSuspect())
                        .min(BY_IDLENESS)
                        .orElse(null)
                : null;
    }

    private boolean mayTakeOneMore() {
        int willing = 0;
        int taken = 0;
        for (WorkerPart part : parts.values()) {
            willing += part.isWilling() ? 1 : 0;
            taken += part.isWilling() && part.hasSuspect() ? 1 : 0;
        }
        return taken < Math.max(1, willing / 2);
    }

    private @Nullable WorkerPart findIdle(boolean isToWait) {
        boolean isRefused = false;
        for (WorkerPart part : parts.values()) {
            if (part.isIdle() && (isToWait || !part.isSuspectedElsewhere())) {
                if (part.takesSuspect()) {
                    return part;
                }
                isRefused = true;
            }
        }
        if (isRefused && !asksAgain) {
            asksAgain = true;
            environment.after(SEAT_PAUSE, serial, () -> asksAgain = false); // and the group settles
        }
        return null;
    }

    /// All of them.
    Collection<WorkerPart> all() {
        return parts.values();
    }

    /// Asks for more answers: all workers, or where small ones have no room here those that are at big ones, which go to the disk.
    void read(boolean isFull) {
        boolean spools = !bigItems.isSpoolFull();
        for (WorkerPart part : parts.values()) {
            read(part, isFull, spools);
        }
        for (WorkerPart part : leaving) {
            read(part, isFull, spools);
        }
    }

    private static void read(WorkerPart part, boolean isFull, boolean spools) {
        if (!isFull || (spools && part.isAtBigResult())) {
            part.read();
        }
    }

    /// No more items: every worker closes its part, the group waits for that.
    void finish() {
        leave(WorkerPart::finish, environment.limits().finishTimeout());
    }

    /// The group ends at once; its workers may say what they ran.
    void cancel(String reason) {
        leave(part -> part.cancel(reason), CANCEL_TIMEOUT);
    }

    /// The same while nobody wants to know.
    void drop(String reason) {
        List.copyOf(leaving).stream()
                .filter(WorkerPart::isAwaited)
                .forEach(part -> part.drop(reason));
        leave(part -> part.drop(reason), CANCEL_TIMEOUT);
    }

    /// The names of the workers that have opened their part. Any thread.
    List<String> workers() {
        return workers;
    }

    private void leave(Consumer<WorkerPart> how, Duration within) {
        open = null;
        resting.values().forEach(Rest::cancel);
        resting.clear();
        if (asksForStreams != null) {
            asksForStreams.cancel(false);
        }
        Collection<WorkerPart> all = List.copyOf(parts.values());
        leaving.addAll(all);
        all.forEach(how);
        all.forEach(part -> parts.remove(part.name(), part));
        if (!leaving.isEmpty()) {
            abandonLateAfter(within);
        }
    }

    private void abandonLateAfter(Duration pause) {
        abandons.removeIf(Future::isDone);
        abandons.add(environment.after(pause, serial, this::abandonLate));
    }

    /// Who still answers, or is not read as its client reads slowly, is waited for.
    private void abandonLate() {
        for (WorkerPart part : List.copyOf(leaving)) {
            if (!part.isAwaited() || part.isLate(CANCEL_TIMEOUT)) {
                part.abandon(new CallException(Kind.CANCELLED, "the group has ended"));
            }
        }
        if (!leaving.isEmpty()) {
            abandonLateAfter(LOOK_AGAIN);
        }
    }

    private void addIfItFits(WorkerEntry worker, OpenWork work) {
        long own = parts.values().stream().filter(part -> !further.contains(part)).count();
        if (own < sure) {
            add(worker).open(work);
        } else if (streams.tryTake()) {
            addFurther(worker, work);
        } else if (parts.values().stream().noneMatch(part -> part.isUsable() || part.isOpening())) {
            streams.take();
            addFurther(worker, work);
        } else {
            askForStreams();
        }
    }

    private void askForStreams() {
        if (asksForStreams == null) {
            asksForStreams =
                    environment.after(
                            STREAMS_PAUSE,
                            serial,
                            () -> {
                                asksForStreams = null;
                                viewAgain();
                            });
        }
    }

    private void viewAgain() {
        if (view != null) {
            view(view);
        }
    }

    private void addFurther(WorkerEntry worker, OpenWork work) {
        WorkerPart part = add(worker);
        further.add(part); // before it is open: its stream is counted
        part.open(work);
    }

    private WorkerPart add(WorkerEntry worker) {
        Links.Link link = environment.links().to(Endpoint.of(worker.getAddress()));
        WorkerPart part = new WorkerPart(worker, link, environment, bigItems, serial, owner);
        parts.put(worker.getName(), part);
        return part;
    }

    private boolean mayTry(WorkerEntry worker) {
        Rest rest = resting.get(worker.getName());
        return rest == null
                || rest.end == null
                || !rest.worker.getIncarnation().equals(worker.getIncarnation());
    }

    private void rest(WorkerPart part, WorkerPart.State before) {
        Rest last = resting.get(part.name());
        Duration pause =
                last != null && before == WorkerPart.State.OPENING
                        ? longer(last.pause)
                        : FIRST_PAUSE;
        if (last != null) {
            last.cancel();
        }
        LOG.debug("group part on {} is tried again in {}", part.name(), pause);
        String worker = part.name();
        Future<?> end = environment.after(pause, serial, () -> rested(worker));
        resting.put(worker, new Rest(part.worker(), pause, end));
    }

    private void rested(String worker) {
        resting.computeIfPresent(worker, (_, rest) -> new Rest(rest.worker, rest.pause, null));
        viewAgain();
    }

    private static Duration longer(Duration pause) {
        Duration twice = pause.plus(pause);
        return twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
    }

    private void showWorkers() {
        workers =
                parts.values().stream()
                        .filter(WorkerPart::isOpen)
                        .map(WorkerPart::name)
                        .sorted()
                        .toList();
    }
}
