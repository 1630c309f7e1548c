package org.stagedpipe.runtime.cluster;

import org.stagedpipe.transport.CallException;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Starts the nodes of a cluster: an overseer, then all others at once.
///
/// @param coordinators how many
/// @param workers how many
public record Startup(LocalCluster cluster, int coordinators, int workers) {

    /// Of those nodes.
    public static Startup of(LocalCluster cluster, int coordinators, int workers) {
        return new Startup(cluster, coordinators, workers);
    }

    /// Returns when all are ready and the overseer knows them.
    ///
    /// @param progress hears of each node that serves
    /// @return the overseer
    public Member run(Consumer<String> progress)
            throws IOException, CallException, InterruptedException {
        Member overseer = ready(cluster.start("overseer", "overseer-1", ""), progress);
        List<Member> others = new ArrayList<>();
        for (int i = 1; i <= coordinators; i++) {
            others.add(cluster.start("coordinator", "coordinator-" + i, overseer.address()));
        }
        for (int i = 1; i <= workers; i++) {
            others.add(cluster.start("worker", "worker-" + i, overseer.address()));
        }
        for (Member other : others) {
            ready(other, progress);
        }
        Membership.await(overseer.address(), others.stream().map(Member::name).toList());
        return overseer;
    }

    private Member ready(Member member, Consumer<String> progress)
            throws IOException, InterruptedException {
        Member ready = cluster.awaitReady(member);
        progress.accept(ready.name() + " on " + ready.address() + ", pid " + ready.pid());
        return ready;
    }
}
