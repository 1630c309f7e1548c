package org.stagedpipe.worker.part;

import org.stagedpipe.protocol.v1.OpenWork;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

/// The rules for the first message of a part.
final class WorkRules {

    private static final int PROTOCOL = 1;
    private static final int MAX_CONFIGURATION_BYTES = 1 << 20;

    private WorkRules() {}

    /// @throws CallException if the message breaks one
    static void check(OpenWork open) throws CallException {
        if (open.getProtocol() != PROTOCOL) {
            throw new CallException(
                    Kind.INVALID,
                    "protocol: "
                            + Integer.toUnsignedString(open.getProtocol())
                            + " (expected: "
                            + PROTOCOL
                            + ")");
        }
        if (open.getGroup().size() != 2 * Long.BYTES) {
            throw new CallException(
                    Kind.INVALID,
                    "group: "
                            + open.getGroup().size()
                            + " bytes (expected: "
                            + 2 * Long.BYTES
                            + ")");
        }
        if (open.getConfiguration().size() > MAX_CONFIGURATION_BYTES) {
            throw new CallException(
                    Kind.INVALID,
                    "configuration: "
                            + open.getConfiguration().size()
                            + " bytes (expected: at most "
                            + MAX_CONFIGURATION_BYTES
                            + ")");
        }
        if (open.getItemDeadlineMs() < 0 || open.getStageDeadlineMs() < 0) {
            throw new CallException(
                    Kind.INVALID,
                    "deadlines: "
                            + Integer.toUnsignedString(open.getItemDeadlineMs())
                            + " and "
                            + Integer.toUnsignedString(open.getStageDeadlineMs())
                            + " ms (expected: below 2^31)");
        }
    }
}
