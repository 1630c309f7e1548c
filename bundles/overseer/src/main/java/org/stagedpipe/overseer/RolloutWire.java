package org.stagedpipe.overseer;

import org.stagedpipe.cluster.catalogue.CanaryPolicy;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.RolloutRecord;
import org.stagedpipe.cluster.catalogue.RolloutState;
import org.stagedpipe.protocol.v1.DecideRolloutRequest.Decision;
import org.stagedpipe.protocol.v1.PublishBegin;
import org.stagedpipe.protocol.v1.RolloutEntry;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Rollouts and the same on the wire. No state.
final class RolloutWire {

    private RolloutWire() {}

    static RolloutEntry of(RolloutRecord record) {
        RolloutEntry.Builder entry =
                RolloutEntry.newBuilder()
                        .setId(record.id())
                        .setTo(Wire.of(record.to()))
                        .setState(word(record.state()))
                        .setText(record.text())
                        .setOperator(record.operator())
                        .setStartedMs(record.startedMs())
                        .setChangedMs(record.changedMs());
        PluginVersion from = record.from();
        if (from != null) {
            entry.setFrom(Wire.of(from));
        }
        CanaryPolicy canary = record.canary();
        if (canary != null) {
            entry.setCanary(of(canary))
                    .setStep(record.step() + 1)
                    .setPercent(record.percent())
                    .addAllWorkers(record.workers());
        }
        return entry.build();
    }

    private static org.stagedpipe.protocol.v1.CanaryPolicy of(CanaryPolicy canary) {
        return org.stagedpipe.protocol.v1.CanaryPolicy.newBuilder()
                .setPercent(canary.percents().getFirst())
                .addAllFurtherPercents(canary.percents().subList(1, canary.percents().size()))
                .setFirstWorkers(canary.firstWorkers())
                .setMaxErrorRate(canary.thresholds().maxErrorRate())
                .setMaxLatencyFactor(canary.thresholds().maxLatencyFactor())
                .setMinItems(canary.thresholds().minItems())
                .setHoldMs((int) canary.hold().toMillis())
                .setGated(canary.gated())
                .setMaxWaitMs((int) canary.maxWait().toMillis())
                .build();
    }

    static String word(RolloutState state) {
        return state.name().toLowerCase(Locale.ROOT);
    }

    /// How an operator wants a version to be tried.
    ///
    /// @param workers how many are ready
    /// @throws CallException INVALID
    static CanaryPolicy canary(PublishBegin begin, int workers) throws CallException {
        if (begin.getMode() != PublishBegin.Mode.UPDATE) {
            throw new CallException(
                    Kind.INVALID, "canary with " + begin.getMode() + " (expected: UPDATE)");
        }
        org.stagedpipe.protocol.v1.CanaryPolicy asked = begin.getCanary();
        try {
            int first = percent(asked, workers);
            List<Integer> percents = new ArrayList<>(List.of(first));
            asked.getFurtherPercentsList().stream()
                    .filter(next -> asked.getFirstWorkers() == 0 || next > first)
                    .forEach(percents::add);
            return new CanaryPolicy(
                    percents,
                    asked.getFirstWorkers(),
                    new CanaryPolicy.Thresholds(
                            asked.getMaxErrorRate(),
                            asked.getMaxLatencyFactor(),
                            asked.getMinItems()),
                    Duration.ofMillis(Integer.toUnsignedLong(asked.getHoldMs())),
                    asked.getGated(),
                    Duration.ofMillis(Integer.toUnsignedLong(asked.getMaxWaitMs())));
        } catch (IllegalArgumentException e) {
            throw new CallException(Kind.INVALID, String.valueOf(e.getMessage()), e);
        }
    }

    /// Of new groups, in the first step.
    private static int percent(org.stagedpipe.protocol.v1.CanaryPolicy asked, int workers) {
        int first = asked.getFirstWorkers();
        if (first == 0) {
            return asked.getPercent();
        }
        if (asked.getPercent() != 0) {
            throw new IllegalArgumentException(
                    "percent: "
                            + asked.getPercent()
                            + ", first workers: "
                            + first
                            + " (expected: one of them)");
        }
        if (first < 0 || first >= workers) {
            throw new IllegalArgumentException(
                    "first workers: "
                            + Integer.toUnsignedString(first)
                            + " (expected: fewer than the "
                            + workers
                            + " that are ready)");
        }
        return Math.max(1, (int) (100L * first / workers));
    }

    /// What an operator's decision does to a rollout.
    ///
    /// @throws CallException INVALID
    static RolloutState.Event event(Decision decision) throws CallException {
        return switch (decision) {
            case PAUSE -> RolloutState.Event.PAUSE;
            case RESUME -> RolloutState.Event.RESUME;
            case ABORT -> RolloutState.Event.GIVE_UP;
            case APPROVE -> RolloutState.Event.SPREAD;
            case DECISION_UNSPECIFIED, UNRECOGNIZED ->
                    throw new CallException(
                            Kind.INVALID,
                            "decision: none (expected: PAUSE, RESUME, ABORT or APPROVE)");
        };
    }
}
