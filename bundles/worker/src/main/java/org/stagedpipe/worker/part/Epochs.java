package org.stagedpipe.worker.part;

import com.google.protobuf.ByteString;

import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The highest epoch that each group came with, and the parts that it has here: a coordinator that was frozen or cut off
/// while its client went on elsewhere starts nothing any more. Safe for use by many threads.
///
/// It remembers groups that have no part for a while: the last [#MAX_ENDED] of them.
///
/// @param <P> a part
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

    /// The parts of a group's highest epoch, by version.
    private record Newest<P>(long epoch, Map<ByteString, P> parts) {}

    /// A part is about to open.
    ///
    /// @param version a following group has parts on two of them for a while
    /// @return those of this group that have to end for it: of lower epochs, or on the same version
    /// @throws CallException if the group came with a higher epoch before
    synchronized List<P> enter(ByteString group, long epoch, ByteString version, P part)
            throws CallException {
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
        if (before != null && before.epoch == epoch) {
            P older = before.parts.put(version, part);
            return older == null ? List.of() : List.of(older);
        }
        Map<ByteString, P> parts = new HashMap<>();
        parts.put(version, part);
        open.put(group, new Newest<>(epoch, parts));
        return before == null ? List.of() : List.copyOf(before.parts.values());
    }

    /// A part is over; its epoch is not forgotten.
    synchronized void over(ByteString group, P part) {
        Newest<P> newest = open.get(group);
        if (newest != null && newest.parts.values().remove(part) && newest.parts.isEmpty()) {
            open.remove(group);
            ended.put(group, newest.epoch);
        }
    }

    /// How many groups it remembers.
    synchronized int size() {
        return open.size() + ended.size();
    }
}
