package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;

/// Two requests of one key at one marked stage.
@Timeout(30)
class KeysTest {

    private static final long BIT = 1;

    private final Pipelines<Integer, String> pipelines =
            Machines.asleep(Machines.<Integer, String>mapping(x -> x));
    private final Group<Integer, String> group = pipelines.group("").open();
    private final Keys<Integer, String> keys =
            new Keys<>(
                    new KeyOrder<>(
                            request -> "key", pipelines.settings().machine().stages(), 0, false),
                    new SpinLock(),
                    new Figures<>(pipelines.settings()));
    private final Segment<Integer, String> segment = new Segment<>();

    KeysTest() {
        keys.append(segment);
    }

    private KeyedRequest<Integer, String> add(int sequence) {
        KeyedRequest<Integer, String> request =
                new KeyedRequest<>(group, sequence, 1, sequence, null);
        request.key("key");
        keys.add(request, sequence);
        segment.set(sequence, request);
        return request;
    }

    /// The cancel ends the request before it, and so makes it its turn.
    @Test
    void aRequestThatIsCancelledDoesNotEnterWhenItsTurnComes() throws Exception {
        KeyedRequest<Integer, String> first = add(0);
        KeyedRequest<Integer, String> second = add(1);
        FutureTask<Boolean> entering = new FutureTask<>(() -> keys.await(second, BIT));
        Thread thread = Thread.ofPlatform().start(entering);
        Eventually.holds("it waits", () -> LockSupport.getBlocker(thread) == keys);
        group.cancel("stop");
        keys.end(first, false);
        assertEquals(false, entering.get());
    }
}
