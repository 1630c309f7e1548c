package org.stagedpipe.worker.part;

import com.google.protobuf.ByteString;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.protocol.v1.OpenWork;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.Suspicion;
import org.stagedpipe.protocol.v1.WatchRequest;
import org.stagedpipe.protocol.v1.WorkRequest;
import org.stagedpipe.protocol.v1.WorkResponse;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.CallHandler;
import org.stagedpipe.transport.Receiver;
import org.stagedpipe.worker.memory.Ledger;
import org.stagedpipe.worker.plugin.Lease;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/// All parts on this worker: answers the coordinators' streams, counts, and ends them when the worker stops.
public final class Parts implements CallHandler<WorkRequest, WorkResponse>, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Parts.class);
    private static final Duration CANCEL_GRACE = Duration.ofSeconds(2);

    /// A coordinator that takes no answer for that long is slow.
    private static final Duration PATIENCE = Duration.ofMillis(250);

    private static final Duration LOOK_EVERY = Duration.ofMillis(10);

    /// Has the plugins' versions.
    public interface Versions {

        /// A hold on that one. Fails with a [org.stagedpipe.worker.plugin.PluginException].
        CompletableFuture<Lease> acquire(PluginVersion version);
    }

    private final String node;
    private final ByteString incarnation;
    private final Versions versions;
    private final PartLimits limits;
    private final Ledger ledger;
    private final Traffic traffic = new Traffic();
    private final Set<Part> parts = ConcurrentHashMap.newKeySet();
    private final Epochs<Part> epochs = new Epochs<>();
    private final OpenFailures openFailures = new OpenFailures(System::nanoTime);
    private final Seat seat;
    private volatile boolean stopping;

    /// @param node this worker's name
    /// @param incarnation of this process
    /// @param ledger where memory is reserved
    public Parts(
            String node,
            ByteString incarnation,
            Versions versions,
            PartLimits limits,
            Ledger ledger) {
        this.node = node;
        this.incarnation = incarnation;
        this.versions = versions;
        this.limits = limits;
        this.ledger = ledger;
        this.seat = new Seat(incarnation, System::nanoTime);
    }

    @Override
    public Receiver<WorkRequest> open(Call<WorkResponse> call) {
        Part part = new Part(this, call);
        parts.add(part);
        part.begin();
        return part;
    }

    OpenFailures openFailures() {
        return openFailures;
    }

    /// Answers the streams of coordinators that watch suspects.
    public CallHandler<WatchRequest, Suspicion> watch() {
        return seat;
    }

    /// Groups that have a part here.
    public int groups() {
        return (int) parts.stream().filter(Part::isCounted).count();
    }

    /// Items taken and not answered.
    public long itemsInFlight() {
        return traffic.inFlight();
    }

    /// Memory reserved for items that are taken and not answered.
    public long bytesInFlight() {
        return ledger.used();
    }

    /// Items answered so far.
    public long itemsAnswered() {
        return traffic.answered();
    }

    /// Tells all coordinators whether this worker takes items.
    public void paused() {
        parts.forEach(Part::tellCapacity);
    }

    /// Gives back what is not started and has waited for that long, for memory or its turn; all of it if that is 0. To be
    /// called a few times a second.
    public void handBack(Duration waited) {
        seat.look();
        parts.forEach(part -> part.handBackWaiting(waited));
    }

    /// Takes no new parts and no new items, answers what runs, hands the rest back; waits for it at most that long, then
    /// cancels.
    public void close(Duration grace) {
        stopping = true;
        CallException why = stops();
        parts.forEach(part -> part.handBack(why));
        if (!areOver(grace)) {
            LOG.warn("{} groups have not ended within {} ms", parts.size(), grace.toMillis());
            List.copyOf(parts).forEach(part -> part.fail(why));
            areOver(CANCEL_GRACE);
        }
        seat.close();
    }

    /// Cancels all parts.
    @Override
    public void close() {
        close(Duration.ZERO);
    }

    private boolean areOver(Duration within) {
        long end = System.nanoTime() + within.toNanos();
        try {
            while (!parts.isEmpty() && System.nanoTime() < end) {
                Thread.sleep(LOOK_EVERY);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return parts.isEmpty();
    }

    private CallException stops() {
        return new CallException(Kind.UNREACHABLE, "worker " + node + " stops");
    }

    void checkOpen() throws CallException {
        if (stopping) {
            throw stops();
        }
        if (parts.size() > 1) {
            limits.unread().check("parts:", parts.size(), "worker " + node);
        }
    }

    Versions versions() {
        return versions;
    }

    PartLimits limits() {
        return limits;
    }

    Intake intake(Call<WorkResponse> call) {
        return new Intake(call, ledger, traffic, seat);
    }

    Credit credit(Call<WorkResponse> call) {
        return new Credit(call, limits.windowItems(), incarnation, ledger::isPaused);
    }

    Outlet outlet(Call<WorkResponse> call, Consumer<CallException> lost) {
        return new Outlet(call, new Shelf(limits.spool()), ledger::isShort, lost, PATIENCE);
    }

    /// A part is about to open: older ones of its group end.
    ///
    /// @throws CallException if it is the older one
    void enter(Part part, OpenWork open) throws CallException {
        Epochs.Ended<Part> ended = epochs.enter(open, part);
        ended.parts().forEach(older -> older.fail(ended.why()));
    }

    void over(Part part) {
        parts.remove(part);
        ByteString group = part.group();
        if (group != null) {
            epochs.over(group, part);
        }
    }
}
