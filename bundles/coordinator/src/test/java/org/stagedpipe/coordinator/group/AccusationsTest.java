package org.stagedpipe.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.stagedpipe.coordinator.group.Accusations.Accusation;
import org.stagedpipe.protocol.v1.Items;

import java.time.Duration;
import java.util.List;

/// When an item that was lost with workers is convicted.
final class AccusationsTest {

    private final Verdicts verdicts = new Verdicts();
    private long nanos = -5; // a clock may begin anywhere
    private final Accusations accusations = new Accusations(() -> nanos);

    @Test
    void eachHasItsOwnTime() {
        Frame first = accused("a", "b", "c");
        Frame second = accused("d", "e", "f");
        accusations.add(first, verdicts);
        pass(Duration.ofSeconds(2));
        accusations.add(second, verdicts);
        assertNull(next());
        assertEquals(Duration.ofSeconds(1), accusations.untilNext());
        pass(Duration.ofSeconds(1));
        assertSame(first, next());
        assertNull(next(), "the other one was accused later");
        assertEquals(Duration.ofSeconds(2), accusations.untilNext());
    }

    @Test
    void whoIsLostOnceMoreHasAllOfItsTimeAgain() {
        Frame frame = accused("a", "b", "c");
        accusations.add(frame, verdicts);
        frame.survived(process("c"));
        pass(Duration.ofMillis(2_900));
        frame.orphan(process("d"), Loss.DEATH);
        accusations.add(frame, verdicts);
        pass(Duration.ofMillis(200));
        assertNull(next());
        pass(Duration.ofMillis(2_800));
        assertSame(frame, next());
    }

    @Test
    void whoseWorkerCameBackIsNotConvicted() {
        Frame frame = accused("a", "b", "c");
        accusations.add(frame, verdicts);
        frame.survived(process("b"));
        pass(Limits.VERDICT_AFTER);
        assertNull(next());
        assertNull(accusations.untilNext());
    }

    @Test
    void whoRanBesideOneThatIsConvictedIsNot() {
        Frame guilty = accused("a", "b", "c");
        accusations.add(guilty, verdicts);
        accusations.add(accused("a", "b", "c"), verdicts);
        pass(Limits.VERDICT_AFTER);
        assertSame(guilty, next());
        verdicts.add(guilty.deaths());
        assertNull(next());
    }

    private @Nullable Frame next() {
        Accusation next = accusations.next();
        return next == null ? null : next.frame();
    }

    private void pass(Duration time) {
        nanos += time.toNanos();
    }

    private static ByteString process(String name) {
        return ByteString.copyFromUtf8(name);
    }

    private static Frame accused(String... processes) {
        Items item =
                Items.newBuilder()
                        .addSequences(0)
                        .addSizes(1)
                        .setBody(ByteString.copyFromUtf8("x"))
                        .build();
        Frame frame = Frame.of(item);
        List.of(processes).forEach(one -> frame.orphan(process(one), Loss.DEATH));
        return frame;
    }
}
