package org.stagedpipe.overseer;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/// Something that an operator waits for while the test goes on.
final class InBackground<T> implements AutoCloseable {

    private final CompletableFuture<T> result = new CompletableFuture<>();
    private final Thread thread;

    private InBackground(Callable<T> call) {
        thread =
                Thread.ofVirtual()
                        .name("test-background")
                        .start(() -> {
                            try {
                                result.complete(call.call());
                            } catch (Exception e) {
                                result.completeExceptionally(e);
                            }
                        });
    }

    static <T> InBackground<T> of(Callable<T> call) {
        return new InBackground<>(call);
    }

    /// Waits at most 20 s; what it returned, or throws what it threw.
    T await() throws Exception {
        try {
            return result.get(20, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
