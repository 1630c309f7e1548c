package org.stagedpipe.overseer;

import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.io.IOException;

/// What a caller is told when the store, or the disk, fails under what it asked for.
final class Failures {

    private Failures() {}

    /// What may meet them.
    @FunctionalInterface
    interface Question<T> {
        T ask() throws CallException, InterruptedException, StoreException, IOException;
    }

    /// Asks.
    ///
    /// @throws CallException also as [#of]
    static <T> T told(Question<T> question) throws CallException, InterruptedException {
        try {
            return question.ask();
        } catch (StoreException e) {
            throw of(e);
        } catch (IOException e) {
            throw of(e);
        }
    }

    /// UNREACHABLE if this overseer has lost the store, or the lead: what was asked is done or not, and another overseer knows.
    /// REFUSED if any other one would meet it too.
    static CallException of(StoreException e) {
        Kind kind = e.isOfValue() ? Kind.REFUSED : Kind.UNREACHABLE;
        return new CallException(kind, e.getMessage(), e);
    }

    static CallException of(IOException e) {
        return new CallException(Kind.INTERNAL, "the disk of the overseer: " + e, e);
    }
}
