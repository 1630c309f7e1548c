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
/// A group that does not read holds up no other one: the window that HTTP/2 has for a whole connection bounds nothing, as gRPC
/// gives back at once what it receives.
final class Connections {

    private final Security security;
    private final int most;
    private final Map<Endpoint, List<Shared>> offered = new HashMap<>(); // guarded by this

    /// @param most to one coordinator; a connection keeps one thread busy at a time
    Connections(Security security, int most) {
        this.security = security;
        this.most = most;
    }

    /// A group's use of a connection; close it when it ends.
    final class Use implements AutoCloseable {

        private final Shared shared;
        private boolean closed; // guarded by the outer object

        private Use(Shared shared) {
            this.shared = shared;
        }

        Connection connection() {
            return shared.connection;
        }

        /// It may be lost: nobody else gets it.
        void retire() {
            withdraw(shared);
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
        private int users; // guarded by the outer object

        private Shared(Connection connection) {
            this.connection = connection;
        }
    }

    /// Another one than before as long as there may be more, then the one with the fewest users.
    ///
    /// @throws IllegalArgumentException if the TLS files cannot be used
    synchronized Use to(Endpoint coordinator) {
        List<Shared> all = offered.computeIfAbsent(coordinator, any -> new ArrayList<>());
        if (all.size() < most) {
            all.add(new Shared(Connection.to(coordinator, security)));
        }
        Shared chosen = all.stream().min(Comparator.comparingInt(one -> one.users)).orElseThrow();
        chosen.users++;
        return new Use(chosen);
    }

    private synchronized void withdraw(Shared one) {
        offered.computeIfPresent(
                one.connection.peer(),
                (coordinator, all) -> {
                    all.remove(one);
                    return all.isEmpty() ? null : all;
                });
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
        withdraw(use.shared);
        return true;
    }
}
