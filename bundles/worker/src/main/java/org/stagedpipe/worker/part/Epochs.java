package org.stagedpipe.worker.part;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/// The highest epoch that each group came with, and the part that it has here: a coordinator that was frozen or cut off
/// while its client went on elsewhere starts nothing any more. Safe for use by many threads.
///
/// It remembers groups that have no part for a while: the last [#MAX_ENDED] of them.
///
/// @param <P> the part
final class Epochs<P> {

    static final int MAX_ENDED = 10_000;

    private final Map<ByteString, Newest<P>> open = new HashMap<>();
    private final Map<ByteString, Long> ended =
            new LinkedHashMap<>() {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<ByteString, Long> eldest) {
                    return size() > MAX_ENDED;
                }
            };

    private record Newest<P>(long epoch, P part) {}

    /// A part is about to open.
    ///
    /// @return the one of this group that has to end for it, null if there is none
    /// @throws CallException if the group came with a higher epoch before
    synchronized @Nullable P enter(ByteString group, long epoch, P part) throws CallException {
        Newest<P> before = open.get(group);
        long seen = before != null ? before.epoch : ended.getOrDefault(group, epoch);
        if (seen > epoch) {
            throw new CallException(
                    Kind.CONFLICT,
                    "group "
                            + HexFormat.of().formatHex(group.toByteArray())
                            + ": epoch "
                            + epoch
                            + " (expected: at least "
                            + seen
                            + ", which this worker has seen)");
        }
        ended.remove(group);
        open.put(group, new Newest<>(epoch, part));
        return before == null ? null : before.part;
    }

    /// A part is over; its epoch is not forgotten.
    synchronized void over(ByteString group, P part) {
        Newest<P> newest = open.get(group);
        if (newest != null && newest.part == part) {
            open.remove(group);
            ended.put(group, newest.epoch);
        }
    }

    /// How many groups it remembers.
    synchronized int size() {
        return open.size() + ended.size();
    }
}
