package org.stagedpipe.coordinator;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.coordinator.Principals.Principal;
import org.stagedpipe.coordinator.group.Environment;
import org.stagedpipe.coordinator.group.GroupStream;
import org.stagedpipe.coordinator.group.Holdings;
import org.stagedpipe.coordinator.group.Streams;
import org.stagedpipe.protocol.v1.ClusterView;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.protocol.v1.GroupResponse;
import org.stagedpipe.protocol.v1.GroupSummary;
import org.stagedpipe.protocol.v1.OpenGroup;
import org.stagedpipe.protocol.v1.VersionOutcomes;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.CallHandler;
import org.stagedpipe.transport.Caller;
import org.stagedpipe.transport.Peer;
import org.stagedpipe.transport.Receiver;
import org.stagedpipe.transport.node.Unread;

import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// The node's open groups. Safe for use by many threads; calls no group while it holds its lock.
final class Groups implements CallHandler<GroupRequest, GroupResponse>, GroupStream.Registry {

    private final Environment environment;
    private final int maxGroups;
    private final Principals principals;
    private final Unread unread;
    private final long configurationBytes;
    private final Clock clock;
    private final Map<ByteString, Opened> open = new LinkedHashMap<>();
    private final Map<GroupStream, Opened> replaced = new HashMap<>(); // that have not ended yet
    private volatile @Nullable ClusterView view;
    private final Outcomes outcomes = new Outcomes();
    private volatile boolean cordoned;
    private boolean stopping;
    private int awaited; // streams that have not said what they open
    private long configurations; // bytes, of all groups that have not ended

    /// @param owner who opened it, by its certificate
    /// @param principal whose stream it is
    /// @param streams that it is sure of
    /// @param configuration bytes of it
    private record Opened(
            GroupStream stream,
            long epoch,
            Peer owner,
            Principal principal,
            int streams,
            int configuration) {

        /// The same, of that owner: a group stays its first one's, also when an operator goes on with it.
        Opened of(Peer first) {
            return new Opened(stream, epoch, first, principal, streams, configuration);
        }

        /// Who proves another name than the one that opened it does not go on with it, unless it is an operator.
        boolean isOpenTo(Peer other) {
            return owner.names().isEmpty()
                    || other.names().stream()
                            .anyMatch(name ->
                                    owner.names().contains(name)
                                            || name.startsWith(Caller.OPERATOR.label() + "/"));
        }
    }

    /// @param maxGroups open at once
    /// @param principals who has how much of that
    /// @param unread what may wait to be read
    /// @param configurationBytes of all groups, unless it is one
    Groups(
            Environment environment,
            int maxGroups,
            Principals principals,
            Unread unread,
            long configurationBytes,
            Clock clock) {
        this.configurationBytes = configurationBytes;
        this.environment = environment;
        this.unread = unread;
        this.maxGroups = maxGroups;
        this.principals = principals;
        this.clock = clock;
    }

    @Override
    public Receiver<GroupRequest> open(Call<GroupResponse> call) {
        GroupStream stream = new GroupStream(environment, this, call, clock.millis());
        try {
            awaits(stream);
            stream.begin();
        } catch (CallException e) {
            stream.stop(e);
        }
        return stream;
    }

    private synchronized void awaits(GroupStream stream) throws CallException {
        int streams = ++awaited;
        principals.of(stream.peer()).awaits();
        if (streams > maxGroups) {
            throw new CallException(
                    Kind.BUSY,
                    "streams: "
                            + streams
                            + " without a first message on coordinator "
                            + environment.coordinator()
                            + " (expected: at most "
                            + maxGroups
                            + ")");
        }
    }

    @Override
    public synchronized void begun(GroupStream stream) {
        awaited--;
        principals.of(stream.peer()).begun();
    }

    @Override
    public Holdings add(OpenGroup message, GroupStream stream) throws CallException {
        if (cordoned && !message.hasResume()) {
            throw new CallException(
                    Kind.UNREACHABLE,
                    "coordinator "
                            + environment.coordinator()
                            + " is cordoned and takes no new groups");
        }
        ByteString group = message.getGroup();
        long epoch = message.getEpoch();
        Opened newer = opened(message, stream);
        Opened older = replace(group, newer);
        if (older != null) {
            older.stream.stop(
                    new CallException(
                            Kind.CONFLICT,
                            title(group)
                                    + " was opened again with epoch "
                                    + epoch
                                    + " (here: "
                                    + older.epoch
                                    + ")"));
        }
        return newer.principal.holdings();
    }

    private synchronized Opened opened(OpenGroup message, GroupStream stream) {
        return new Opened(
                stream,
                message.getEpoch(),
                stream.peer(),
                principals.of(stream.peer()),
                1 + sureParts(),
                message.getConfiguration().size());
    }

    /// Whether it is to take no new groups; those that go on are taken.
    void cordon(boolean now) {
        cordoned = now;
    }

    private synchronized @Nullable Opened replace(ByteString group, Opened newer)
            throws CallException {
        if (stopping) {
            throw new CallException(Kind.UNREACHABLE, stops());
        }
        Opened older = open.get(group);
        if (older != null && !older.isOpenTo(newer.owner)) {
            throw new CallException(
                    Kind.NOT_PERMITTED,
                    title(group)
                            + " is not "
                            + newer.owner.name()
                            + "'s (expected: who opened it)");
        }
        if (older != null && older.epoch >= newer.epoch) {
            throw new CallException(
                    older.epoch == newer.epoch ? Kind.EXISTS : Kind.CONFLICT,
                    title(group)
                            + " is open already"
                            + (older.epoch == newer.epoch ? "" : " with epoch " + older.epoch));
        }
        newer.principal.checkOpen(older == null);
        if (older == null && open.size() >= maxGroups) {
            throw new CallException(
                    Kind.BUSY,
                    "groups: "
                            + open.size()
                            + " are open on coordinator "
                            + environment.coordinator()
                            + " (expected: fewer than "
                            + maxGroups
                            + ")");
        }
        if (older == null) {
            checkUnread(newer.streams);
            newer.principal.checkStreams(newer.streams);
        }
        checkConfigurations(newer, older);
        configurations += newer.configuration;
        open.put(group, older == null ? newer : newer.of(older.owner));
        newer.principal.opened(newer.streams, newer.configuration);
        if (older != null) {
            older.principal.ended(older.streams);
            replaced.put(older.stream, older);
        }
        return older;
    }

    /// Whatever clients and workers send at once and groups do not read has to fit.
    private void checkUnread(int streams) throws CallException {
        if (open.isEmpty()) {
            return;
        }
        unread.check(
                "groups: " + (open.size() + 1) + " with",
                environment.streams().open() + streams - 1, // it is awaited so far
                "coordinator " + environment.coordinator());
    }

    /// They are on the heap as long as their groups, as another worker may be told of them.
    private void checkConfigurations(Opened newer, @Nullable Opened older) throws CallException {
        // The older one's goes as soon as it has heard that it is over.
        int before = older == null ? 0 : older.configuration;
        int more = newer.configuration - before;
        boolean isSame = older != null && older.principal == newer.principal;
        newer.principal.checkConfigurations(
                newer.configuration, isSame ? before : 0, configurationBytes);
        if (configurations > 0 && configurations + more > configurationBytes) {
            throw new CallException(
                    Kind.BUSY,
                    "configurations: "
                            + (configurations + more)
                            + " bytes with that of a group more on coordinator "
                            + environment.coordinator()
                            + " (expected: at most "
                            + configurationBytes
                            + ")");
        }
    }

    private int sureParts() {
        ClusterView now = view;
        return now == null ? Streams.SURE_PARTS : Streams.sureParts(now);
    }

    private static String title(ByteString group) {
        return "group " + HexFormat.of().formatHex(group.toByteArray());
    }

    @Override
    public void remove(ByteString group, GroupStream stream) {
        GroupSummary last = stream.summary();
        synchronized (this) {
            outcomes.ended(last); // also of one that was opened again with a higher epoch
            Opened gone = replaced.remove(stream);
            if (gone != null) {
                forget(gone);
            }
            Opened there = open.get(group);
            if (there != null && there.stream == stream) {
                open.remove(group);
                forget(there);
                there.principal.ended(there.streams);
                notifyAll();
            }
        }
    }

    private void forget(Opened ended) {
        configurations -= ended.configuration;
        ended.principal.forget(ended.configuration);
    }

    @Override
    public @Nullable ClusterView view() {
        return view;
    }

    /// The cluster has changed.
    void view(ClusterView now) {
        environment.links().view(now);
        view = now;
        all().forEach(group -> group.view(now));
    }

    /// An operator cancels a group; nothing happens if it has ended.
    void cancel(ByteString group, String reason) {
        Opened there;
        synchronized (this) {
            there = open.get(group);
        }
        if (there != null) {
            there.stream.cancel(reason);
        }
    }

    /// The open groups, in the order in which they were opened.
    List<GroupSummary> summaries() {
        return all().stream()
                .map(GroupStream::summary)
                .map(group ->
                        group.toBuilder()
                                .clearTimedBuckets()
                                .clearEarlier()
                                .build()) // told by version
                .toList();
    }

    /// How the items of each version ended, of open groups and of those that have ended, and how often groups could not move to it.
    List<VersionOutcomes> outcomes() {
        List<VersionOutcomes> ended;
        List<GroupStream> streams;
        synchronized (this) {
            ended = outcomes.ended();
            streams =
                    Stream.concat(
                                    open.values().stream().map(Opened::stream),
                                    replaced.keySet().stream())
                            .toList();
        }
        return Outcomes.sum(
                ended,
                environment.refusals().outcomes(),
                streams.stream().map(GroupStream::summary).toList());
    }

    /// How many are open.
    synchronized int size() {
        return open.size();
    }

    /// Accepted items without an outcome.
    long itemsInFlight() {
        return all().stream().mapToLong(GroupStream::itemsInFlight).sum();
    }

    /// Takes no more groups, lets the open ones finish what they have and go elsewhere, for at most that long; then ends
    /// them.
    void stop(Duration timeout) throws InterruptedException {
        long end = System.nanoTime() + timeout.toNanos();
        CallException why = new CallException(Kind.UNREACHABLE, stops());
        synchronized (this) {
            stopping = true;
        }
        all().forEach(group -> group.drain(why));
        synchronized (this) {
            for (long left = timeout.toMillis(); left > 0 && !open.isEmpty(); ) {
                wait(left);
                left = (end - System.nanoTime()) / 1_000_000;
            }
        }
        all().forEach(group -> group.stop(why));
    }

    private synchronized Collection<GroupStream> all() {
        return open.values().stream().map(Opened::stream).toList();
    }

    private String stops() {
        return "coordinator " + environment.coordinator() + " stops";
    }
}
