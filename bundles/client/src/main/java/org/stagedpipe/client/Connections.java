package org.stagedpipe.client;

import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Security;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A client's connections to coordinators, which its groups share: what several groups have to say leaves in one write. Each ends
/// with its last user. Safe for use by many threads.
///
/// A group that does not read holds up no other one: each stream has a window of its own, and that of the whole connection opens
/// again as soon as something has come.
final class Connections {

    /// Groups that get the same one, in all. A group that is refused or given up resets its stream, and a coordinator ends a
    /// connection that resets more than 202 within 30 s. New certificates are for new connections, too.
    private static final int MOST_USES = 200;

    private final Security security;
    private final int most;
    private final Map<Endpoint, List<Shared>> offered = new HashMap<>(); // guarded by this

    /// @param most that are offered, to one coordinator; a connection keeps one thread busy at a time
    Connections(Security security, int most) {
        this.security = security;
        this.most = most;
    }

    /// A group's use of a connection; close it when it ends.
    final class Use implements AutoCloseable {

        private final Shared shared;
        private final boolean isFirst;
        private boolean closed; // guarded by the outer object

        private Use(Shared shared) {
            this.shared = shared;
            this.isFirst = shared.uses == 1;
        }

        Connection connection() {
            return shared.connection;
        }

        /// Whether nobody had it before.
        boolean isFirst() {
            return isFirst;
        }

        /// It may be lost: nobody else gets it. Waits for nobody.
        void retire() {
            shared.isRetired = true;
        }

        /// Has no effect the second time.
        @Override
        public void close() {
            if (isLast(this)) {
                shared.connection.close();
            }
        }
    }

    private static final class Shared {

        private final Connection connection;
        private volatile boolean isRetired;
        private int uses; // so far; guarded by the outer object, as what follows
        private int users;

        private Shared(Connection connection) {
            this.connection = connection;
        }

        private boolean isOffered() {
            return !isRetired && uses < MOST_USES;
        }
    }

    /// Another one than before as long as there may be more, then the one with the fewest users.
    ///
    /// @throws IllegalArgumentException if the TLS files cannot be used
    Use to(Endpoint coordinator) {
        return to(coordinator, most);
    }

    /// One that nobody had before.
    ///
    /// @throws IllegalArgumentException if the TLS files cannot be used
    Use anew(Endpoint coordinator) {
        return to(coordinator, Integer.MAX_VALUE);
    }

    private synchronized Use to(Endpoint coordinator, int most) {
        List<Shared> all = offered.computeIfAbsent(coordinator, any -> new ArrayList<>());
        all.removeIf(one -> !one.isOffered());
        Shared chosen;
        if (all.size() < most) {
            chosen = new Shared(Connection.to(coordinator, security));
            all.add(chosen);
        } else {
            chosen = all.stream().min(Comparator.comparingInt(one -> one.users)).orElseThrow();
        }
        chosen.users++;
        chosen.uses++;
        return new Use(chosen);
    }

    private synchronized boolean isLast(Use use) {
        if (use.closed) {
            return false;
        }
        use.closed = true;
        use.shared.users--;
        if (use.shared.users > 0) {
            return false;
        }
        offered.computeIfPresent(
                use.shared.connection.peer(),
                (coordinator, all) -> {
                    all.remove(use.shared);
                    return all.isEmpty() ? null : all;
                });
        return true;
    }
}
