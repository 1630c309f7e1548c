package org.stagedpipe.coordinator.group;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.VersionOutcomes;

import java.util.ArrayList;
import java.util.List;

/// How the items of a following group ended on the versions before the present one.
///
/// @param current on which it is now
/// @param earlier one for each version, the same one again if it came back
public record Segments(PluginVersion current, List<VersionOutcomes> earlier) {

    private static final int MOST = 100;

    public Segments {
        earlier = List.copyOf(earlier);
    }

    /// The group moves on.
    ///
    /// @param before null if it has not moved yet
    /// @param all how all its items ended so far, under the version that it leaves
    static Segments after(@Nullable Segments before, VersionOutcomes all, PluginVersion next) {
        List<VersionOutcomes> longer =
                new ArrayList<>(before == null ? List.of() : before.earlier());
        longer.add(minus(all, longer));
        if (longer.size() > MOST) { // nobody judges the oldest ones any more
            VersionOutcomes oldest = longer.removeFirst();
            longer.set(0, plus(longer.getFirst(), oldest));
        }
        return new Segments(next, longer);
    }

    /// What is left of counts without these parts of them.
    public static VersionOutcomes minus(VersionOutcomes all, List<VersionOutcomes> parts) {
        VersionOutcomes left = all;
        for (VersionOutcomes part : parts) {
            left = combined(left, part, -1);
        }
        return left;
    }

    /// Both together, under the first one's version.
    public static VersionOutcomes plus(VersionOutcomes one, VersionOutcomes other) {
        return combined(one, other, 1);
    }

    private static VersionOutcomes combined(VersionOutcomes one, VersionOutcomes other, int sign) {
        List<Long> buckets = new ArrayList<>();
        int count = Math.max(one.getTimedBucketsCount(), other.getTimedBucketsCount());
        for (int i = 0; i < count; i++) {
            buckets.add(bucket(one, i) + sign * bucket(other, i));
        }
        return VersionOutcomes.newBuilder()
                .setPlugin(one.getPlugin())
                .setOk(one.getOk() + sign * other.getOk())
                .setFailed(one.getFailed() + sign * other.getFailed())
                .setRefusedGroups(one.getRefusedGroups() + sign * other.getRefusedGroups())
                .setTimedItems(one.getTimedItems() + sign * other.getTimedItems())
                .setTimedUs(one.getTimedUs() + sign * other.getTimedUs())
                .addAllTimedBuckets(buckets)
                .build();
    }

    private static long bucket(VersionOutcomes outcomes, int index) {
        return index < outcomes.getTimedBucketsCount() ? outcomes.getTimedBuckets(index) : 0;
    }
}
