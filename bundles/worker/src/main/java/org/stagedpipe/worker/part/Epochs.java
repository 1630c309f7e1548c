package org.stagedpipe.worker.part;

import com.google.protobuf.ByteString;

import org.stagedpipe.protocol.v1.OpenWork;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The highest epoch that each group came with, and the parts that it has here: a coordinator that was frozen or cut off
/// while its client went on elsewhere starts nothing any more, nor does an `OpenWork` that was on its way while its own
/// coordinator opened the part again. Safe for use by many threads.
///
/// It remembers groups that have no part for a while: the last [#MAX_ENDED] of them.
///
/// @param <P> a part
final class Epochs<P> {

    static final int MAX_ENDED = 10_000;

    private final Map<ByteString, Newest<P>> newest = new HashMap<>();
    private final Map<ByteString, Long> ended =
            new LinkedHashMap<>() {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<ByteString, Long> eldest) {
                    return size() > MAX_ENDED;
                }
            };

    /// The parts of a group's highest epoch, by version.
    private record Newest<P>(long epoch, Map<ByteString, Opened<P>> parts) {}

    /// @param opening as in `OpenWork`
    private record Opened<P>(P part, String coordinator, long opening) {

        /// Whether the same coordinator has opened this one as well: not another one, to which the group went.
        boolean isOf(OpenWork open) {
            return coordinator.equals(open.getCoordinator());
        }
    }

    /// Parts that end for a newer one.
    record Ended<P>(List<P> parts, CallException why) {}

    /// A part is about to open.
    ///
    /// @return those of this group that have to end for it: of lower epochs, or on the same version; a following group has
    ///     parts on two of them for a while
    /// @throws CallException if the group came with a higher epoch before, or its coordinator has opened the part again while
    ///     this message was on its way
    synchronized Ended<P> enter(OpenWork open, P part) throws CallException {
        ByteString group = open.getGroup();
        long epoch = open.getEpoch();
        Newest<P> before = newest.get(group);
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
        ByteString version = open.getPlugin().getSha256();
        Opened<P> opened = new Opened<>(part, open.getCoordinator(), open.getOpening());
        CallException goneOn =
                new CallException(Kind.CONFLICT, "the group was opened again with epoch " + epoch);
        if (before != null && before.epoch == epoch) {
            Opened<P> older = before.parts.get(version);
            if (older != null && older.isOf(open)) {
                // CONFLICT would end the group, this lets its coordinator open the part again
                goneOn =
                        new CallException(
                                Kind.UNREACHABLE, "the part was opened again on another stream");
                if (opened.opening > 0 && opened.opening < older.opening) {
                    throw goneOn;
                }
            }
            before.parts.put(version, opened);
            return new Ended<>(older == null ? List.of() : List.of(older.part), goneOn);
        }
        ended.remove(group);
        Map<ByteString, Opened<P>> parts = new HashMap<>();
        parts.put(version, opened);
        newest.put(group, new Newest<>(epoch, parts));
        return new Ended<>(
                before == null
                        ? List.of()
                        : before.parts.values().stream().map(Opened::part).toList(),
                goneOn);
    }

    /// A part is over; its epoch is not forgotten.
    synchronized void over(ByteString group, P part) {
        Newest<P> of = newest.get(group);
        if (of != null
                && of.parts.values().removeIf(opened -> opened.part.equals(part))
                && of.parts.isEmpty()) {
            newest.remove(group);
            ended.put(group, of.epoch);
        }
    }

    /// How many groups it remembers.
    synchronized int size() {
        return newest.size() + ended.size();
    }
}
