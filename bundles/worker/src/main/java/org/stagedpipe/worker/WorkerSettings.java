package org.stagedpipe.worker;

import org.stagedpipe.cluster.Settings;
import org.stagedpipe.engine.Pipelines;
import org.stagedpipe.transport.Caller;
import org.stagedpipe.transport.node.NodeSettings;
import org.stagedpipe.transport.node.Unread;
import org.stagedpipe.worker.memory.Bounds;
import org.stagedpipe.worker.memory.Marks;
import org.stagedpipe.worker.memory.Spool;
import org.stagedpipe.worker.part.PartLimits;
import org.stagedpipe.worker.plugin.PluginTerms;
import org.stagedpipe.worker.plugin.Trust;
import org.stagedpipe.worker.secret.Secrets;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/// A worker's settings; the README has the table.
///
/// @param node what every node has
/// @param plugin for each plugin
/// @param trust whose bundles are installed
/// @param fetchTimeout for one bundle
/// @param cacheBytes of fetched bundles that are kept
/// @param part for each part
/// @param memory how much may be reserved for items
/// @param marks when the intake pauses
/// @param stopTimeout for open parts when the worker stops
record WorkerSettings(
        NodeSettings node,
        PluginTerms plugin,
        Trust trust,
        Duration fetchTimeout,
        long cacheBytes,
        PartLimits part,
        Bounds memory,
        Marks marks,
        Duration stopTimeout) {

    static final String PID = "org.stagedpipe.worker";
    static final int DEFAULT_PORT = 9420;

    private static final long MIB = 1 << 20;

    /// As many as one coordinator opens by its default.
    private static final int USUAL_PARTS = 1_000;

    /// Of the heap, less what is live after the start: the budget, and the limit for a group that holds nothing.
    private static final double BUDGET = 0.6;

    private static final double LIMIT = 0.8;
    private static final Duration SHORTEST = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofMinutes(10);
    private static final Duration LONGEST_REPORT = Duration.ofDays(1);

    private static final String ANY = "any";
    private static final String TRUSTED =
            "a folder with the public keys, *.pem, of the operators whose bundles are installed, or"
                    + " any for those of everybody";

    /// The heap of this process.
    ///
    /// @param liveBytes in use after the start
    record Heap(long maxBytes, long liveBytes) {}

    /// @param processors of this machine, for the default parallelism
    /// @param heap of this process, for the default budget
    /// @throws org.stagedpipe.cluster.SettingsException if one of them cannot be used, or a key is unknown
    static WorkerSettings read(Map<String, ?> properties, int processors, Heap heap) {
        Settings settings = new Settings(PID, properties);
        NodeSettings node = NodeSettings.readMember(settings, Caller.WORKER, DEFAULT_PORT);
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
                                settings.integer(
                                        "parallelism",
                                        1,
                                        1_024,
                                        Pipelines.defaultParallelism(processors)),
                                settings.integer("recycleAfterStuckStages", 1, 1_000_000, 2),
                                settings.millis(
                                        "stuckReportMs", Duration.ZERO, LONGEST_REPORT, LONGEST),
                                settings.integer("leakBudget", 0, 16, 4),
                                settings.millis(
                                        "leakSpreadMs",
                                        Duration.ZERO,
                                        LONGEST,
                                        Duration.ofMinutes(5))),
                        trust(settings, node),
                        settings.millis(
                                "fetchTimeoutMs", SHORTEST, LONGEST, Duration.ofSeconds(30)),
                        settings.number("cacheBytes", 1, 1L << 50, 2_048 * MIB),
                        parts(settings, node),
                        memory(settings, heap),
                        marks(settings),
                        settings.millis(
                                "stopTimeoutMs", Duration.ZERO, LONGEST, Duration.ofSeconds(10)));
        settings.refuseUnknown();
        return read;
    }

    /// Over a network, who may give this process code is said, or it does not start.
    private static Trust trust(Settings settings, NodeSettings node) {
        String keys = settings.text("trustedKeys", node.security().isMutual() ? "" : ANY);
        if (keys.isBlank()) {
            throw settings.refused("trustedKeys", keys, TRUSTED);
        }
        if (keys.equals(ANY)) {
            return Trust.ANY;
        }
        try {
            return Trust.in(Path.of(keys));
        } catch (IOException e) {
            throw settings.refused("trustedKeys", keys, TRUSTED + "; " + e.getMessage());
        }
    }

    private static PartLimits parts(Settings settings, NodeSettings node) {
        return new PartLimits(
                settings.integer("partWindowItems", 1, 1 << 20, 4_096),
                Unread.read(settings, USUAL_PARTS),
                settings.millis("openTimeoutMs", SHORTEST, LONGEST, Duration.ofSeconds(30)),
                secrets(settings),
                new Spool(
                        node.data().resolve("spool"),
                        settings.number("spoolBytes", 0, 1L << 50, 8_192 * MIB)));
    }

    private static Secrets secrets(Settings settings) {
        Path folder = settings.path("secrets");
        if (folder != null && !Files.isDirectory(folder)) {
            throw settings.refused("secrets", folder, "a folder with a folder for each plugin");
        }
        return new Secrets(folder);
    }

    private static Bounds memory(Settings settings, Heap heap) {
        long free = (long) (heap.maxBytes() * BUDGET) - heap.liveBytes();
        long budget = settings.number("nodeWindowBytes", 1, 1L << 40, Math.max(16 * MIB, free));
        long most = (long) (heap.maxBytes() * LIMIT) - heap.liveBytes();
        return new Bounds(
                budget,
                Math.max(budget, most),
                settings.number("partWindowBytes", 1, 1L << 40, 96 * MIB));
    }

    private static Marks marks(Settings settings) {
        int pause = settings.integer("memoryPausePercent", 2, 100, 80);
        int resume = settings.integer("memoryResumePercent", 1, 99, 65);
        if (resume >= pause) {
            throw settings.refused("memoryResumePercent", resume, "below " + pause);
        }
        return new Marks(
                pause / 100.0,
                resume / 100.0,
                settings.integer("memoryCollectingPercent", 1, 100, 25) / 100.0,
                Duration.ofMillis(500),
                Duration.ofSeconds(10),
                settings.millis("handBackAfterMs", SHORTEST, LONGEST, Duration.ofSeconds(15)),
                settings.millis("recycleAfterMs", SHORTEST, LONGEST, Duration.ofSeconds(60)));
    }
}
