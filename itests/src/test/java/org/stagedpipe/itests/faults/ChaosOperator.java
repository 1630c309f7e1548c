package org.stagedpipe.itests.faults;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.console.admin.PublishListener;
import org.stagedpipe.protocol.v1.CanaryPolicy;
import org.stagedpipe.protocol.v1.DecideRolloutRequest.Decision;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.protocol.v1.RolloutEntry;
import org.stagedpipe.transport.CallException;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/// Changes the plugin again and again in a [Chaos], on a thread of its own. Some versions cannot start anywhere. What is asked for
/// may fail; a version that a worker could have tried and that cannot start must.
final class ChaosOperator implements Runnable {

    private static final int BAD_ONE_OF = 4;
    private static final long BETWEEN_MS = 1_500;
    private static final List<Decision> DECISIONS =
            List.of(Decision.PAUSE, Decision.RESUME, Decision.ABORT, Decision.APPROVE);

    private final Chaos chaos;
    private final FaultCluster cluster;
    private final SplittableRandom draws;
    private final boolean updatesOnly;
    private final List<String> findings = Collections.synchronizedList(new ArrayList<>());
    private final Map<String, Integer> acknowledged =
            Collections.synchronizedMap(new TreeMap<>()); // how often each
    private volatile boolean isOver;

    private ChaosOperator(
            Chaos chaos, FaultCluster cluster, SplittableRandom draws, boolean updatesOnly) {
        this.chaos = chaos;
        this.cluster = cluster;
        this.draws = draws;
        this.updatesOnly = updatesOnly;
    }

    /// One that only updates, all workers at once.
    static ChaosOperator updating(Chaos chaos, FaultCluster cluster, SplittableRandom draws) {
        return new ChaosOperator(chaos, cluster, draws, true);
    }

    /// One that also tries versions on some workers first, decides over that, and rolls back.
    static ChaosOperator trying(Chaos chaos, FaultCluster cluster, SplittableRandom draws) {
        return new ChaosOperator(chaos, cluster, draws, false);
    }

    @Override
    public void run() {
        try {
            while (!isOver) {
                change();
                Thread.sleep(1 + draws.nextLong(BETWEEN_MS));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception | Error e) {
            findings.add("the operator failed: " + e);
        }
    }

    /// After what is in progress.
    void stop() {
        isOver = true;
    }

    /// What was wrong.
    List<String> findings() {
        return List.copyOf(findings);
    }

    boolean hasChanged() {
        return !acknowledged.isEmpty();
    }

    /// Until each rollout has ended; an operator who is asked to approve one gives it up.
    void awaitRollouts() throws Exception {
        cluster.until(
                "each rollout has ended",
                () -> {
                    try (AdminClient admin = cluster.admin()) {
                        List<RolloutEntry> open = open(admin);
                        for (RolloutEntry rollout : open) {
                            admin.decide(rollout.getId(), Decision.ABORT);
                        }
                        return open.isEmpty();
                    } catch (CallException e) {
                        return false; // it may have ended by itself, or is about to commit
                    }
                });
    }

    private static List<RolloutEntry> open(AdminClient admin)
            throws CallException, InterruptedException {
        return admin.rollouts().stream()
                .filter(rollout -> !OverseerRows.ENDS.contains(rollout.getState()))
                .toList();
    }

    private void change() throws Exception {
        int drawn = updatesOnly ? 0 : draws.nextInt(8);
        String what =
                switch (drawn) {
                    case 0, 1 -> "update";
                    case 2, 3, 4 -> "canary";
                    case 5 -> "rollback";
                    default -> "decision";
                };
        try (AdminClient admin = cluster.admin()) {
            String became =
                    switch (what) {
                        case "update" -> publish(admin, null);
                        case "canary" -> publish(admin, canary());
                        case "rollback" -> rollback(admin);
                        default -> decide(admin);
                    };
            acknowledged.merge(what, 1, Integer::sum);
            chaos.note(what + ": " + became);
        } catch (CallException e) {
            chaos.note("no " + what + ": " + e.getMessage());
        }
    }

    private String publish(AdminClient admin, @Nullable CanaryPolicy canary) throws Exception {
        boolean isBad = draws.nextInt(BAD_ONE_OF) == 0;
        Path bundle =
                cluster.nextBundle(
                        isBad ? "throw new IllegalStateException(\"bad\");" : "", Map.of());
        String version = OverseerRows.version(bundle);
        long begun = System.nanoTime();
        AdminClient.Wish wish = AdminClient.Wish.of(Mode.UPDATE, canary, false);
        admin.publish(wish, bundle, null, PublishListener.none());
        if (isBad && chaos.hadCalmWorker(begun)) { // or there was none to try it
            findings.add("version " + version + " cannot start, and was taken");
        }
        return version + (isBad ? ", which cannot start" : "");
    }

    /// Judged by little, and in a moment; some wait for an operator.
    private CanaryPolicy canary() {
        CanaryPolicy.Builder policy =
                CanaryPolicy.newBuilder()
                        .setMaxErrorRate(0.01)
                        .setHoldMs(500 + draws.nextInt(2_000))
                        .setMinItems(0)
                        .setGated(draws.nextInt(4) == 0)
                        .setPercent(30);
        return (draws.nextBoolean() ? policy : policy.addFurtherPercents(60)).build();
    }

    private String rollback(AdminClient admin) throws Exception {
        return "to "
                + admin.rollback(EchoItem.PLUGIN, null, null, PublishListener.none())
                        .map(entry -> entry.getCurrent().getVersion())
                        .orElse("?");
    }

    private String decide(AdminClient admin) throws Exception {
        List<RolloutEntry> open = open(admin);
        if (open.isEmpty()) {
            return "none to make";
        }
        Decision decision = DECISIONS.get(draws.nextInt(DECISIONS.size()));
        return decision + ", now " + admin.decide(open.getFirst().getId(), decision).getState();
    }

    @Override
    public String toString() {
        return "acknowledged " + acknowledged;
    }
}
