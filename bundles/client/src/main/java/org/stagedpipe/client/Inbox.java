package org.stagedpipe.client;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Fault;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.protocol.v1.Outcomes;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.util.ArrayList;
import java.util.List;

/// Reads a coordinator's answers as outcomes; keeps the parts of one big result until it is whole. For one thread.
final class Inbox {

    private static final int MAX_ARRAY = Integer.MAX_VALUE - 8;

    private int maxResultBytes = Submissions.DEFAULT_ITEM_BYTES;
    private long sequence;
    private byte @Nullable [] big;
    private int filled;

    /// As the coordinator says it of an item; its results are no larger. What a part claims beyond that would be memory for nothing.
    void maxResultBytes(long bytes) {
        maxResultBytes = (int) Math.min(bytes, MAX_ARRAY);
    }

    /// The outcomes in a message.
    ///
    /// @throws CallException if the message breaks the rules of the conversation
    List<Outcome<byte[]>> read(Outcomes message) throws CallException {
        List<Outcome<byte[]>> outcomes =
                new ArrayList<>(
                        message.getResults().getSequencesCount() + message.getFaultsCount());
        readResults(message.getResults(), outcomes);
        for (ItemFault fault : message.getFaultsList()) {
            outcomes.add(outcome(fault));
            if (fault.getSequence() == sequence) {
                big = null; // the rest of its result will not come
            }
        }
        return outcomes;
    }

    private static void readResults(Items results, List<Outcome<byte[]>> outcomes)
            throws CallException {
        int count = results.getSequencesCount();
        ByteString body = results.getBody();
        if (results.getSizesCount() != count) {
            throw broken(
                    results.getSizesCount() + " sizes for " + count + " results in one message");
        }
        int offset = 0;
        for (int i = 0; i < count; i++) {
            int size = results.getSizes(i);
            if (size < 0 || size > body.size() - offset) {
                throw broken("results larger than the " + body.size() + " bytes of their message");
            }
            byte[] data = new byte[size];
            body.copyTo(data, offset, 0, size);
            outcomes.add(new Outcome.Ok<>(results.getSequences(i), data));
            offset += size;
        }
        if (offset != body.size()) {
            throw broken(body.size() + " bytes for results of " + offset);
        }
    }

    /// The outcome that this part makes whole, null while parts are missing.
    ///
    /// @throws CallException if the part is not the next one
    @Nullable Outcome<byte[]> read(Chunk chunk) throws CallException {
        byte[] target = big;
        if (target == null) {
            if (chunk.getSize() < 0 || chunk.getSize() > maxResultBytes) {
                throw broken(
                        "a result of "
                                + Long.toUnsignedString(chunk.getSize())
                                + " bytes (expected: at most "
                                + maxResultBytes
                                + ")");
            }
            target = new byte[(int) chunk.getSize()];
            sequence = chunk.getSequence();
            filled = 0;
        }
        ByteString data = chunk.getData();
        if (chunk.getSequence() != sequence
                || chunk.getSize() != target.length
                || chunk.getOffset() != filled
                || data.size() > target.length - filled) {
            throw broken(
                    "a part of result "
                            + chunk.getSequence()
                            + " at "
                            + chunk.getOffset()
                            + ", where result "
                            + sequence
                            + " goes on at "
                            + filled);
        }
        data.copyTo(target, filled);
        filled += data.size();
        big = filled == target.length ? null : target;
        return big == null ? new Outcome.Ok<>(sequence, target) : null;
    }

    private static Outcome<byte[]> outcome(ItemFault fault) {
        Fault why =
                new Fault(
                        kind(fault.getKind()),
                        fault.getStage().isEmpty() ? null : fault.getStage(),
                        fault.getAttempt(),
                        fault.getText(),
                        fault.getRetryable());
        return fault.getAborted()
                ? new Outcome.Aborted<>(fault.getSequence(), why)
                : new Outcome.Failed<>(fault.getSequence(), why);
    }

    private static Fault.Kind kind(ItemFault.Kind kind) {
        return switch (kind) {
            case BAD_DATA -> Fault.Kind.BAD_DATA;
            case TOO_LARGE -> Fault.Kind.TOO_LARGE;
            case STAGE -> Fault.Kind.STAGE;
            case BAD_RESULT -> Fault.Kind.BAD_RESULT;
            case CYCLIC -> Fault.Kind.CYCLIC;
            case KEY_FAILED -> Fault.Kind.KEY_FAILED;
            case DEADLINE -> Fault.Kind.DEADLINE;
            case POISON -> Fault.Kind.POISON;
            case CANCELLED -> Fault.Kind.CANCELLED;
            // A kind of a later version is one that this version's user cannot act on.
            case SYSTEM, KIND_UNSPECIFIED, UNRECOGNIZED -> Fault.Kind.SYSTEM;
        };
    }

    private static CallException broken(String what) {
        return new CallException(Kind.INTERNAL, "the coordinator sent " + what);
    }
}
