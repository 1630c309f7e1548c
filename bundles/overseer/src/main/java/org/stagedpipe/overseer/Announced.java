package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.catalogue.CanaryPolicy;
import org.stagedpipe.cluster.catalogue.Publication;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

/// What an operator announced of a bundle.
///
/// @param signatures as in [Publication]; one, or none
/// @param request chosen by its program, empty if that does not ask again
record Announced(
        Mode mode,
        String file,
        long size,
        String sha256,
        Duration timeout,
        @Nullable CanaryPolicy canary,
        boolean isDryRun,
        List<String> signatures,
        String request) {

    /// Whether it changes anything.
    boolean isChange() {
        return mode != Mode.VERIFY && !isDryRun;
    }

    /// What the audit log calls it.
    String action() {
        return mode.name().toLowerCase(Locale.ROOT);
    }

    boolean isSigned() {
        return !signatures.isEmpty();
    }
}
