package org.stagedpipe.runtime.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.util.Objects.requireNonNull;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;

@Timeout(30)
class ClosingTest {

    private final List<String> said = new CopyOnWriteArrayList<>();

    @Test
    void aCloseThatHangsIsSaidAndLetAlone() throws Exception {
        CountDownLatch isInterrupted = new CountDownLatch(1);
        Closing closing = new Closing(Duration.ofMillis(100), said::add);
        IOException late =
                assertThrows(
                        IOException.class,
                        () ->
                                closing.run(
                                        "its close",
                                        () -> {
                                            try {
                                                new CountDownLatch(1).await();
                                            } catch (InterruptedException e) {
                                                isInterrupted.countDown();
                                            }
                                        }));
        assertEquals(List.of("waiting for its close, at most 0 s"), said);
        assertTrue(
                String.valueOf(late.getMessage())
                        .startsWith("its close: not ended within 0 s, at "),
                "" + late);
        isInterrupted.await();
    }

    @Test
    void whatItThrowsIsThrown() {
        Closing closing = new Closing(Duration.ofSeconds(20), said::add);
        ExecutionException thrown =
                assertThrows(
                        ExecutionException.class,
                        () ->
                                closing.run(
                                        "its close",
                                        () -> {
                                            throw new IOException("full");
                                        }));
        assertEquals("full", requireNonNull(thrown.getCause()).getMessage());
        assertEquals(List.of(), said);
    }
}
