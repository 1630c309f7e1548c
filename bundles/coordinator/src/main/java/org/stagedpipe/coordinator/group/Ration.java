package org.stagedpipe.coordinator.group;

/// How many of a group's items workers may have. What these become waits there, or here, until the client takes it, so it has to
/// have room in the group's window: results are taken to be as large as the last ones were, and few items are given before a
/// first one has come. Belongs to the group's [Serial].
final class Ration {

    /// So many may be under way while nothing is known of their results.
    private static final int FIRST_ITEMS = 64;

    private final long windowBytes;
    private long resultBytes; // of one
    private long faultBytes; // of one, before a first result; 0: none has come
    private boolean isLearned;
    private boolean isBesideItems;
    private long faults; // before a first result
    private long held;
    private long itemBytes = -1; // of one, in memory; negative: not known

    Ration(Limits limits) {
        windowBytes = limits.windowBytes();
        resultBytes = windowBytes / FIRST_ITEMS;
    }

    /// Items came.
    ///
    /// @param bytes of them that are in memory
    void came(int items, long bytes) {
        long last = bytes / items;
        itemBytes = itemBytes < 0 ? last : itemBytes + (last - itemBytes) / 4;
    }

    /// Results wait here beside their items: one that is slow keeps all that came in its frame, and in an ordered group the results
    /// of the others.
    void besideItems() {
        isBesideItems = true;
    }

    /// How much memory an item's result takes, as far as is known, or by how much more than the item, where that makes room for it;
    /// 0 if it does not. What comes in chunks goes to the disk where memory is short.
    long growth() {
        if (!isLearned && faultBytes == 0) {
            return 0;
        }
        long bytes = Math.min(isLearned ? resultBytes : faultBytes, Limits.CHUNK_BYTES);
        return isBesideItems ? bytes : Math.max(0, bytes - itemBytes);
    }

    /// More bytes of results are here, or fewer.
    void holds(long moreBytes) {
        held += moreBytes;
    }

    /// Bytes of results that are here.
    long held() {
        return held;
    }

    /// Items were answered. Faults may make it larger as results do, but say nothing of results that are smaller.
    ///
    /// @param bytes of the results together
    /// @param otherBytes of the faults together
    void answered(int results, long bytes, int others, long otherBytes) {
        if (results > 0) {
            long each = (bytes + otherBytes) / (results + others);
            long last = Math.max(1, Math.max(bytes / results, each));
            resultBytes = isLearned ? resultBytes + (last - resultBytes) / 4 : last;
            isLearned = true;
        } else if (others > 0 && isLearned) {
            resultBytes += Math.max(0, otherBytes / others - resultBytes) / 4;
        } else if (others > 0) {
            long last = Math.max(1, otherBytes / others);
            faultBytes = faultBytes == 0 ? last : faultBytes + (last - faultBytes) / 4;
            faults += others;
            resultBytes = Math.max(faultBytes, windowBytes / (FIRST_ITEMS + faults));
        }
    }

    /// How many items may be given away.
    ///
    /// @param given that workers have already
    /// @param isUnread whether results wait for the client: when it takes them there is room. Otherwise one item may always be under
    ///     way, whatever its size. In an ordered group that for which all others wait may be given beside others, see [Order#awaited()]
    int room(int given, boolean isUnread) {
        int least = given == 0 && !isUnread ? 1 : 0;
        long most = (windowBytes - held) / resultBytes - given;
        return (int) Math.clamp(most, least, Integer.MAX_VALUE);
    }
}
