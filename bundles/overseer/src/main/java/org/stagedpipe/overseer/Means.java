package org.stagedpipe.overseer;

import org.stagedpipe.cluster.catalogue.Store;

import java.util.function.LongSupplier;

/// What changes of the catalogue are made with.
///
/// @param audit where each is written down
/// @param turn that each of them takes
/// @param wallMs since 1970, UTC
record Means(
        Store store,
        Keeping keeping,
        Nodes nodes,
        Rollout rollout,
        Rollouts rollouts,
        AuditLog audit,
        Turn turn,
        LongSupplier wallMs) {}
