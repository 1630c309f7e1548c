package org.stagedpipe.benchmarks.peer;

import java.time.Duration;

/// Another system, running in this process.
interface Peer extends AutoCloseable {

    /// Runs the job over that many items, to its end.
    ///
    /// @return how long it took, starting the job not included where the system tells
    Duration run(long items) throws Exception;

    @Override
    void close() throws Exception;
}
