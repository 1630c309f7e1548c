package org.stagedpipe.coordinator;

import org.stagedpipe.cluster.Settings;
import org.stagedpipe.coordinator.group.Limits;
import org.stagedpipe.coordinator.letter.LetterBounds;
import org.stagedpipe.transport.Caller;
import org.stagedpipe.transport.node.NodeSettings;
import org.stagedpipe.transport.node.Unread;

import java.time.Duration;
import java.util.Map;

/// A coordinator's settings.
///
/// @param node what every node has
/// @param limits the bounds of each group
/// @param nodeWindowBytes what all groups hold together in memory
/// @param spoolFromBytes items and results of this size or larger are kept on the disk
/// @param spoolBytes what all groups hold together there
/// @param letters how many items that failed are kept
/// @param unread what waits to be read from clients and workers
/// @param maxGroups open at once
/// @param principals what each principal has of that
/// @param stopTimeout how long a stop waits for the open groups
public record CoordinatorSettings(
        NodeSettings node,
        Limits limits,
        long nodeWindowBytes,
        long spoolFromBytes,
        long spoolBytes,
        LetterBounds letters,
        Unread unread,
        int maxGroups,
        PrincipalLimits principals,
        Duration stopTimeout) {

    static final String PID = "org.stagedpipe.coordinator";
    private static final int DEFAULT_PORT = 9410;

    /// From its client, and from three workers.
    private static final long STREAMS_OF_A_GROUP = 4;

    /// Each heartbeat tells of all groups; what it did not tell of nobody could list, explain, cancel, or count as in use.
    private static final int MAX_GROUPS = 1_000;

    private static final long MIB = 1 << 20;
    private static final long MAX_ITEM_BYTES = 100 * MIB;
    private static final long PART_BYTES = 2 * MIB; // a largest frame, beside small ones
    private static final Duration HOUR = Duration.ofHours(1);

    /// Reads them all.
    ///
    /// @throws org.stagedpipe.cluster.SettingsException if one cannot be used, or nobody knows it
    public static CoordinatorSettings read(Map<String, ?> properties) {
        Settings settings = new Settings(PID, properties);
        NodeSettings node = NodeSettings.readMember(settings, Caller.COORDINATOR, DEFAULT_PORT);
        if (node.overseers().isEmpty()) {
            throw settings.refused("overseers", "", "at least one host:port");
        }
        int maxGroups = settings.integer("maxGroups", 1, MAX_GROUPS, MAX_GROUPS);
        CoordinatorSettings read =
                new CoordinatorSettings(
                        node,
                        limits(settings),
                        settings.number(
                                "nodeWindowBytes",
                                4 * MIB,
                                Long.MAX_VALUE / 10,
                                Math.max(4 * MIB, Runtime.getRuntime().maxMemory() * 2 / 5)),
                        settings.number("spoolFromBytes", 4 * MIB + 1, 1L << 40, 10 * MIB),
                        settings.number("spoolBytes", MAX_ITEM_BYTES, 1L << 50, 8_192 * MIB),
                        letters(settings),
                        Unread.read(settings, STREAMS_OF_A_GROUP * maxGroups),
                        maxGroups,
                        new PrincipalLimits(
                                settings.integer("principalPercent", 1, 100, 80),
                                settings.integer("principalOpensPerSecond", 1, 1_000_000, 100)),
                        millis(settings, "stopTimeoutMs", Duration.ofSeconds(10)));
        settings.refuseUnknown();
        int percent = read.principals().percent();
        if (read.nodeWindowBytes() / 100 * percent < PART_BYTES) {
            throw settings.refused(
                    "principalPercent",
                    percent,
                    "at least "
                            + PART_BYTES
                            + " bytes of nodeWindowBytes, "
                            + read.nodeWindowBytes());
        }
        return read;
    }

    private static LetterBounds letters(Settings settings) {
        return new LetterBounds(
                settings.integer("deadLetterGroupItems", 1, 100_000_000, 10_000),
                settings.number("deadLetterGroupBytes", MIB, 1L << 50, 256 * MIB),
                settings.number("deadLetterBytes", MIB, 1L << 50, 1_024 * MIB),
                settings.millis(
                        "deadLetterTtlMs",
                        Duration.ofMillis(1),
                        Duration.ofDays(3_650),
                        Duration.ofDays(7)));
    }

    private static Limits limits(Settings settings) {
        return new Limits(
                settings.integer("groupWindowItems", 1, 1_000_000, 4_096),
                settings.number("groupWindowBytes", Limits.MAX_FRAME_BYTES, 1L << 40, 16 * MIB),
                settings.number(
                        "maxItemBytes", Limits.MAX_FRAME_BYTES, MAX_ITEM_BYTES, MAX_ITEM_BYTES),
                settings.number("readAheadBytes", 1, 1L << 40, MIB),
                settings.integer("readAheadMessages", 1, 1_000_000, 64),
                millis(settings, "firstMessageTimeoutMs", Duration.ofSeconds(10)),
                millis(settings, "openWaitMs", Duration.ofSeconds(3)),
                millis(settings, "openTimeoutMs", Duration.ofSeconds(30)),
                millis(settings, "noWorkerTimeoutMs", Duration.ofSeconds(30)),
                millis(settings, "finishTimeoutMs", Duration.ofSeconds(5)));
    }

    private static Duration millis(Settings settings, String key, Duration defaultValue) {
        return settings.millis(key, Duration.ofMillis(1), HOUR, defaultValue);
    }
}
