package org.stagedpipe.coordinator.group;

import org.stagedpipe.protocol.v1.WorkResponse;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

/// The rules of the conversation with a worker; one that breaks them loses its part.
final class WorkerRules {

    private WorkerRules() {}

    /// @throws CallException if a worker cannot take that many items
    static int checkCredit(String worker, int max) throws CallException {
        if (max < 0) {
            throw invalid(
                    worker, "takes " + Integer.toUnsignedString(max) + " items", "below 2^31");
        }
        return max;
    }

    static CallException unexpected(String worker, WorkResponse message, String expected) {
        return invalid(worker, "sent " + message.getMessageCase(), expected);
    }

    /// @param what the worker did to it
    static CallException notHeld(String worker, long sequence, String what) {
        return invalid(
                worker, what + " item " + Long.toUnsignedString(sequence), "an item that it holds");
    }

    /// A bug of the worker's: no client sent it, and no version of a plugin has failed with it.
    private static CallException invalid(String worker, String what, String expected) {
        return new CallException(
                Kind.INTERNAL, "worker " + worker + " " + what + " (expected: " + expected + ")");
    }
}
