package org.stagedpipe.itests.faults;

import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/// What the network does to bytes at the moment, for all connections of a [Proxy]. Safe for use by many threads.
final class Weather {

    private long delayMs;
    private long jitterMs;
    private int lossPercent;
    private long bytesPerSecond = Long.MAX_VALUE;
    private final Set<Way> held = EnumSet.noneOf(Way.class);
    private final Set<Way> flips = EnumSet.noneOf(Way.class);
    private int flipped; // since it is open
    private int heldUp;

    /// The two directions of a connection.
    enum Way {
        TO_NODE,
        FROM_NODE
    }

    /// Everything flows.
    synchronized void clear() {
        delayMs = 0;
        jitterMs = 0;
        lossPercent = 0;
        bytesPerSecond = Long.MAX_VALUE;
        held.clear();
        flips.clear();
        notifyAll();
    }

    /// All bytes come later, by a time between the two together.
    synchronized void delay(long atLeastMs, long jitterOverItMs) {
        delayMs = atLeastMs;
        jitterMs = jitterOverItMs;
    }

    /// That part of what is sent is lost on the way and sent again, as TCP does it: all behind it waits for 200 ms, or twice or
    /// four times as long if it is lost again.
    synchronized void loss(int percent) {
        lossPercent = percent;
    }

    /// No more bytes a second than that, in each direction of each connection.
    synchronized void trickle(long bytes) {
        bytesPerSecond = bytes;
    }

    /// Nothing passes that way, and nobody is told.
    synchronized void hold(Way way) {
        held.add(way);
    }

    /// One bit of the next bytes that way arrives as its opposite.
    synchronized void flip(Way way) {
        flips.add(way);
    }

    synchronized boolean takeFlip(Way way) {
        boolean taken = flips.remove(way);
        flipped += taken ? 1 : 0;
        return taken;
    }

    /// How many bits have arrived as their opposites.
    synchronized int flipped() {
        return flipped;
    }

    /// How often bytes came that were held up.
    synchronized int heldUp() {
        return heldUp;
    }

    synchronized long delayNanos() {
        long jitter = jitterMs == 0 ? 0 : ThreadLocalRandom.current().nextLong(jitterMs + 1);
        return (delayMs + jitter + retransmissionMs()) * 1_000_000;
    }

    private long retransmissionMs() {
        long waitMs = 0;
        long timeoutMs = 200;
        while (timeoutMs <= 800 && ThreadLocalRandom.current().nextInt(100) < lossPercent) {
            waitMs += timeoutMs;
            timeoutMs *= 2;
        }
        return waitMs;
    }

    synchronized long bytesPerSecond() {
        return bytesPerSecond;
    }

    synchronized void awaitPassage(Way way) throws InterruptedException {
        heldUp += held.contains(way) ? 1 : 0;
        while (held.contains(way)) {
            wait();
        }
    }
}
