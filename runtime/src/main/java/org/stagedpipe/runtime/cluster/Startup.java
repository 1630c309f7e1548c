package org.stagedpipe.runtime.cluster;

import org.stagedpipe.transport.CallException;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Starts the nodes of a cluster: an overseer, those that join it one after the other, then all others at once.
///
/// @param overseers how many
/// @param coordinators how many
/// @param workers how many
public record Startup(LocalCluster cluster, int overseers, int coordinators, int workers) {

    /// Of those nodes and one overseer.
    public static Startup of(LocalCluster cluster, int coordinators, int workers) {
        return new Startup(cluster, 1, coordinators, workers);
    }

    /// Returns when all are ready and the overseer knows them.
    ///
    /// @param progress hears of each node that serves
    /// @return the first overseer
    public Member run(Consumer<String> progress)
            throws IOException, CallException, InterruptedException {
        Member overseer = ready(cluster.start("overseer", "overseer-1", ""), progress);
        String addresses = overseer.address();
        for (int i = 2; i <= overseers; i++) {
            Member next = ready(cluster.start("overseer", "overseer-" + i, addresses), progress);
            addresses += "," + next.address();
        }
        List<Member> others = new ArrayList<>();
        for (int i = 1; i <= coordinators; i++) {
            others.add(cluster.start("coordinator", "coordinator-" + i, addresses));
        }
        for (int i = 1; i <= workers; i++) {
            others.add(cluster.start("worker", "worker-" + i, addresses));
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
