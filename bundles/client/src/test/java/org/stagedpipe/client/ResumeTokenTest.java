package org.stagedpipe.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.protocol.v1.Interval;
import org.stagedpipe.protocol.v1.ResumeToken.Builder;

import java.util.Base64;
import java.util.BitSet;

class ResumeTokenTest {

    private static final int NEXT = 1_000;

    private final Builder message =
            org.stagedpipe.protocol.v1.ResumeToken.newBuilder()
                    .setGroup(ByteString.copyFrom(new byte[16]))
                    .setNextSequence(NEXT);

    @Test
    void anItemIsDoneUnlessItIsInAnOpenInterval() {
        BitSet open = new BitSet();
        for (int first = 3; first < NEXT; first += 7) { // of one to three items
            int last = first + first % 3;
            message.addOpen(interval(first, last));
            open.set(first, last + 1);
        }
        ResumeToken token = token();
        for (int sequence = 0; sequence < NEXT; sequence++) {
            assertEquals(!open.get(sequence), token.isDone(sequence), "item " + sequence);
        }
        assertFalse(token.isDone(-1));
        assertFalse(token.isDone(NEXT));
    }

    /// Whoever goes on with a group asks for each of its items.
    @Test
    @Timeout(5)
    void manyIntervalsMakeNoItemDear() {
        int items = 400_000;
        message.setNextSequence(items);
        for (int i = 0; i < 20_000; i++) {
            message.addOpen(interval(20L * i, 20L * i));
        }
        ResumeToken token = token();
        int done = 0;
        for (int sequence = 0; sequence < items; sequence++) {
            done += token.isDone(sequence) ? 1 : 0;
        }
        assertEquals(items - 20_000, done);
    }

    @Test
    void refusesIntervalsThatAreNotInTheirOrder() {
        message.addOpen(interval(5, 7)).addOpen(interval(7, 9));
        assertThrows(IllegalArgumentException.class, this::token);
        message.clearOpen().addOpen(interval(7, 5));
        assertThrows(IllegalArgumentException.class, this::token);
        message.clearOpen().addOpen(interval(-1, 5));
        assertThrows(IllegalArgumentException.class, this::token);
    }

    private static Interval interval(long first, long last) {
        return Interval.newBuilder().setFirst(first).setLast(last).build();
    }

    private ResumeToken token() {
        return ResumeToken.parse(
                Base64.getUrlEncoder().encodeToString(message.build().toByteArray()));
    }
}
