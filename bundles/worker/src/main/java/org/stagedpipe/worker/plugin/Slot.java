package org.stagedpipe.worker.plugin;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.PluginStatus;
import org.stagedpipe.protocol.v1.PluginStatus.State;
import org.stagedpipe.protocol.v1.PluginVersion;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// One version of a plugin on this worker. Belongs to the host's thread.
final class Slot {

    final PluginVersion version;

    /// Groups that wait for it.
    final List<CompletableFuture<Lease>> waiting = new ArrayList<>();

    State state = State.INSTALLING;
    @Nullable PluginException failure;
    @Nullable InstalledPlugin installed;
    Libraries.@Nullable Hold libraries;
    int groups;

    Slot(PluginVersion version) {
        this.version = version;
    }

    boolean isSettled() {
        return state == State.READY || state == State.FAILED;
    }

    PluginStatus status() {
        return PluginStatus.newBuilder()
                .setPlugin(version)
                .setState(state)
                .setText(failure == null ? "" : failure.getMessage())
                .setGroups(groups)
                .build();
    }
}
