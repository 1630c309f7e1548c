package org.stagedpipe.client;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.Assignment;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Leases;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/// Opens a group on a coordinator: asks an overseer for one, and for others if that one does not take it. Keeps nothing.
final class Opener {

    private static final int MAX_COORDINATORS_TRIED = 5;
    private static final long LEAST_NANOS = 1_000_000;

    private final Coordinators coordinators;
    private final Connections connections;
    private final Leases leases;
    private final String title;
    private final Duration openTimeout;

    /// @param title how errors name the group
    /// @param openTimeout for each coordinator
    Opener(
            Coordinators coordinators,
            Connections connections,
            Leases leases,
            String title,
            Duration openTimeout) {
        this.leases = leases;
        this.coordinators = coordinators;
        this.connections = connections;
        this.title = title;
        this.openTimeout = openTimeout;
    }

    /// Opens a new group.
    ///
    /// @throws ClientException if nobody takes it, with what each one said
    void open(Conversation group, String plugin) throws InterruptedException {
        open(group, plugin, openTimeout);
    }

    /// @param most for each coordinator
    private void open(Conversation group, String plugin, Duration most)
            throws InterruptedException {
        Map<String, String> avoid = new LinkedHashMap<>();
        CallException last = null;
        while (true) {
            Assignment assignment = assign(plugin, avoid, last);
            try {
                connect(group, assignment, most);
                return;
            } catch (CallException e) {
                boolean isSeen = e.kind() == Kind.CONFLICT || e.kind() == Kind.EXISTS;
                if (isSeen && group.raiseEpoch()) {
                    continue;
                }
                if (!isElsewhere(e) && e.kind() != Kind.BUSY) { // another one may have room
                    throw new ClientException(
                            e.kind(), title + " is refused: " + e.getMessage(), e);
                }
                avoid.put(assignment.getCoordinator(), where(assignment) + ": " + e.getMessage());
                last = e;
                if (avoid.size() == MAX_COORDINATORS_TRIED) {
                    throw nobodyTook(avoid, e);
                }
            }
        }
    }

    /// Opens one that another process had. Its coordinator may just have been lost, as that process was.
    ///
    /// @param patience how long it is tried where nobody takes it at the moment
    /// @throws ClientException the same
    void resume(Conversation group, Duration patience) throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        for (int round = 1; ; round++) {
            try {
                Duration left = until(end);
                open(group, "", round == 1 || openTimeout.compareTo(left) < 0 ? openTimeout : left);
                return;
            } catch (ClientException e) {
                if (!mayPass(e.kind()) || end - System.nanoTime() <= 0) {
                    throw e;
                }
                Sender.pause(round);
            }
        }
    }

    private static boolean mayPass(Kind kind) {
        return switch (kind) {
            case UNREACHABLE, TIMED_OUT, BUSY, NOT_FOUND ->
                    true; // the last: it may not know all yet
            default -> false;
        };
    }

    /// One attempt to open it again.
    ///
    /// @param avoid names of coordinators to be asked only if there are no others
    /// @param end when it has to be open, by [System#nanoTime]; at least half of the time till then is the coordinator's
    /// @throws CallException why it did not open
    void reopen(Conversation group, Map<String, String> avoid, long end)
            throws CallException, InterruptedException {
        Assignment assignment = coordinators.assign("", avoid.keySet(), until(end).dividedBy(2));
        if (avoid.containsKey(assignment.getCoordinator())) {
            avoid.clear(); // the only ones there are; they may be back
        }
        Duration left = until(end);
        try {
            connect(group, assignment, openTimeout.compareTo(left) < 0 ? openTimeout : left);
        } catch (CallException e) {
            if (e.kind() == Kind.CANCELLED && e.isAnswer()) {
                group.cancelledThere(e.getMessage());
            }
            avoid.put(assignment.getCoordinator(), where(assignment));
            throw new CallException(e.kind(), where(assignment) + ": " + e.getMessage(), e);
        }
    }

    private static Duration until(long end) {
        return Duration.ofNanos(Math.max(LEAST_NANOS, end - System.nanoTime()));
    }

    /// Over a connection that others have. If that turns out to be lost, over a new one: the coordinator may be there all the same.
    private void connect(Conversation group, Assignment assignment, Duration timeout)
            throws CallException, InterruptedException {
        long end = System.nanoTime() + timeout.toNanos();
        Endpoint coordinator = Endpoint.of(assignment.getAddress());
        Connections.Use use = connections.to(coordinator);
        try {
            try {
                open(group, assignment, use, timeout);
            } catch (CallException e) {
                if (use.isFirst() || e.isAnswer() || e.kind() != Kind.UNREACHABLE) {
                    throw e;
                }
                open(group, assignment, connections.anew(coordinator), until(end));
            }
            coordinators.took(assignment.getCoordinator());
        } catch (CallException e) {
            if (isElsewhere(e)) {
                coordinators.failed(assignment.getCoordinator());
            }
            throw e;
        }
    }

    private void open(
            Conversation group, Assignment assignment, Connections.Use use, Duration timeout)
            throws CallException, InterruptedException {
        Line line = new Line(group, assignment.getCoordinator(), use, leases);
        boolean open = false;
        try {
            group.open(line, timeout);
            open = true;
        } finally {
            if (!open) {
                line.close("the group did not open");
            }
        }
    }

    /// Whether another coordinator may do. One that says that nobody opened the group in time has let the workers try.
    private static boolean isElsewhere(CallException e) {
        return e.kind() == Kind.UNREACHABLE || e.kind() == Kind.TIMED_OUT && !e.isAnswer();
    }

    /// @param last why the last one of those did not take it
    private Assignment assign(
            String plugin, Map<String, String> avoid, @Nullable CallException last)
            throws InterruptedException {
        try {
            Assignment assignment =
                    coordinators.assign(plugin, avoid.keySet(), Coordinators.PATIENCE);
            if (avoid.containsKey(assignment.getCoordinator())) {
                throw nobodyTook(avoid, last); // the only one there is
            }
            return assignment;
        } catch (CallException e) {
            throw avoid.isEmpty()
                    ? new ClientException(e.kind(), title + ": " + e.getMessage(), e)
                    : nobodyTook(avoid, e);
        }
    }

    private ClientException nobodyTook(Map<String, String> avoid, @Nullable CallException last) {
        String text = title + ": no coordinator takes it; " + String.join("; ", avoid.values());
        if (last == null) {
            return new ClientException(Kind.UNREACHABLE, text);
        }
        Kind kind = last.kind() == Kind.BUSY ? Kind.BUSY : Kind.UNREACHABLE;
        return new ClientException(kind, text, last);
    }

    private static String where(Assignment assignment) {
        return assignment.getCoordinator() + " at " + Endpoint.of(assignment.getAddress());
    }
}
