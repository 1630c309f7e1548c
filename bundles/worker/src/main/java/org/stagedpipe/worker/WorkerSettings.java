package org.stagedpipe.worker;

import org.stagedpipe.cluster.Settings;
import org.stagedpipe.transport.node.NodeSettings;
import org.stagedpipe.worker.part.PartLimits;
import org.stagedpipe.worker.plugin.PluginTerms;

import java.time.Duration;
import java.util.Map;

/// A worker's settings; the README has the table.
///
/// @param node what every node has
/// @param plugin for each plugin
/// @param fetchTimeout for one bundle
/// @param part for each part
/// @param nodeWindowBytes taken and not answered, of all parts
/// @param stopTimeout for open parts when the worker stops
record WorkerSettings(
        NodeSettings node,
        PluginTerms plugin,
        Duration fetchTimeout,
        PartLimits part,
        long nodeWindowBytes,
        Duration stopTimeout) {

    static final String PID = "org.stagedpipe.worker";
    static final int DEFAULT_PORT = 9420;

    private static final long MIB = 1 << 20;
    private static final Duration SHORTEST = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofMinutes(10);

    /// @param processors of this machine, for the default parallelism
    /// @param heapBytes of this process, for the default window
    /// @throws org.stagedpipe.cluster.SettingsException if one of them cannot be used, or a key is unknown
    static WorkerSettings read(Map<String, ?> properties, int processors, long heapBytes) {
        Settings settings = new Settings(PID, properties);
        NodeSettings node = NodeSettings.read(settings, DEFAULT_PORT);
        if (node.overseers().isEmpty()) {
            throw settings.refused("overseers", "", "at least one host:port");
        }
        WorkerSettings read =
                new WorkerSettings(
                        node,
                        new PluginTerms(
                                settings.millis(
                                        "activateTimeoutMs",
                                        SHORTEST,
                                        LONGEST,
                                        Duration.ofSeconds(10)),
                                settings.millis(
                                        "unloadTimeoutMs",
                                        SHORTEST,
                                        LONGEST,
                                        Duration.ofSeconds(5)),
                                settings.integer("parallelism", 1, 1_024, Math.max(2, processors))),
                        settings.millis(
                                "fetchTimeoutMs", SHORTEST, LONGEST, Duration.ofSeconds(30)),
                        new PartLimits(
                                settings.integer("partWindowItems", 1, 1 << 20, 4_096),
                                settings.number("partWindowBytes", 1, 1L << 40, 32 * MIB),
                                settings.millis(
                                        "openTimeoutMs",
                                        SHORTEST,
                                        LONGEST,
                                        Duration.ofSeconds(30))),
                        settings.number(
                                "nodeWindowBytes", 1, 1L << 40, Math.max(MIB, heapBytes / 4)),
                        settings.millis(
                                "stopTimeoutMs", Duration.ZERO, LONGEST, Duration.ofSeconds(10)));
        settings.refuseUnknown();
        return read;
    }
}
