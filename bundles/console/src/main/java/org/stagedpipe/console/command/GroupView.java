package org.stagedpipe.console.command;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.GroupEntry;
import org.stagedpipe.protocol.v1.GroupSummary;

import java.util.List;

/// An open request group, as programs read it.
///
/// @param id as [GroupId] writes it
/// @param accepted items so far; those not yet in ok, failed or aborted are on their way
record GroupView(
        String id,
        String plugin,
        String version,
        String coordinator,
        String client,
        String state,
        boolean ordered,
        boolean following,
        @Nullable String opened,
        long accepted,
        long ok,
        long failed,
        long aborted,
        List<String> workers) {

    static GroupView of(GroupEntry group) {
        GroupSummary summary = group.getSummary();
        return new GroupView(
                GroupId.text(summary.getGroup()),
                summary.getPlugin().getName(),
                summary.getPlugin().getVersion(),
                group.getCoordinator(),
                summary.getClient(),
                summary.getState(),
                summary.getOrdered(),
                summary.getFollowing(),
                Values.time(summary.getOpenedMs()),
                summary.getAccepted(),
                summary.getOk(),
                summary.getFailed(),
                summary.getAborted(),
                summary.getWorkersList());
    }
}
