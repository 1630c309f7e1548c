package org.stagedpipe.client;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.Assignment;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Leases;
import org.stagedpipe.transport.Security;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/// Opens a group on a coordinator: asks an overseer for one, and for others if that one does not take it. Keeps nothing.
final class Opener {

    private static final int MAX_COORDINATORS_TRIED = 5;

    /// Each is worth a second by which the clock of a process before was ahead. More of them, and a process that stood still
    /// while it opened the group could take it back from a newer one.
    private static final int MAX_EPOCHS_RAISED = 3;

    private static final long LEAST_NANOS = 1_000_000;

    private final Coordinators coordinators;
    private final Security security;
    private final Leases leases;
    private final String title;
    private final Duration openTimeout;

    /// @param title how errors name the group
    /// @param openTimeout for each coordinator
    Opener(
            Coordinators coordinators,
            Security security,
            Leases leases,
            String title,
            Duration openTimeout) {
        this.leases = leases;
        this.coordinators = coordinators;
        this.security = security;
        this.title = title;
        this.openTimeout = openTimeout;
    }

    /// Opens it for the first time, or anew after a restart of the client.
    ///
    /// @throws ClientException if nobody takes it, with what each one said
    void open(Conversation group, String plugin) throws InterruptedException {
        Map<String, String> avoid = new LinkedHashMap<>();
        CallException last = null;
        int raised = 0;
        while (true) {
            Assignment assignment = assign(plugin, avoid, last);
            try {
                connect(group, assignment, openTimeout);
                return;
            } catch (CallException e) {
                boolean isSeen = e.kind() == Kind.CONFLICT || e.kind() == Kind.EXISTS;
                if (isSeen && raised < MAX_EPOCHS_RAISED && group.raiseEpoch()) {
                    raised++;
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

    private void connect(Conversation group, Assignment assignment, Duration timeout)
            throws CallException, InterruptedException {
        Connection connection = Connection.to(Endpoint.of(assignment.getAddress()), security);
        Line line = new Line(group, assignment.getCoordinator(), connection, leases);
        boolean open = false;
        try {
            group.open(line, timeout);
            open = true;
            coordinators.took(assignment.getCoordinator());
        } catch (CallException e) {
            if (isElsewhere(e)) {
                coordinators.failed(assignment.getCoordinator());
            }
            throw e;
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
