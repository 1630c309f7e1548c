package org.stagedpipe.overseer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/// Logs which nodes are refused, each reason once in ten minutes, however often a node tries again. For one thread at a time.
final class Refusals {

    private static final Logger LOG = LoggerFactory.getLogger(Refusals.class);
    private static final long AGAIN_NANOS = Duration.ofMinutes(10).toNanos();

    /// Reasons that are remembered: what a caller makes up must not fill the memory.
    private static final int MOST = 1_000;

    private final Map<String, Long> told = new LinkedHashMap<>();

    /// Not a hello that makes no sense: its text may be anything.
    ///
    /// @return whether it was logged
    boolean tell(CallException refusal, long nowNanos) {
        if (refusal.kind() == Kind.INVALID) {
            return false;
        }
        told.values().removeIf(then -> nowNanos - then >= AGAIN_NANOS);
        boolean isNew = told.size() < MOST && !told.containsKey(refusal.getMessage());
        if (isNew) {
            told.put(refusal.getMessage(), nowNanos);
            LOG.warn("a node is refused: {}", refusal.getMessage());
        }
        return isNew;
    }
}
