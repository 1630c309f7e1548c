package org.stagedpipe.console.shell;

import java.io.IOException;

/// What one connection runs. [#run] for one thread, close for any.
interface Shell extends AutoCloseable {

    /// Its commands run for that operator. Before it runs.
    void operator(String name);

    /// Runs to the end.
    ///
    /// @return the exit code
    /// @throws IOException if the streams of the connection fail
    int run() throws IOException;

    /// Ends what runs.
    @Override
    void close();
}
