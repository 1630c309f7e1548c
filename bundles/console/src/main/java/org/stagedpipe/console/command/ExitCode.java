package org.stagedpipe.console.command;

import org.stagedpipe.transport.CallException;

/// What a command tells the program that ran it.
public final class ExitCode {

    /// Done.
    public static final int OK = 0;

    /// Refused or failed; the text says why.
    public static final int FAILED = 1;

    /// The command line, or a file named on it, cannot be used.
    public static final int USAGE = 2;

    /// No overseer answers.
    public static final int UNREACHABLE = 3;

    /// There is no such plugin, version, node or group.
    public static final int NOT_FOUND = 4;

    /// The answer did not come in time.
    public static final int TIMED_OUT = 5;

    /// A new version was rolled back: it failed too often, a worker could not start it, or an operator aborted it.
    public static final int ROLLED_BACK = 6;

    /// A part is done and a part failed.
    public static final int PARTLY = 7;

    /// The overseer does not let this caller do it.
    public static final int NOT_PERMITTED = 77;

    /// Ended by Ctrl-C.
    public static final int INTERRUPTED = 130;

    private ExitCode() {}

    /// For a failed call.
    public static int of(CallException.Kind kind) {
        return switch (kind) {
            case NOT_FOUND -> NOT_FOUND;
            case UNREACHABLE -> UNREACHABLE;
            case TIMED_OUT -> TIMED_OUT;
            case NOT_PERMITTED -> NOT_PERMITTED;
            case INVALID, EXISTS, REFUSED, BUSY, CANCELLED, CONFLICT, INTERNAL -> FAILED;
        };
    }
}
