package org.stagedpipe.coordinator;

import org.stagedpipe.coordinator.group.Environment;
import org.stagedpipe.coordinator.group.Holdings;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Peer;

import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/// Who has how much of the node. A principal is whom a certificate names; it has a share of the node's groups, streams and bytes, so that
/// none keeps all others out. Without TLS nobody is one: all callers together have what the node has. Guarded by the lock of [Groups].
final class Principals {

    private static final double SECOND = 1e9; // ns

    private final Environment environment;
    private final int maxGroups;
    private final PrincipalLimits limits;
    private final LongSupplier nanoTime;
    private final Map<String, Principal> known =
            new HashMap<>(); // that do something, or did lately

    /// @param environment the node's bounds of bytes
    /// @param maxGroups the node's
    /// @param nanoTime a monotonic clock
    Principals(
            Environment environment, int maxGroups, PrincipalLimits limits, LongSupplier nanoTime) {
        this.environment = environment;
        this.maxGroups = maxGroups;
        this.limits = limits;
        this.nanoTime = nanoTime;
    }

    /// Who is on the other side of a stream.
    Principal of(Peer peer) {
        Principal there = known.get(peer.name());
        if (there == null) {
            known.values().removeIf(Principal::isAtRest);
            there = new Principal(peer.name());
            known.put(peer.name(), there);
        }
        return there;
    }

    /// How many are remembered.
    int size() {
        return known.size();
    }

    /// One of them.
    final class Principal {

        private final String name;
        private final int percent;
        private final int mostGroups;
        private final Holdings holdings;
        private int groups;
        private int awaited; // streams that have not said what they open
        private long configurations; // bytes, of its groups that have not ended
        private double opens; // that it may do at once
        private long countedNanos; // when these were

        private Principal(String name) {
            percent = name.isEmpty() ? 100 : limits.percent();
            this.name = name;
            mostGroups = Math.max(1, maxGroups * percent / 100);
            holdings =
                    new Holdings(
                            environment.window().share(percent),
                            environment.spool().window().share(percent),
                            environment.streams().share(percent));
            opens = mostGroups;
            countedNanos = nanoTime.getAsLong();
        }

        Holdings holdings() {
            return holdings;
        }

        /// A stream is there that has not said what it opens.
        ///
        /// @throws CallException if these are too many
        void awaits() throws CallException {
            awaited++;
            holdings.streams().add(1);
            if (awaited > mostGroups) {
                throw busy(
                        "streams: "
                                + awaited
                                + of()
                                + " without a first message on coordinator "
                                + environment.coordinator(),
                        "at most " + mostGroups);
            }
        }

        /// It has, or will not.
        void begun() {
            awaited--;
            holdings.streams().add(-1);
        }

        /// A group is to open, or to go on here.
        ///
        /// @param isNew whether it takes nobody's place
        /// @throws CallException if these are too many, or come too fast
        void checkOpen(boolean isNew) throws CallException {
            if (!name.isEmpty()) {
                checkPace();
            }
            if (isNew && groups >= mostGroups) {
                throw busy(
                        "groups: "
                                + groups
                                + of()
                                + " are open on coordinator "
                                + environment.coordinator(),
                        "fewer than " + mostGroups);
            }
        }

        /// A group is to open that is sure of so many streams, one of which is awaited so far. The first one is taken in any case.
        ///
        /// @throws CallException if these are too many
        void checkStreams(int more) throws CallException {
            long streams = holdings.streams().open() + more - 1;
            if (groups > 0 && streams > holdings.streams().most()) {
                throw busy(
                        "groups: "
                                + (groups + 1)
                                + of()
                                + " with "
                                + streams
                                + " streams on coordinator "
                                + environment.coordinator(),
                        "at most " + holdings.streams().most() + " streams");
            }
        }

        /// A configuration is to be kept; one alone is taken in any case.
        ///
        /// @param bytes of it
        /// @param olderBytes of the one whose place it takes
        /// @param nodeBytes the bound of all
        /// @throws CallException if these are too many
        void checkConfigurations(int bytes, int olderBytes, long nodeBytes) throws CallException {
            long mostBytes = nodeBytes * percent / 100;
            long others = configurations - olderBytes;
            if (others > 0 && others + bytes > mostBytes) {
                throw busy(
                        "configurations: "
                                + (others + bytes)
                                + " bytes"
                                + of()
                                + " with that of a group more on coordinator "
                                + environment.coordinator(),
                        "at most " + mostBytes);
            }
        }

        /// A group of its is here.
        ///
        /// @param streams that it is sure of
        /// @param configuration bytes of it, until it is forgotten
        void opened(int streams, int configuration) {
            groups++;
            holdings.streams().add(streams);
            configurations += configuration;
        }

        /// A group is over, or another one has its place.
        void ended(int streams) {
            groups--;
            holdings.streams().add(-streams);
        }

        /// The configuration of a group is not here any more.
        void forget(int configuration) {
            configurations -= configuration;
        }

        private void checkPace() throws CallException {
            refill();
            if (opens < 1) {
                throw busy(
                        "opens: coordinator "
                                + environment.coordinator()
                                + " has had too many"
                                + of()
                                + " lately",
                        "after a pause up to "
                                + mostGroups
                                + " at once, then "
                                + limits.opensPerSecond()
                                + " a second");
            }
            opens--;
        }

        private void refill() {
            long now = nanoTime.getAsLong();
            double more = (now - countedNanos) / SECOND * limits.opensPerSecond();
            opens = Math.min(mostGroups, opens + more);
            countedNanos = now;
        }

        /// Whether a new one would be the same.
        private boolean isAtRest() {
            refill();
            return groups == 0
                    && awaited == 0
                    && configurations == 0
                    && opens == mostGroups
                    && holdings.memory().isEmpty()
                    && holdings.spool().isEmpty()
                    && holdings.streams().isEmpty();
        }

        private String of() {
            return name.isEmpty() ? "" : " of " + name;
        }

        private static CallException busy(String what, String expected) {
            return new CallException(Kind.BUSY, what + " (expected: " + expected + ")");
        }
    }
}
