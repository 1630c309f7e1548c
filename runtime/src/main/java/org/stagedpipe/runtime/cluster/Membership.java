package org.stagedpipe.runtime.cluster;

import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Security;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Waits until an overseer knows nodes as ready.
public final class Membership {

    private static final Duration WITHIN = Duration.ofSeconds(30);
    private static final long ASK_AGAIN_MS = 100;

    private Membership() {}

    /// Asks until all of them are.
    ///
    /// @param names of the nodes
    /// @throws ClusterException if they are not within 30 s
    public static void await(String overseer, List<String> names)
            throws IOException, CallException, InterruptedException {
        long end = System.nanoTime() + WITHIN.toNanos();
        try (AdminClient admin =
                AdminClient.connect(List.of(Endpoint.parse(overseer)), Security.loopbackOnly())) {
            while (true) {
                Set<String> missing = new TreeSet<>(names);
                admin.nodes().stream()
                        .filter(node -> node.getState().equals("ready"))
                        .map(NodeEntry::getName)
                        .forEach(missing::remove);
                if (missing.isEmpty()) {
                    return;
                }
                if (System.nanoTime() > end) {
                    throw new ClusterException(
                            "overseer "
                                    + overseer
                                    + " does not know as ready after "
                                    + WITHIN.toSeconds()
                                    + " s: "
                                    + String.join(", ", missing));
                }
                Thread.sleep(ASK_AGAIN_MS);
            }
        }
    }
}
