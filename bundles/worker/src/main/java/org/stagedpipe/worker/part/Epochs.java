package org.stagedpipe.worker.part;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/// The highest epoch that each group came with, and the part that it has here: a coordinator that was frozen or cut off
/// while its client went on elsewhere starts nothing any more. Safe for use by many threads.
///
/// It remembers groups that have no part for a while: as many as fit.
final class Epochs {

    static final int MAX_GROUPS = 10_000;

    private final Map<ByteString, Newest> groups =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<ByteString, Newest> eldest) {
                    return size() > MAX_GROUPS && eldest.getValue().part == null;
                }
            };

    private record Newest(long epoch, @Nullable Part part) {}

    /// A part is about to open.
    ///
    /// @return the one of this group that has to end for it, null if there is none
    /// @throws CallException if the group came with a higher epoch before
    synchronized @Nullable Part enter(ByteString group, long epoch, Part part)
            throws CallException {
        Newest before = groups.get(group);
        if (before != null && before.epoch > epoch) {
            throw new CallException(
                    Kind.CONFLICT,
                    "group "
                            + HexFormat.of().formatHex(group.toByteArray())
                            + ": epoch "
                            + epoch
                            + " (expected: at least "
                            + before.epoch
                            + ", which this worker has seen)");
        }
        groups.put(group, new Newest(epoch, part));
        return before == null ? null : before.part;
    }

    /// A part is over; its epoch is not forgotten.
    synchronized void over(ByteString group, Part part) {
        groups.computeIfPresent(
                group,
                (id, newest) -> newest.part == part ? new Newest(newest.epoch, null) : newest);
    }
}
