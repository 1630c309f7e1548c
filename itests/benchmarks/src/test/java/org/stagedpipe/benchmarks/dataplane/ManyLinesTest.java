package org.stagedpipe.benchmarks.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/// Lines that are used at once.
@Timeout(60)
class ManyLinesTest {

    @Test
    void aFaultOfAReceiverEndsTheFlow() throws Exception {
        FullLine line = new FullLine();
        try (ManyLines many = new ManyLines(new NoSide(), List.of(line))) {
            IllegalStateException thrown =
                    assertThrows(
                            IllegalStateException.class, () -> many.flow(1, Duration.ofSeconds(1)));
            assertEquals("a wrong outcome", thrown.getMessage());
        }
    }

    /// Has room for nothing, and what comes is wrong.
    private static final class FullLine implements Side.Line {

        private final CountDownLatch closed = new CountDownLatch(1);

        @Override
        public double itemsPerMessage() {
            return 1;
        }

        @Override
        public void send() throws InterruptedException {
            closed.await();
            throw new IllegalStateException("the line is closed");
        }

        @Override
        public int receive() {
            throw new IllegalStateException("a wrong outcome");
        }

        @Override
        public void close() {
            closed.countDown();
        }
    }

    private static final class NoSide implements Side {

        @Override
        public Line open(Payload payload) {
            return new FullLine();
        }

        @Override
        public Duration cpu() {
            return Duration.ZERO;
        }

        @Override
        public void close() {}
    }
}
