package org.stagedpipe.coordinator;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.coordinator.group.Environment;
import org.stagedpipe.coordinator.group.GroupStream;
import org.stagedpipe.protocol.v1.ClusterView;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.protocol.v1.GroupResponse;
import org.stagedpipe.protocol.v1.GroupSummary;
import org.stagedpipe.protocol.v1.VersionOutcomes;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.CallHandler;
import org.stagedpipe.transport.Receiver;

import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The node's open groups. Safe for use by many threads; calls no group while it holds its lock.
final class Groups implements CallHandler<GroupRequest, GroupResponse>, GroupStream.Registry {

    private final Environment environment;
    private final int maxGroups;
    private final Clock clock;
    private final Map<ByteString, GroupStream> open = new LinkedHashMap<>();
    private volatile @Nullable ClusterView view;
    private final Outcomes outcomes = new Outcomes();
    private boolean stopping;

    /// @param maxGroups open at once
    Groups(Environment environment, int maxGroups, Clock clock) {
        this.environment = environment;
        this.maxGroups = maxGroups;
        this.clock = clock;
    }

    @Override
    public Receiver<GroupRequest> open(Call<GroupResponse> call) {
        call.request(1);
        return new GroupStream(environment, this, call, clock.millis());
    }

    @Override
    public synchronized void add(ByteString group, GroupStream stream) throws CallException {
        if (stopping) {
            throw new CallException(Kind.UNREACHABLE, stops());
        }
        if (open.size() >= maxGroups) {
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
        if (open.putIfAbsent(group, stream) != null) {
            throw new CallException(
                    Kind.EXISTS,
                    "group " + HexFormat.of().formatHex(group.toByteArray()) + " is open already");
        }
    }

    @Override
    public void remove(ByteString group) {
        GroupStream ending;
        synchronized (this) {
            ending = open.get(group);
        }
        GroupSummary last = ending == null ? null : ending.summary();
        synchronized (this) {
            if (open.remove(group) != null && last != null) {
                outcomes.ended(last);
            }
            notifyAll();
        }
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
        GroupStream stream;
        synchronized (this) {
            stream = open.get(group);
        }
        if (stream != null) {
            stream.cancel(reason);
        }
    }

    /// The first of the open groups, in the order in which they were opened.
    List<GroupSummary> summaries(int max) {
        return all().stream().limit(max).map(GroupStream::summary).toList();
    }

    /// How the items of each version ended, of open groups and of those that have ended.
    List<VersionOutcomes> outcomes() {
        List<VersionOutcomes> ended;
        List<GroupStream> streams;
        synchronized (this) {
            ended = outcomes.ended();
            streams = List.copyOf(open.values());
        }
        return Outcomes.sum(ended, streams.stream().map(GroupStream::summary).toList());
    }

    /// How many are open.
    synchronized int size() {
        return open.size();
    }

    /// Accepted items without an outcome.
    long itemsInFlight() {
        return all().stream().mapToLong(GroupStream::itemsInFlight).sum();
    }

    /// Takes no more groups, waits for the open ones at most that long, then ends them.
    void stop(Duration timeout) throws InterruptedException {
        long end = System.nanoTime() + timeout.toNanos();
        synchronized (this) {
            stopping = true;
            for (long left = timeout.toMillis(); left > 0 && !open.isEmpty(); ) {
                wait(left);
                left = (end - System.nanoTime()) / 1_000_000;
            }
        }
        CallException why = new CallException(Kind.UNREACHABLE, stops());
        all().forEach(group -> group.stop(why));
    }

    private synchronized Collection<GroupStream> all() {
        return List.copyOf(open.values());
    }

    private String stops() {
        return "coordinator " + environment.coordinator() + " stops";
    }
}
