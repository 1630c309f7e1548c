package org.stagedpipe.console.command;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.console.admin.DeadLetterClient.Kept;

/// What a coordinator keeps of a group whose items failed, as programs read it.
///
/// @param kept items
/// @param dropped items that failed and were not kept
/// @param bytes on the coordinator's disk
record DeadLetterGroupView(
        String id,
        String plugin,
        String version,
        String coordinator,
        String client,
        long kept,
        long dropped,
        long bytes,
        @Nullable String first,
        @Nullable String last) {

    static DeadLetterGroupView of(Kept kept) {
        return new DeadLetterGroupView(
                GroupId.text(kept.group().getGroup()),
                kept.group().getPlugin().getName(),
                kept.group().getPlugin().getVersion(),
                kept.coordinator(),
                kept.group().getClient(),
                kept.group().getKept(),
                kept.group().getDropped(),
                kept.group().getBytes(),
                Values.time(kept.group().getFirstMs()),
                Values.time(kept.group().getLastMs()));
    }
}
