package org.stagedpipe.client;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.Alternative;
import org.stagedpipe.protocol.v1.AssignRequest;
import org.stagedpipe.protocol.v1.Assignment;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/// Finds coordinators by asking the overseers in turn, those of the settings and those that they name. While they elect one that
/// leads they are asked again, for at most [#PATIENCE], those that say nothing only if all of several do. When no overseer is
/// reachable, the coordinators found before still serve. Safe for use by many threads.
final class Coordinators {

    private static final Duration ASK_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration ASK_ONE_OF_MANY_TIMEOUT = Duration.ofSeconds(2);
    static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final long ASK_AGAIN_MS = 50;
    private static final int MAX_OVERSEERS = 16;
    private static final int MAX_KNOWN = 64;
    private static final int TRIED_AT_RANDOM = 2; // so that groups do not all gather on one

    private final List<Endpoint> configured;
    private volatile List<Endpoint> overseers; // the one that answered last comes first
    private final Security security;
    // Guarded by itself, the newest last, and how many at its end are of the last answer.
    private final LinkedHashMap<String, Assignment> known = new LinkedHashMap<>();
    private int newest;
    private String tookLast = ""; // guarded by `known`: the coordinator that took the last group

    Coordinators(List<Endpoint> overseers, Security security) {
        this.configured = List.copyOf(overseers);
        this.overseers = configured;
        this.security = security;
    }

    /// A coordinator for a new group of that plugin.
    ///
    /// @param plugin empty: any coordinator, also if the plugin is no longer in the catalogue
    /// @param avoid names of coordinators that did not take it; one of them is answered if there are no others
    /// @param patience how long the overseers are asked, if that is less than [#PATIENCE]
    /// @throws CallException with the overseer's kind and text if it refuses; UNREACHABLE, naming each address tried, if
    ///     none answers
    Assignment assign(String plugin, Collection<String> avoid, Duration patience)
            throws CallException, InterruptedException {
        AssignRequest request =
                AssignRequest.newBuilder().setPlugin(plugin).addAllAvoid(avoid).build();
        List<String> tried = new ArrayList<>();
        Set<Endpoint> silent = new HashSet<>(); // may be frozen; asked again only if all are
        long end = System.nanoTime() + Math.min(PATIENCE.toNanos(), patience.toNanos());
        boolean isElecting = true;
        while (isElecting && (tried.isEmpty() || System.nanoTime() < end)) {
            tried.clear();
            isElecting = false;
            List<Endpoint> all = overseers;
            for (Endpoint overseer : notIn(silent, all)) {
                long asked = System.nanoTime();
                if (!tried.isEmpty() && asked > end) {
                    break;
                }
                try {
                    return ask(overseer, all, request, Duration.ofNanos(end - asked));
                } catch (CallException e) {
                    if (e.kind() != Kind.UNREACHABLE && e.kind() != Kind.TIMED_OUT) {
                        throw e;
                    }
                    isElecting |= e.kind() == Kind.TIMED_OUT && (all.size() > 1 || e.isAnswer());
                    if (System.nanoTime() - asked >= ASK_ONE_OF_MANY_TIMEOUT.toNanos()) {
                        silent.add(overseer);
                    }
                    tried.add(overseer + " (" + e.getMessage() + ")");
                }
            }
            if (isElecting) {
                Thread.sleep(ASK_AGAIN_MS);
            }
        }
        Assignment fallback = anyKnown(avoid);
        if (fallback == null) {
            throw new CallException(
                    Kind.UNREACHABLE,
                    "no overseer assigns a coordinator; tried " + String.join(", ", tried));
        }
        return fallback;
    }

    private static List<Endpoint> notIn(Set<Endpoint> silent, List<Endpoint> all) {
        List<Endpoint> others = all.stream().filter(one -> !silent.contains(one)).toList();
        return others.isEmpty() ? all : others;
    }

    private Assignment ask(
            Endpoint overseer, List<Endpoint> all, AssignRequest request, Duration left)
            throws CallException, InterruptedException {
        Duration most = all.size() > 1 ? ASK_ONE_OF_MANY_TIMEOUT : ASK_TIMEOUT;
        try (Connection connection = Connection.to(overseer, security)) {
            Assignment answer =
                    connection.call(
                            Rpcs.ASSIGN_COORDINATOR,
                            request,
                            left.compareTo(most) < 0 ? left : most);
            Set<Endpoint> live = new LinkedHashSet<>();
            live.add(overseer);
            answer.getOverseersList().forEach(named -> live.add(Endpoint.parse(named)));
            live.addAll(configured);
            overseers = live.stream().limit(MAX_OVERSEERS).toList();
            learn(answer);
            return answer;
        }
    }

    /// The newest ones stay.
    private void learn(Assignment answer) {
        Map<String, Assignment> named = new LinkedHashMap<>();
        for (Alternative other : answer.getOthersList()) {
            named.put(
                    other.getCoordinator(),
                    Assignment.newBuilder()
                            .setCoordinator(other.getCoordinator())
                            .setAddress(other.getAddress())
                            .build());
        }
        named.put(answer.getCoordinator(), answer);
        synchronized (known) {
            named.forEach(known::putLast);
            while (known.size() > MAX_KNOWN) {
                known.pollFirstEntry();
            }
            newest = Math.min(named.size(), known.size());
        }
    }

    /// It took a group.
    void took(String coordinator) {
        synchronized (known) {
            tookLast = coordinator;
        }
    }

    /// It could not be reached. All others that are known come before it; alone it is still tried, it may be back.
    void failed(String coordinator) {
        synchronized (known) {
            Assignment one = known.get(coordinator);
            if (one != null) {
                int place = List.copyOf(known.keySet()).indexOf(coordinator);
                newest -= place >= known.size() - newest ? 1 : 0;
                known.putFirst(coordinator, one);
            }
        }
    }

    /// Any of the last answer, else the newest; with several to avoid the one that took the last group, before more are tried
    /// that may be gone as well. One that is to be avoided only if there are no others.
    private @Nullable Assignment anyKnown(Collection<String> avoid) {
        List<Assignment> all;
        synchronized (known) {
            all = new ArrayList<>(known.sequencedValues().reversed());
            Collections.shuffle(all.subList(0, newest), ThreadLocalRandom.current());
            Assignment proven = known.get(tookLast);
            if (avoid.size() >= TRIED_AT_RANDOM && proven != null) {
                all.addFirst(proven);
            }
        }
        return all.stream()
                .filter(one -> !avoid.contains(one.getCoordinator()))
                .findFirst()
                .or(() -> all.stream().findFirst())
                .orElse(null);
    }
}
