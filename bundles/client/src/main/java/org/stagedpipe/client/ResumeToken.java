package org.stagedpipe.client;

import com.google.protobuf.InvalidProtocolBufferException;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.Interval;
import org.stagedpipe.protocol.v1.PluginVersion;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.stream.LongStream;

/// Where a group was when [Group#token] made this: which items had their outcomes handed over, which had not. Immutable.
///
/// A client that stores its text together with the effects of the outcomes that it took, and goes on with
/// [GroupBuilder#resume] after its own crash, applies each outcome exactly once.
public final class ResumeToken {

    private static final int ID_BYTES = 16;

    private final org.stagedpipe.protocol.v1.ResumeToken message;

    private ResumeToken(org.stagedpipe.protocol.v1.ResumeToken message) {
        this.message = message;
    }

    /// Reads the text of a token.
    ///
    /// @throws IllegalArgumentException if it is anything else
    public static ResumeToken parse(String text) {
        try {
            org.stagedpipe.protocol.v1.ResumeToken message =
                    org.stagedpipe.protocol.v1.ResumeToken.parseFrom(
                            Base64.getUrlDecoder().decode(text.strip()));
            if (message.getGroup().size() != ID_BYTES
                    || message.getEpoch() < 0
                    || message.getAttempt() < 0
                    || !isAscending(message.getOpenList())) {
                throw notAToken(text, null);
            }
            return new ResumeToken(message);
        } catch (IllegalArgumentException | InvalidProtocolBufferException e) {
            throw notAToken(text, e);
        }
    }

    private static boolean isAscending(List<Interval> open) {
        long last = -1;
        for (Interval interval : open) {
            if (interval.getFirst() <= last || interval.getLast() < interval.getFirst()) {
                return false;
            }
            last = interval.getLast();
        }
        return true;
    }

    private static IllegalArgumentException notAToken(String text, @Nullable Exception cause) {
        return new IllegalArgumentException(
                "resume token: "
                        + text.length()
                        + " characters that are none (expected: the text of a token)",
                cause);
    }

    /// Items without an outcome, with one that nobody took, or not sent again since a restart, are open.
    static ResumeToken of(Reopening reopening, Ledger ledger, Arrivals arrived) {
        LongStream.Builder open = LongStream.builder();
        ledger.sequences().forEachOpen(open::add);
        ledger.forEachUnanswered((sequence, _) -> open.add(sequence));
        arrived.forEachSequence(open::add);
        org.stagedpipe.protocol.v1.ResumeToken.Builder token =
                org.stagedpipe.protocol.v1.ResumeToken.newBuilder()
                        .setGroup(reopening.group())
                        .setEpoch(reopening.epoch())
                        .setAttempt(reopening.attempt())
                        .setPlugin(reopening.plugin())
                        .setOrdered(reopening.isOrdered())
                        .setNextSequence(ledger.sequences().next());
        addIntervals(token, open.build().sorted().toArray());
        return new ResumeToken(token.build());
    }

    private static void addIntervals(
            org.stagedpipe.protocol.v1.ResumeToken.Builder token, long[] sequences) {
        for (int first = 0, at = 0; at < sequences.length; at++) {
            if (at + 1 == sequences.length || sequences[at + 1] != sequences[at] + 1) {
                token.addOpen(
                        Interval.newBuilder().setFirst(sequences[first]).setLast(sequences[at]));
                first = at + 1;
            }
        }
    }

    /// The group's id.
    public UUID group() {
        ByteBuffer id = message.getGroup().asReadOnlyByteBuffer();
        return new UUID(id.getLong(), id.getLong());
    }

    /// The name of the plugin.
    public String plugin() {
        return message.getPlugin().getName();
    }

    /// The version that the group is pinned to.
    public String version() {
        return message.getPlugin().getVersion();
    }

    /// The first sequence that the group never gave out.
    public long next() {
        return message.getNextSequence();
    }

    /// Whether the outcome of that item was handed over. All others have to be submitted again, in ascending order.
    public boolean isDone(long sequence) {
        return sequence >= 0 && sequence < next() && !isOpen(sequence);
    }

    /// Whoever goes on with a group asks for each of its items.
    private boolean isOpen(long sequence) {
        int below = 0; // intervals that end below it
        int end = message.getOpenCount();
        while (below < end) {
            int middle = (below + end) >>> 1;
            if (message.getOpen(middle).getLast() < sequence) {
                below = middle + 1;
            } else {
                end = middle;
            }
        }
        return below < message.getOpenCount() && message.getOpen(below).getFirst() <= sequence;
    }

    long epoch() {
        return message.getEpoch();
    }

    int attempt() {
        return message.getAttempt();
    }

    PluginVersion pinned() {
        return message.getPlugin();
    }

    boolean isOrdered() {
        return message.getOrdered();
    }

    List<Interval> open() {
        return message.getOpenList();
    }

    /// The text to be stored: letters, digits, hyphens and underlines.
    @Override
    public String toString() {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(message.toByteArray());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ResumeToken token && token.message.equals(message);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(message.toByteArray());
    }
}
