package org.stagedpipe.benchmarks.dataplane;

import java.time.Duration;

/// One way of getting items from a client through a relay and a worker and back; each process of it is a JVM of its own.
interface Side extends AutoCloseable {

    /// A stream for such items, from this process.
    Line open(Payload payload) throws Exception;

    /// CPU time that its processes have used, without this one.
    Duration cpu();

    @Override
    void close();

    /// A stream. One thread sends, one receives; they may be the same.
    interface Line extends AutoCloseable {

        /// How many items a message carries, or which part of one.
        double itemsPerMessage();

        /// Sends a message; waits for room.
        void send() throws InterruptedException;

        /// Takes one message or more, and answers how many; waits for it.
        int receive() throws InterruptedException;

        @Override
        void close();
    }
}
