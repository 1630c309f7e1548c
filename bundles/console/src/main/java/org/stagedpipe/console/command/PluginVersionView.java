package org.stagedpipe.console.command;

import org.stagedpipe.protocol.v1.PluginStatus;
import org.stagedpipe.protocol.v1.PluginVersion;

/// One version of a plugin, as programs read it.
record PluginVersionView(String name, String version, String sha256, long size) {

    static PluginVersionView of(PluginVersion plugin) {
        return new PluginVersionView(
                plugin.getName(),
                plugin.getVersion(),
                Values.hex(plugin.getSha256()),
                plugin.getSize());
    }

    /// What a worker says of one version.
    record StatusView(
            String name, String version, String sha256, String state, String text, int groups) {

        static StatusView of(PluginStatus status) {
            return new StatusView(
                    status.getPlugin().getName(),
                    status.getPlugin().getVersion(),
                    Values.hex(status.getPlugin().getSha256()),
                    Values.word(status.getState()),
                    status.getText(),
                    status.getGroups());
        }
    }
}
