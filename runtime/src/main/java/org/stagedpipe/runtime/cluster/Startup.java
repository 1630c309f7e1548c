package org.stagedpipe.runtime.cluster;

import org.stagedpipe.transport.CallException;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// Starts the nodes of a cluster: an overseer, those that join it one after the other, then all others at once. Overseers
/// that an earlier start left in the folder are members already and start together.
///
/// @param overseers how many
/// @param coordinators how many
/// @param workers how many
public record Startup(LocalCluster cluster, int overseers, int coordinators, int workers) {

    private static final int MOST_OVERSEERS = 3;

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
        List<Member> leading = overseers(progress);
        Member overseer = leading.getFirst();
        String addresses = addresses(leading);
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

    /// Those that were members before start together, however many are wanted: none of them serves before most of them run.
    List<Member> overseers(Consumer<String> progress) throws IOException, InterruptedException {
        List<String> members = new ArrayList<>(List.of("overseer-1"));
        if (cluster.hasStore("overseer-1")) {
            for (int i = 2; i <= MOST_OVERSEERS; i++) {
                if (cluster.hasStore("overseer-" + i)) {
                    members.add("overseer-" + i);
                }
            }
        }
        List<Member> started = new ArrayList<>();
        for (String member : members) {
            started.add(cluster.start("overseer", member, ""));
        }
        List<Member> ready = new ArrayList<>();
        for (Member member : started) {
            ready.add(ready(member, progress));
        }
        for (int i = 2; i <= overseers; i++) {
            if (!members.contains("overseer-" + i)) {
                ready.add(
                        ready(
                                cluster.start("overseer", "overseer-" + i, addresses(ready)),
                                progress));
            }
        }
        return ready;
    }

    private static String addresses(List<Member> overseers) {
        return overseers.stream().map(Member::address).collect(Collectors.joining(","));
    }

    private Member ready(Member member, Consumer<String> progress)
            throws IOException, InterruptedException {
        Member ready = cluster.awaitReady(member);
        progress.accept(ready.name() + " on " + ready.address() + ", pid " + ready.pid());
        return ready;
    }
}
