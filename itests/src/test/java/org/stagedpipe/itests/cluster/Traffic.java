package org.stagedpipe.itests.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.client.ClientException;
import org.stagedpipe.client.Group;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongFunction;

/// Streams items of the probe plugin through a group and keeps every outcome; a second one for an item is an error, and ends
/// the group: nobody waits for room in a window that is not read any more.
final class Traffic {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration END = Duration.ofSeconds(90);

    private final Group group;
    private final ConcurrentSkipListMap<Long, Outcome<byte[]>> outcomes =
            new ConcurrentSkipListMap<>();
    private final AtomicLong received = new AtomicLong();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final Thread reader;
    private final Thread sender = Thread.ofVirtual().name("items").unstarted(this::send);
    private volatile long itemMs = 2; // that an item waits
    private volatile boolean enough;
    private long sent; // of the sender, until it has ended

    Traffic(Group group) {
        this.group = group;
        this.reader = Thread.ofVirtual().name("outcomes").start(this::read);
    }

    /// An item that is served at once.
    static String item(long number) {
        return item(number, 0, false);
    }

    static String item(long number, long waitMs, boolean fail) {
        return "{\"text\":\"item " + number + "\",\"waitMs\":" + waitMs + ",\"fail\":" + fail + "}";
    }

    /// Submits items from..to-1.
    void send(long from, long to, LongFunction<String> item) throws InterruptedException {
        try {
            for (long number = from; number < to; number++) {
                group.submit(item.apply(number).getBytes(java.nio.charset.StandardCharsets.UTF_8));
            }
        } catch (ClientException e) {
            check(); // it may be why the group has ended
            throw e;
        }
    }

    /// Submits items that wait 2 ms each, until [#stopSending].
    void startSending() {
        sender.start();
    }

    /// The same with items that wait for so long.
    void startSending(long waitMs) {
        itemMs = waitMs;
        startSending();
    }

    /// @return how many items were submitted since [#startSending]
    long stopSending() throws InterruptedException {
        enough = true;
        boolean stopped = sender.join(END);
        check();
        if (!stopped) {
            throw new AssertionError("an item is not taken: counts " + group.counts());
        }
        return sent;
    }

    private void send() {
        try {
            for (; !enough; sent++) {
                send(sent, sent + 1, number -> item(number, itemMs, false));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Throwable e) { // whatever it is, the test that waits must see it
            failure.compareAndSet(null, e);
        }
    }

    /// How many outcomes came.
    ///
    /// @throws AssertionError if one of them was wrong, or the group failed: no more will come
    long received() {
        check();
        return received.get();
    }

    /// The highest sequence of which an outcome came; -1 if none did.
    long last() {
        check();
        return outcomes.isEmpty() ? -1 : outcomes.lastKey();
    }

    Group group() {
        return group;
    }

    /// Ends the input and waits for all outcomes.
    ///
    /// @return each item's outcome by its sequence
    TreeMap<Long, Outcome<byte[]>> finish() throws InterruptedException {
        group.finish();
        boolean ended = reader.join(END);
        check();
        if (!ended) {
            throw new AssertionError(
                    "outcomes are missing: " + received + " came; counts " + group.counts());
        }
        return new TreeMap<>(outcomes);
    }

    private void check() {
        @Nullable Throwable error = failure.get();
        if (error != null) {
            throw new AssertionError("the group failed after " + received + " outcomes", error);
        }
    }

    /// How many items each version served.
    static Map<String, Long> servedBy(Map<Long, Outcome<byte[]>> outcomes)
            throws java.io.IOException {
        Map<String, Long> counts = new TreeMap<>();
        for (Outcome<byte[]> outcome : outcomes.values()) {
            counts.merge(
                    outcome instanceof Outcome.Ok<byte[]> ok
                            ? json(ok).get("servedBy").asText()
                            : "fault",
                    1L,
                    Long::sum);
        }
        return counts;
    }

    static JsonNode json(@Nullable Outcome<byte[]> outcome) throws java.io.IOException {
        if (outcome instanceof Outcome.Ok<byte[]> ok) {
            return JSON.readTree(ok.data());
        }
        throw new AssertionError("not ok: " + outcome);
    }

    private void read() {
        try {
            for (Outcome<byte[]> outcome : group) {
                if (outcomes.put(outcome.sequence(), outcome) != null) {
                    throw new AssertionError("a second outcome for item " + outcome.sequence());
                }
                received.incrementAndGet();
            }
        } catch (Throwable e) { // whatever it is, the test that waits must see it
            failure.compareAndSet(null, e);
            group.close();
        }
    }
}
