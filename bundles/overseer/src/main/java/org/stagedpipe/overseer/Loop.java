package org.stagedpipe.overseer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;

/// What is done again and again on a virtual thread of its own, with a pause before each round. A bug in a round is logged,
/// and the next round comes after a longer pause. Close interrupts the round and waits for its end.
final class Loop implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Loop.class);
    private static final Duration AFTER_BUG = Duration.ofSeconds(1);

    private final String name;
    private final Duration pause;
    private final Duration afterBug;
    private final Round round;
    private final Thread thread;

    /// Once.
    @FunctionalInterface
    interface Round {
        void run() throws InterruptedException;
    }

    Loop(String name, Duration pause, Round round) {
        this(name, pause, AFTER_BUG, round);
    }

    /// @param afterBug the pause, beside the other, after a round that threw
    Loop(String name, Duration pause, Duration afterBug, Round round) {
        this.name = name;
        this.pause = pause;
        this.afterBug = afterBug;
        this.round = round;
        this.thread = Thread.ofVirtual().name(name).unstarted(this::run);
    }

    void open() {
        thread.start();
    }

    private void run() {
        String said = "";
        try {
            while (!Thread.currentThread().isInterrupted()) {
                Thread.sleep(pause);
                try {
                    round.run();
                    said = "";
                } catch (RuntimeException | Error e) {
                    if (!said.equals(e.toString())) {
                        LOG.error("{} goes on after a bug", name, e);
                    }
                    said = e.toString();
                    Thread.sleep(afterBug);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
