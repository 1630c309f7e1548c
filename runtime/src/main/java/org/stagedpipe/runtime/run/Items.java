package org.stagedpipe.runtime.run;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Outcome;

import java.io.IOException;

/// A group that takes items as bytes, wherever it runs. One thread submits, one takes; close ends both.
interface Items extends AutoCloseable {

    /// Which versions served so far, for a person.
    String servedBy();

    /// Hands an item in; waits while there is no room.
    ///
    /// @throws RefusedLineException if it cannot be one of them; that uses no sequence
    void submit(byte[] item) throws InterruptedException, RefusedLineException;

    /// No more items follow.
    void finish();

    /// Gives up what is not done.
    void cancel(String reason);

    /// The next outcome, null after the last one; waits for it.
    @Nullable Outcome<byte[]> take() throws InterruptedException;

    /// @throws IOException if what the group used cannot be closed; all else is
    @Override
    void close() throws IOException;
}
