package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
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
            entry.setCanary(
                    org.stagedpipe.protocol.v1.CanaryPolicy.newBuilder()
                            .setPercent(canary.percent())
                            .setMaxErrorRate(canary.maxErrorRate())
                            .setHoldMs((int) canary.hold().toMillis())
                            .setMinItems(canary.minItems()));
        }
        return entry.build();
    }

    static String word(RolloutState state) {
        return state.name().toLowerCase(Locale.ROOT);
    }

    /// What an operator wants; null: all at once.
    ///
    /// @throws CallException INVALID
    static @Nullable CanaryPolicy canary(PublishBegin begin) throws CallException {
        if (!begin.hasCanary()) {
            return null;
        }
        if (begin.getMode() != PublishBegin.Mode.UPDATE) {
            throw new CallException(
                    Kind.INVALID, "canary with " + begin.getMode() + " (expected: UPDATE)");
        }
        org.stagedpipe.protocol.v1.CanaryPolicy asked = begin.getCanary();
        try {
            return new CanaryPolicy(
                    asked.getPercent(),
                    asked.getMaxErrorRate(),
                    Duration.ofMillis(Integer.toUnsignedLong(asked.getHoldMs())),
                    asked.getMinItems());
        } catch (IllegalArgumentException e) {
            throw new CallException(Kind.INVALID, String.valueOf(e.getMessage()), e);
        }
    }

    /// @throws CallException INVALID
    static RolloutState.Event event(Decision decision) throws CallException {
        return switch (decision) {
            case PAUSE -> RolloutState.Event.PAUSE;
            case RESUME -> RolloutState.Event.RESUME;
            case ABORT -> RolloutState.Event.GIVE_UP;
            case APPROVE -> RolloutState.Event.FINISH;
            case DECISION_UNSPECIFIED, UNRECOGNIZED ->
                    throw new CallException(
                            Kind.INVALID,
                            "decision: none (expected: PAUSE, RESUME, ABORT or APPROVE)");
        };
    }
}
