package org.stagedpipe.console.command;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.PublishedVersion;
import org.stagedpipe.protocol.v1.WorkerPlugin;

import java.util.List;

/// A plugin of the catalogue, as programs read it.
///
/// @param current what new groups get, null if it has none
/// @param versions newest first
record PluginView(
        String name,
        @Nullable PluginVersionView current,
        List<VersionView> versions,
        List<WorkerView> workers,
        int groups) {

    static PluginView of(PluginEntry plugin) {
        return new PluginView(
                plugin.getName(),
                plugin.hasCurrent() ? PluginVersionView.of(plugin.getCurrent()) : null,
                plugin.getVersionsList().stream()
                        .map(version -> VersionView.of(version, plugin))
                        .toList(),
                plugin.getWorkersList().stream().map(WorkerView::of).toList(),
                plugin.getGroups());
    }

    String currentVersion() {
        return current == null ? "" : current.version();
    }

    boolean isCurrent(String version) {
        return version.equals(currentVersion());
    }

    /// How many workers have the current version ready.
    long ready() {
        return workers.stream()
                .filter(worker -> isCurrent(worker.version) && worker.state.equals("ready"))
                .map(WorkerView::worker)
                .distinct()
                .count();
    }

    /// A version in its history.
    record VersionView(
            String version,
            String sha256,
            long size,
            @Nullable String published,
            String file,
            String operator,
            @Nullable String deleted,
            List<String> labels,
            List<LibraryView> libraries,
            boolean signed) {

        static VersionView of(PublishedVersion version, PluginEntry plugin) {
            return new VersionView(
                    version.getPlugin().getVersion(),
                    Values.hex(version.getPlugin().getSha256()),
                    version.getPlugin().getSize(),
                    Values.time(version.getPublishedMs()),
                    version.getFile(),
                    version.getOperator(),
                    Values.time(version.getDeletedMs()),
                    version.getLabelsList(),
                    version.getLibrariesList().stream()
                            .map(plugin::getLibraries)
                            .map(LibraryView::of)
                            .toList(),
                    version.getSigned());
        }
    }

    /// Where it is.
    record WorkerView(String worker, String version, String state, String text, int groups) {

        static WorkerView of(WorkerPlugin worker) {
            return new WorkerView(
                    worker.getWorker(),
                    worker.getStatus().getPlugin().getVersion(),
                    Values.word(worker.getStatus().getState()),
                    worker.getStatus().getText(),
                    worker.getStatus().getGroups());
        }
    }
}
