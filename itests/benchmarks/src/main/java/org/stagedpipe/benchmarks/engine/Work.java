package org.stagedpipe.benchmarks.engine;

import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StageFunction;
import org.stagedpipe.api.StateMachine;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;

/// What each stage does.
enum Work {
    /// Some arithmetic.
    TRIVIAL,
    /// SHA-256 of 1 KiB.
    SHA,
    /// A sleep of 1 ms.
    SLEEP;

    private static final byte[] BYTES = new byte[1024];
    private static final ThreadLocal<MessageDigest> DIGEST =
            ThreadLocal.withInitial(Work::newDigest);

    /// So many stages, one after the other.
    StateMachine<Item, Integer> machine(int stages) {
        List<Stage<Item, Integer>> chain = new ArrayList<>();
        Stage<Item, Integer> next = Stage.end();
        for (int i = stages; i > 0; i--) {
            next = Stage.of("stage-" + i, function(i, next));
            chain.addFirst(next);
        }
        return new StateMachine<>(chain);
    }

    private StageFunction<Item, Integer> function(int number, Stage<Item, Integer> next) {
        return switch (this) {
            case TRIVIAL -> trivial(number, next);
            case SHA ->
                    request -> {
                        request.data().value ^= digest(DIGEST.get());
                        return next;
                    };
            case SLEEP ->
                    request -> {
                        Thread.sleep(1);
                        return next;
                    };
        };
    }

    /// Four functions, not one: with one the compiler would turn the stages into one loop, which real ones never are.
    private static StageFunction<Item, Integer> trivial(int number, Stage<Item, Integer> next) {
        return switch (number % 4) {
            case 0 ->
                    request -> {
                        Item item = request.data();
                        item.value = item.value * 6364136223846793005L + 1442695040888963407L;
                        return next;
                    };
            case 1 ->
                    request -> {
                        Item item = request.data();
                        item.value ^= item.value >>> 29;
                        return next;
                    };
            case 2 ->
                    request -> {
                        Item item = request.data();
                        item.value = Long.rotateLeft(item.value, 17) + request.sequence();
                        return next;
                    };
            default ->
                    request -> {
                        Item item = request.data();
                        item.value ^= item.value << 13;
                        return next;
                    };
        };
    }

    private static long digest(MessageDigest digest) {
        digest.update(BYTES);
        return digest.digest()[0];
    }

    private static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256: unknown (expected: in every JDK)", e);
        }
    }
}
