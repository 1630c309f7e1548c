package org.stagedpipe.runtime.cluster;

import org.stagedpipe.transport.CallException;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

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
    /// @return an overseer
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

    /// Those that were members before start together, however many are wanted: none of them serves before most of them run. Only
    /// without any does the first one found a cluster; the others join those that serve.
    List<Member> overseers(Consumer<String> progress) throws IOException, InterruptedException {
        List<String> names =
                IntStream.rangeClosed(1, MOST_OVERSEERS).mapToObj(i -> "overseer-" + i).toList();
        List<String> members = names.stream().filter(cluster::hasStore).toList();
        List<Member> started = new ArrayList<>();
        for (String name : members.isEmpty() ? names.subList(0, 1) : members) {
            started.add(cluster.start("overseer", name, ""));
        }
        List<Member> ready = new ArrayList<>();
        for (Member member : started) {
            ready.add(ready(member, progress));
        }
        Set<String> serving = started.stream().map(Member::name).collect(Collectors.toSet());
        for (String name : names) {
            if (ready.size() < overseers && !serving.contains(name)) {
                ready.add(ready(cluster.start("overseer", name, addresses(ready)), progress));
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
