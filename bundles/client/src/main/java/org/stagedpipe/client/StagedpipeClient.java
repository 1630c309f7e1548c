package org.stagedpipe.client;

import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Leases;
import org.stagedpipe.transport.Security;

import java.util.Arrays;
import java.util.List;

/// A cluster as its clients see it: opens request groups. Immutable but for the coordinators that it remembers; safe for
/// use by many threads; owns nothing that has to be closed.
///
/// ```java
/// StagedpipeClient cluster = StagedpipeClient.connect("host:9400");
/// try (Group group = cluster.group("birdstrikes").configuration(json).open()) {
///     Thread.startVirtualThread(() -> submitAllThenFinish(group));
///     for (Outcome<byte[]> outcome : group) {
///         handle(outcome);
///     }
///     print(group.counts());
/// }
/// ```
public final class StagedpipeClient {

    private final Coordinators coordinators;
    private final Connections connections; // to coordinators
    private final Leases leases; // of the coordinators that groups are on

    private StagedpipeClient(List<Endpoint> overseers, Security security, int connections) {
        this.coordinators = new Coordinators(overseers, security);
        this.connections = new Connections(security, connections);
        this.leases = new Leases(security);
    }

    /// The cluster of these overseers on this machine, without TLS.
    ///
    /// @param overseers `host:port`, more of them separated by commas; nothing is sent before a group opens
    /// @throws IllegalArgumentException if the text is anything else
    public static StagedpipeClient connect(String overseers) {
        return connect(overseers, Security.loopbackOnly());
    }

    /// The cluster of these overseers, proving who we are.
    ///
    /// @param overseers `host:port`, more of them separated by commas
    /// @throws IllegalArgumentException if the text is anything else
    public static StagedpipeClient connect(String overseers, Security security) {
        return connect(overseers, security, Runtime.getRuntime().availableProcessors());
    }

    /// @param connections to one coordinator that new groups share
    static StagedpipeClient connect(String overseers, Security security, int connections) {
        return new StagedpipeClient(
                Arrays.stream(overseers.split(",", -1))
                        .map(text -> Endpoint.parse(text.strip()))
                        .toList(),
                security,
                connections);
    }

    /// A request group on that plugin, to be described further and opened.
    public GroupBuilder group(String plugin) {
        return new GroupBuilder(coordinators, connections, leases, plugin);
    }
}
