package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// Where requests of one group come in, in order, and pipeline threads take them in runs.
///
/// While it holds requests that nobody took, it is in the ready queue exactly once or in the hands of the thread that
/// takes from it. A lone request makes it ready at once: nothing waits for company.
final class Inlet<D, R> {

    /// What a submitter is told.
    enum Answer {
        ACCEPTED,
        FULL,
        CLOSED
    }

    /// How long one run should take: longer ones would keep the other groups waiting.
    private static final long RUN_NANOS = 100_000;

    /// Of fast requests one in so many is timed, for all of them; of slow ones each for itself.
    static final int SAMPLE = 256;

    private static final long SLOW_NANOS = 20_000;

    private final Group<D, R> group;
    private final Window window;
    private final @Nullable Keys<D, R> keys;
    private final Crew<D, R> crew;
    private final SpinLock lock;

    // By the lock, up to nextSample.
    private final LiveSegments<D, R> live = new LiveSegments<>();
    private Segment<D, R> head;
    private Segment<D, R> tail;
    private int headIndex;
    private int tailIndex;
    private long accepted;
    private long acceptedBytes;
    private long taken;
    private boolean ready;

    /// What was taken and given back before it was begun, the earliest first.
    private @Nullable Run<D, R> returned;

    /// When so many are accepted, the next one is timed if it is fast: 255 before it were not.
    private long nextSample = SAMPLE - 1;

    private volatile boolean closed;

    /// What a request took lately; a hint, so races are harmless. The first runs are single requests.
    private long nanosPerRequest = RUN_NANOS;

    private volatile boolean hasLearned;

    Inlet(
            Group<D, R> group,
            Segment<D, R> first,
            Window window,
            SpinLock lock,
            @Nullable Keys<D, R> keys,
            Crew<D, R> crew) {
        this.group = group;
        this.lock = lock;
        this.head = first;
        this.tail = first;
        this.window = window;
        this.keys = keys;
        this.crew = crew;
        live.add(first);
        if (keys != null) {
            keys.append(first);
        }
    }

    /// Takes the request if there is room, as number [#accepted()] of the group if it has no number of its own.
    Answer put(EngineRequest<D, R> request, boolean numbered) {
        boolean added;
        lock.lock();
        try {
            if (closed) {
                return Answer.CLOSED;
            }
            if (!add(request, numbered)) {
                return Answer.FULL;
            }
            added = makeReady();
        } finally {
            lock.unlock();
        }
        if (added) {
            crew.signal();
        }
        return Answer.ACCEPTED;
    }

    /// Takes the first so many of the requests, up to one for which there is no room or whose key throws, as [#put] would
    /// one by one. Answers how many; less than 0 if it is closed.
    int putAll(EngineRequest<D, R>[] requests, int count, boolean numbered) {
        int taken;
        boolean added;
        lock.lock();
        try {
            if (closed) {
                return -1;
            }
            taken = addRun(requests, count, numbered);
            added = taken > 0 && makeReady();
        } finally {
            lock.unlock();
        }
        if (added) {
            crew.signal();
        }
        return taken;
    }

    private int addRun(EngineRequest<D, R>[] requests, int count, boolean numbered) {
        int taken = 0;
        try {
            while (taken < count && add(requests[taken], numbered)) {
                taken++;
            }
        } catch (Throwable e) { // of a key that cannot be compared; what came in must be told
            if (taken == 0) {
                throw e;
            }
        }
        return taken;
    }

    private boolean add(EngineRequest<D, R> request, boolean numbered) {
        if (!window.hasRoom(accepted, acceptedBytes, request.size())) {
            return false;
        }
        if (tailIndex == Segment.LENGTH) {
            append();
        }
        int timedFor = timedFor();
        if (timedFor > 0) {
            request.prepareTimes();
        }
        if (keys != null && !keys.add((KeyedRequest<D, R>) request, accepted)) {
            return false; // nothing after this needs memory, which may be short
        }
        if (!numbered) {
            request.sequence(accepted);
        }
        if (timedFor > 0) {
            request.submittedAt(System.nanoTime(), timedFor);
            nextSample += timedFor;
        }
        tail.set(tailIndex++, request);
        accepted++;
        acceptedBytes += request.size();
        return true;
    }

    /// Linked last: a consumer that has caught up goes on to it then.
    private void append() {
        Segment<D, R> next = tail.successor();
        live.add(next);
        boolean isKnown = false;
        try {
            if (keys != null) {
                keys.append(next);
            }
            isKnown = true;
        } finally {
            if (!isKnown) {
                live.removeLast();
            }
        }
        tail.link(next);
        tail = next;
        tailIndex = 0;
    }

    /// Whether a thread has to be told.
    private boolean makeReady() {
        boolean added = !ready;
        if (added) {
            crew.ready().add(this);
            ready = true;
        }
        return added;
    }

    /// For how many the next request is timed, itself included; 0: it is not.
    private int timedFor() {
        if (nanosPerRequest > SLOW_NANOS) {
            return 1; // the sample stands for fast ones only, however many slow ones come between
        }
        return accepted == nextSample ? SAMPLE : 0;
    }

    /// Takes the next requests, as many as fit into [#RUN_NANOS]; null if there are none. Whoever took this inlet from the
    /// ready queue calls it; if more is left, it is back in the queue afterwards.
    @Nullable Run<D, R> take() {
        return take(
                group.hasDeadlines()
                        ? 1 // the watch may take the request away from its thread
                        : (int) Math.clamp(RUN_NANOS / nanosPerRequest, 1, Segment.LENGTH));
    }

    private @Nullable Run<D, R> take(int most) {
        boolean more;
        Run<D, R> run;
        lock.lock();
        try {
            run = cut(most);
            more = taken < accepted || returned != null;
            ready = more;
            if (more) {
                crew.ready().add(this);
            }
        } finally {
            lock.unlock();
        }
        if (more) {
            crew.signal();
        }
        return run;
    }

    /// Takes what is left, for a group that was cancelled; the ready queue keeps an entry that yields nothing.
    @Nullable Run<D, R> drain() {
        lock.lock();
        try {
            return cut(Segment.LENGTH);
        } finally {
            lock.unlock();
        }
    }

    /// The run, and those that it links, are taken as any other, before what came in later.
    void giveBack(Run<D, R> runs) {
        boolean added;
        lock.lock();
        try {
            Run<D, R> run = runs;
            while (run != null) {
                Run<D, R> next = run.later;
                insert(run);
                run = next;
            }
            added = makeReady(); // after all of them: there may be no memory for it
        } finally {
            lock.unlock();
        }
        if (added) {
            crew.signal();
        }
    }

    private void insert(Run<D, R> run) {
        Run<D, R> before = null;
        Run<D, R> behind = returned;
        while (behind != null && behind.isBefore(run)) {
            before = behind;
            behind = behind.later;
        }
        run.later = behind;
        if (before == null) {
            returned = run;
        } else {
            before.later = run;
        }
    }

    private @Nullable Run<D, R> cut(int most) {
        Run<D, R> again = returned;
        if (again != null) {
            returned = again.later;
            again.later = null;
            return again;
        }
        if (taken == accepted) {
            return null;
        }
        if (headIndex == Segment.LENGTH) {
            Segment<D, R> left = head;
            head = left.requireNext();
            headIndex = 0;
            group.outlet().left(left);
        }
        int length = (int) Math.min(Math.min(most, Segment.LENGTH - headIndex), accepted - taken);
        Run<D, R> run = new Run<>(group, head, headIndex, headIndex + length);
        headIndex += length;
        taken += length;
        return run;
    }

    /// So many requests took so long: the size of the next runs follows.
    void learn(int requests, long nanos) {
        nanosPerRequest = Math.max(1, (3 * nanosPerRequest + nanos / requests) / 4);
        if (!hasLearned) {
            hasLearned = true;
        }
    }

    /// What a request took lately; 0 before that is known of any.
    long nanosPerRequest() {
        return hasLearned ? nanosPerRequest : 0;
    }

    /// Whether it takes that request now, or will never: its submitter need not wait.
    boolean mayTake(EngineRequest<D, R> request) {
        return closed || hasRoom(request) && keyHasRoom(request);
    }

    /// Whether its key has, if there are keys.
    boolean keyHasRoom(EngineRequest<D, R> request) {
        return keys == null || keys.mayAdd((KeyedRequest<D, R>) request);
    }

    /// Whether the window has room for it.
    boolean hasRoom(EngineRequest<D, R> request) {
        lock.lock();
        try {
            return window.hasRoom(accepted, acceptedBytes, request.size());
        } finally {
            lock.unlock();
        }
    }

    boolean isWide() {
        return window.isWide();
    }

    /// How many requests there is room for, of no bytes.
    int room() {
        lock.lock();
        try {
            return window.room(accepted, acceptedBytes);
        } finally {
            lock.unlock();
        }
    }

    /// Those that have left the pipelines, and what is finished of runs that are not over.
    long finished() {
        long left = left();
        return left + crew.finishedOf(group);
    }

    /// How many requests have left the pipelines; those of a run when it is over.
    long left() {
        lock.lock();
        try {
            return live.left();
        } finally {
            lock.unlock();
        }
    }

    /// Whether the request before which so many were accepted has left the pipelines, or was even handed out.
    boolean hasLeft(long position) {
        lock.lock();
        try {
            return position < accepted && live.hasLeft(position);
        } finally {
            lock.unlock();
        }
    }

    /// The requests of that number that have not ended; several if it was submitted again meanwhile.
    List<EngineRequest<D, R>> find(long sequence) {
        List<Segment<D, R>> searched; // not by the lock: submitters would wait
        int newest;
        lock.lock();
        try {
            searched = live.copy();
            newest = tailIndex;
        } finally {
            lock.unlock();
        }
        List<EngineRequest<D, R>> found = new ArrayList<>();
        searched.getLast().find(sequence, newest, found);
        searched.subList(0, searched.size() - 1)
                .forEach(full -> full.find(sequence, Segment.LENGTH, found));
        return found;
    }

    long accepted() {
        lock.lock();
        try {
            return accepted;
        } finally {
            lock.unlock();
        }
    }

    /// Takes nothing more.
    void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
    }

    boolean isClosed() {
        return closed;
    }
}
